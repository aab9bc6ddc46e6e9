"""The watchdog names who kept the window from its event loop, whether by work or by waiting."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from llmstudio.gui import watchdog
from llmstudio.gui.watchdog import Stall, Watchdog
from tests.gui import hangs

HERE = str(Path(__file__).resolve().parent)
LIMIT = 0.05


def grind() -> None:
    """The planted culprit: three tenths of a second of work."""
    end = time.thread_time() + 0.3
    while time.thread_time() < end:
        sum(range(500))


def doze() -> None:
    """Another: it waits for something that does not come."""
    threading.Event().wait(0.3)


@pytest.fixture
def dog(qtbot: QtBot) -> Iterator[Watchdog]:
    dog = Watchdog(LIMIT, ours=HERE)
    dog.start()
    yield dog
    dog.stop()


def stall_by(dog: Watchdog, qtbot: QtBot, culprit: Callable[[], None]) -> Stall:
    """What is told after a culprit ran in the event loop."""

    def is_it(stall: Stall) -> bool:
        return stall.late > 0.25

    with qtbot.waitSignal(dog.stalled, check_params_cb=is_it, timeout=60_000):
        QTimer.singleShot(0, culprit)
    return max(dog.stalls, key=lambda stall: stall.late)


def test_work_is_found_with_its_line(dog: Watchdog, qtbot: QtBot) -> None:
    stall = stall_by(dog, qtbot, grind)
    assert stall.where.startswith("test_watchdog.py:")
    assert stall.where.endswith(" grind")
    assert stall.busy >= 0.29
    assert stall.trace[0].endswith(" grind")
    with pytest.raises(AssertionError, match="grind"):
        hangs.check(dog)


def test_waiting_is_told_from_work(dog: Watchdog, qtbot: QtBot) -> None:
    stall = stall_by(dog, qtbot, doze)
    assert stall.where.endswith(" doze")
    assert stall.busy < 0.1
    hangs.check(dog)


class Mourned:
    """Tells in which thread it ended."""

    ended_in: ClassVar[list[int]] = []

    def __del__(self) -> None:
        self.ended_in.append(threading.get_ident())


def toil() -> None:
    """Short functions with a local of their own, one after the other."""
    end = time.thread_time() + 0.3

    def step() -> None:
        mourned = Mourned()
        sum(range(5000))
        assert mourned

    while time.thread_time() < end:
        step()


def test_looking_never_keeps_what_the_watched_one_lets_go(qtbot: QtBot) -> None:
    """A frame held by the second thread would: then a widget ends where it must not."""
    Mourned.ended_in.clear()
    dog = Watchdog(0.004, ours=HERE)
    dog.start()
    stall_by(dog, qtbot, toil)
    dog.stop()
    assert Mourned.ended_in
    assert set(Mourned.ended_in) == {threading.get_ident()}


@pytest.mark.parametrize("head", ["Thread 0x{:016x} (most recent call first):", "Current thread 0x{:x} [name] (most"])
def test_a_stack_is_read_from_its_text(head: str) -> None:
    text = [
        "Thread 0x0000000000000001 (most recent call first):",
        '  File "/s/other.py", line 3 in elsewhere',
        "",
        head.format(77),
        '  File "/lib/qt.py", line 1 in exec',
        '  File "/s/g\\xe4ste/gui/page.py", line 12 in <listcomp>',
        '  File "/s/g\\xe4ste/gui/window.py", line 3 in show_tab',
    ]
    assert watchdog._trace(text, 77, "/s/gäste") == ("gui/page.py:12 <listcomp>", "gui/window.py:3 show_tab")
    assert watchdog._trace(text, 78, "/s/gäste") == ()


def test_the_worst_of_none_is_nothing(dog: Watchdog) -> None:
    dog.stop()
    dog.stalls.clear()
    assert dog.worst(hangs.worked) == Stall(0.0, 0.0)
    hangs.check(dog)


@pytest.mark.parametrize(
    ("asked", "limit"), [(None, 0), ("0", 0), ("1", 0.016), ("40", 0.04), ("yes", 0.016), ("", 0), ("-3", 0)]
)
def test_the_environment_switches_it_on(monkeypatch: pytest.MonkeyPatch, asked: str | None, limit: float) -> None:
    monkeypatch.delenv(watchdog.SWITCH, raising=False)
    if asked is not None:
        monkeypatch.setenv(watchdog.SWITCH, asked)
    assert watchdog.wanted() == pytest.approx(limit)


def test_a_stall_is_written_to_the_log(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    owner = QObject()
    dog = watchdog.log_stalls(LIMIT, owner)
    with caplog.at_level(logging.WARNING):
        stall_by(dog, qtbot, grind)
    dog.stop()
    assert "ms late" in caplog.text
