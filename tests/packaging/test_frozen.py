"""The whole of it, in the slow tier: freeze the application, try it, make the packages, install the .deb elsewhere.

LLMSTUDIO_FROZEN names a folder of `build.py --to FOLDER` that is there already, and nothing is frozen anew.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.modules import FOLDER, load

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(5400),
    pytest.mark.skipif(sys.platform != "linux", reason="tried on Linux; elsewhere build.py does it by itself"),
]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished build, which passed its own smoke test."""
    given = os.environ.get("LLMSTUDIO_FROZEN")
    if given:
        return Path(given)
    folder = tmp_path_factory.mktemp("frozen")
    command = [sys.executable, str(FOLDER / "build.py"), "--to", str(folder), "--packing", "quick"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return folder


def test_the_application_is_small_enough_and_holds_what_it_may(output: Path) -> None:
    build = load("build")
    assert build.inspect(output / "llmstudio")["bytes"] <= build.MOST_BYTES


def test_the_application_works_shut_away(output: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(FOLDER / "smoke.py"), str(output / "llmstudio")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_installs_and_works_in_a_bare_debian(output: Path) -> None:
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("needs root and debootstrap")
    (package,) = output.glob("*.deb")
    done = subprocess.run([sys.executable, str(FOLDER / "clean_root.py"), str(package)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
