"""Calls the window that has a workspace open, so that a second start brings it to the front instead of opening another.

Both sides add lines to one file in the workspace; the window that holds the workspace's lock answers. Whoever gets no
answer (it hangs, or the folder is shared between machines) goes on by itself.
"""

import contextlib
import os
import secrets
import threading
import time
from pathlib import Path
from typing import Any

from llmstudio.base import jsonl, locks
from llmstudio.base.disk import DISK
from llmstudio.base.errors import UserError
from llmstudio.store.workspace import LOCK

FILE = ".summons"
PATIENCE = 2.0  # seconds for an answer
LOOK_SECONDS = 0.05
TOKENS = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")  # with which a desktop lets a program come to the front


def call(root: Path, patience: float = PATIENCE) -> bool:
    """Ask the window on the workspace at `root` to come to the front; whether it said that it does.

    Returns at once where no window has it.
    """
    if not locks.is_held(root / LOCK):
        return False
    path, name = root / FILE, secrets.token_hex(8)
    follower = jsonl.Follower(path, _size(path))
    wish = {"call": name, "tokens": {key: os.environ[key] for key in TOKENS if key in os.environ}}
    try:
        jsonl.append(path, wish)
    except (OSError, UserError):  # a place that cannot be written
        return False
    over = time.monotonic() + patience
    while time.monotonic() < over:
        for record in follower.poll():
            if record.get("answer") == name:
                _let_in_front(record.get("pid"))
                return True
        threading.Event().wait(LOOK_SECONDS)
    return False


def begin(root: Path) -> Path:
    """Make the file empty and return it, for the window that holds the lock. A place without room leaves it alone."""
    path = root / FILE
    with contextlib.suppress(OSError):
        DISK.close(DISK.create(path))
    return path


def answer(path: Path, record: dict[str, Any]) -> dict[str, str] | None:
    """Answer one line; the tokens of a call, or None for what is no call."""
    name, tokens = record.get("call"), record.get("tokens")
    if not isinstance(name, str):
        return None
    with contextlib.suppress(OSError):
        jsonl.append(path, {"answer": name, "pid": os.getpid()})
    known = tokens if isinstance(tokens, dict) else {}
    return {key: str(known[key])[:256] for key in TOKENS if key in known}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _let_in_front(pid: Any) -> None:
    """Windows lets only the program that the person just started hand the front over."""
    if os.name == "nt" and isinstance(pid, int):  # pragma: no cover
        import ctypes  # its library is there on Windows alone

        ctypes.windll.user32.AllowSetForegroundWindow(pid)  # type: ignore[attr-defined,unused-ignore]
