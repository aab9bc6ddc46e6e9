"""How long the window may be kept from its event loop in tests, and what is said when it was longer.

The measure is the work of the window's thread at one go, not the time that passed: on a busy machine the thread waits
for a core, and nobody is to blame for that.
"""

from llmstudio.gui.watchdog import Stall, Watchdog

HANG = 0.25  # seconds of work; what we aim at is one frame, 0.016


def worked(stall: Stall) -> float:
    """The measure."""
    return stall.busy


def check(watchdog: Watchdog, limit: float = HANG) -> None:
    """Fail with the culprit's name if the window hung."""
    worst = watchdog.worst(worked)
    assert worst.busy <= limit, "\n  ".join([f"The window hung: {worst}", *worst.trace])
