"""Has PyTorch files read by a locked-up child, and takes nothing of what it says on trust."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.engine.convert import torch_file
from llmstudio.engine.convert.tensorfile import shown
from llmstudio.engine.convert.torch_file import OUTPUT, REFUSED, SAFER
from llmstudio.jobs.context import Context
from llmstudio.jobs.process import own_command, own_environment

LOOK_SECONDS = 0.1
_NEEDED = ("PATH", "PYTHONPATH", "PYTHONUTF8", "SYSTEMROOT", "LANG", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def to_safetensors(
    paths: Sequence[Path], folder: Path, context: Context, *, command: Sequence[str] | None = None
) -> Path:
    """One safetensors file in `folder` with the tensors of PyTorch files. UserError says what is wrong.

    Nothing the files may carry is run; a cancel ends the child at once.
    """
    size = sum(torch_file.check_container(path) for path in paths)
    files.require_free(folder, size)
    folder.mkdir(parents=True, exist_ok=True)
    context.note("The PyTorch files are read in a locked-up process; nothing in them is run.")
    names = [str(path.resolve()) for path in paths]
    child = subprocess.Popen(
        [*(command or own_command()), "unpickle", str(folder.resolve()), *names],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(folder),
        cwd=folder,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    try:
        told, status = _wait(child, torch_file.allowance(size), context)
    finally:
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
    if status != 0:
        raise _fault(told, status)
    result = folder / OUTPUT
    if not result.is_file():
        raise UserError("The PyTorch files could not be read.", SAFER)
    return result


def environment(folder: Path) -> dict[str, str]:
    """What the child may know: where Python and our package are, and no key, token or home."""
    whole = own_environment()
    return {name: whole[name] for name in _NEEDED if name in whole} | {
        "TMPDIR": str(folder),
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _wait(child: subprocess.Popen[bytes], seconds: float, context: Context) -> tuple[bytes, int]:
    end = time.monotonic() + seconds
    while True:
        context.check()
        with contextlib.suppress(subprocess.TimeoutExpired):
            told, _ = child.communicate(timeout=LOOK_SECONDS)
            return told, child.returncode
        if time.monotonic() > end:
            raise UserError(f"The PyTorch files were not read within {seconds:.0f} seconds.", SAFER)


def _fault(told: bytes, status: int) -> UserError:
    """The child's own sentence where it has one; it may be forged, so it is shown short and plain."""
    lines = told[:4096].splitlines()
    words: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        words = json.loads(lines[-1]) if lines else None
    if isinstance(words, Mapping) and isinstance(words.get("message"), str):
        prefix = "" if status == REFUSED else "Reading was stopped: "
        return UserError(prefix + _plain(words["message"]), SAFER)
    how = "it was stopped" if os.name != "nt" and status < 0 else "it gave up"
    return UserError(f"The PyTorch files could not be read: the process that read them failed ({how}).", SAFER)


def _plain(words: str) -> str:
    return " ".join(shown(part) for part in words[:300].split())
