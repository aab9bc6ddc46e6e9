"""Waits where a disk has no room: the state stays in memory, the person is told, and it goes on once there is some."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from llmstudio.base import files
from llmstudio.base.errors import NoRoom
from llmstudio.jobs.context import Context

LOOK_SECONDS = 0.1  # between two looks whether somebody wants it to end
FIRST_TRY, LAST_TRY = 1.0, 30.0  # seconds between two tries: a quota may refuse although the disk has room
DISK = "disk"

Result = TypeVar("Result")


def wait(error: NoRoom, write: Callable[[], Result], context: Context, check: Callable[[], None]) -> Result:
    """What `write`, refused by `error`, gives as soon as the disk takes it.

    `check` is called ten times a second, and what it raises ends the wait. Other errors of `write` pass.
    """
    _tell(error, context)
    context.note(f"{error.message} The training waits for room; nothing is lost.", "warning")
    pause = FIRST_TRY
    try:
        while True:
            _watch_for(pause, check)
            if not enough(error):
                continue
            try:
                found = write()
            except NoRoom as again:
                error, pause = again, min(2 * pause, LAST_TRY)
                _tell(error, context)
                continue
            context.note("There is room again: the training goes on.", "good")
            return found
    finally:
        context.waiting("")


def enough(error: NoRoom) -> bool:
    """Whether the disk has the room that was missing; where that is unknown, another try tells."""
    try:
        return files.free_bytes(Path(error.path)) >= error.needed
    except OSError:
        return False


def _tell(error: NoRoom, context: Context) -> None:
    context.waiting(DISK, error.message, error.hint, path=error.path, needed=error.needed)


def _watch_for(seconds: float, check: Callable[[], None]) -> None:
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        check()
        threading.Event().wait(LOOK_SECONDS)
