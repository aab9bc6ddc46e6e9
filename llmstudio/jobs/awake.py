"""Keeps the machine from falling asleep by itself while a job works; closing the lid or choosing sleep still counts.

By the means of each desktop (wakepy): the system lets go when the process ends, however it ends.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llmstudio.base.errors import UserError
from llmstudio.store.settings import Settings, default_path

log = logging.getLogger(__name__)
SETTING = "machine.awake"
LANES = frozenset({"compute", "light"})


def wanted(settings: Settings | None = None) -> bool:
    """Whether the person wants it (yes, unless they said no)."""
    try:
        return (settings or Settings(default_path())).get(SETTING, True) is not False
    except (OSError, UserError):
        return True


@contextmanager
def awake(lane: str) -> Iterator[bool]:
    """Hold sleep off inside the block for jobs of this lane; yields whether the system agreed. Never raises itself."""
    if lane not in LANES or not wanted():
        yield False
        return
    keeper = _keeper()
    try:
        held = bool(keeper is not None and keeper.__enter__().active)
    except Exception as error:  # a desktop in an odd state is no reason not to work
        log.info("Sleep cannot be held off: %r", error)
        keeper, held = None, False
    try:
        yield held
    finally:
        if keeper is not None:
            _let_go(keeper)


def _keeper() -> Any:
    """Wakepy's mode for long computations: the screen may turn off, the machine may not; None where it is missing."""
    try:
        from wakepy import keep  # asks the desktop: nothing that a start should wait for
    except ImportError:
        return None
    return keep.running(on_fail="pass")


def _let_go(keeper: Any) -> None:
    try:
        keeper.__exit__(None, None, None)
    except Exception as error:
        log.info("Letting the machine sleep again failed: %r", error)
