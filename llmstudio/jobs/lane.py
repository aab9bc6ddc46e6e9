"""Lanes shared by window and terminal: a job waits until one of its lane's lock files is free."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from llmstudio.base.locks import FileLock

SLOTS = {"compute": 1, "light": 2}  # the other lanes never wait
LOOK_SECONDS = 0.05


@contextmanager
def place(root: Path, lane: str, check: Callable[[], None], waits: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a place of `lane` in the workspace at `root`.

    `check` is called while waiting and may raise to give up; `waits` once, where no place is free at first.
    """
    slots = [FileLock(root / f".lane-{lane}-{number}.lock") for number in range(SLOTS.get(lane, 0))]
    if not slots:
        yield
        return
    taken = _wait(slots, check, waits)
    try:
        yield
    finally:
        taken.release()


def _wait(slots: list[FileLock], check: Callable[[], None], waits: Callable[[], None]) -> FileLock:
    check()
    taken = _free(slots)
    if taken is None:
        waits()
    while taken is None:
        time.sleep(LOOK_SECONDS)
        check()
        taken = _free(slots)
    return taken


def _free(slots: list[FileLock]) -> FileLock | None:
    return next((slot for slot in slots if slot.acquire()), None)
