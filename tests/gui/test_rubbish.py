"""Cyclic rubbish is found on the window's thread, whichever thread made it."""

import gc
import threading
import time
from collections.abc import Iterator
from typing import ClassVar

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from llmstudio.gui import rubbish as rubbish_module
from llmstudio.gui.rubbish import RubbishCollector


class Ring:
    """Holds itself; tells in which thread it ended."""

    ended_in: ClassVar[list[int]] = []

    def __init__(self) -> None:
        self.me = self
        self.qt = QObject()

    def __del__(self) -> None:
        self.ended_in.append(threading.get_ident())


@pytest.fixture
def rings() -> Iterator[list[int]]:
    gc.collect()
    Ring.ended_in.clear()
    yield Ring.ended_in
    gc.collect()


def elsewhere() -> list[list[int]]:
    """What a second thread made: far more objects than any threshold."""
    made: list[list[int]] = []
    thread = threading.Thread(target=lambda: made.extend([at] for at in range(200_000)))
    thread.start()
    thread.join()
    return made


def test_rubbish_waits_for_the_windows_thread(rubbish: RubbishCollector, rings: list[int], qtbot: QtBot) -> None:
    for _ in range(50):
        Ring()
    made = elsewhere()
    assert made
    assert rings == []
    qtbot.waitUntil(lambda: len(rings) == 50)
    assert set(rings) == {threading.get_ident()}


def test_without_it_the_other_thread_would_search(rings: list[int]) -> None:
    """What the collector is there for, seen once with objects that bear it."""
    for _ in range(50):
        ring = Ring()
        del ring.qt
    gc.enable()
    assert elsewhere()
    gc.disable()
    assert set(rings) - {threading.get_ident()}


def test_old_rubbish_is_found_too(rubbish: RubbishCollector, rings: list[int]) -> None:
    ring = Ring()
    gc.collect()  # it is of the oldest generation now
    del ring
    kept = []
    for at in range(200):  # each look finds the youngest generation due, each twelfth the middle one
        kept.append([[at] for at in range(1000)])
        rubbish.look()
    assert rings == [threading.get_ident()]


def test_the_search_through_everything_takes_a_hundredth_of_the_time(
    rubbish: RubbishCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    searched: list[int] = []
    rubbish.stop()

    def collect(generation: int = 2) -> int:
        searched.append(generation)
        now[0] += 0.2
        return 0

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(gc, "collect", collect)
    monkeypatch.setattr(gc, "get_count", lambda: (9000, 90, 90))
    rubbish.look()
    rubbish.look()
    assert searched == [2, 1]
    now[0] += 20
    rubbish.look()
    assert searched == [2, 1, 2]


def test_one_collector_takes_over_for_the_process() -> None:
    app = QObject()
    frozen = gc.get_freeze_count()
    rubbish_module.take_over(app)
    rubbish_module.take_over(app)
    assert len(app.findChildren(RubbishCollector)) == 1
    assert not gc.isenabled()
    assert gc.get_freeze_count() > frozen
    gc.unfreeze()
    shiboken6.delete(app)
