"""What this machine has for the tests of the compiled library."""

import platform
import shutil
import sys
from pathlib import Path

import pytest

from llmstudio.engine.native import build

FITTING = sys.platform == "linux" and platform.machine() == "x86_64"
COMPILER = next((found for name in build.COMPILERS if (found := shutil.which(name))), None)
compiles = pytest.mark.skipif(not (FITTING and COMPILER), reason="needs a 64-bit PC with Linux and a C compiler")
fits = pytest.mark.skipif(not FITTING, reason="needs a 64-bit PC with Linux")


def fake_compiler(folder: Path, script: str) -> str:
    """The path of a compiler that does what the script says."""
    path = folder / "fake-cc"
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o700)
    return str(path)
