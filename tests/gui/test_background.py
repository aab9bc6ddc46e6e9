"""Background calls bring results back to the thread of the window, and forget those nobody waits for."""

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from llmstudio.gui.background import Background


@pytest.fixture
def background(qtbot: QtBot) -> Background:
    return Background()


def test_a_result_arrives_on_the_thread_of_the_window(background: Background, qtbot: QtBot) -> None:
    got: list[object] = []
    background.run(
        lambda a, b: (a + b, QThread.currentThread()), 2, 3, done=lambda r: got.append((r, QThread.currentThread()))
    )
    qtbot.waitUntil(lambda: bool(got))
    (total, there), here = got[0]  # type: ignore[misc]
    assert total == 5
    assert here is QThread.currentThread()
    assert there is not here


def test_a_failure_arrives_as_it_was(background: Background, qtbot: QtBot) -> None:
    got: list[Exception] = []
    background.run(lambda: 1 / 0, failed=got.append)
    qtbot.waitUntil(lambda: bool(got))
    assert isinstance(got[0], ZeroDivisionError)


def test_a_cancelled_call_says_nothing(background: Background, qtbot: QtBot) -> None:
    gate, got = threading.Event(), []
    handle = background.run(gate.wait, done=got.append)
    handle.cancel()
    gate.set()
    qtbot.waitUntil(lambda: not background.busy())
    assert got == []


def test_a_result_is_dropped_when_its_owner_is_gone(background: Background, qtbot: QtBot) -> None:
    gate, got = threading.Event(), []
    owner = QObject()
    background.run(gate.wait, done=got.append, owner=owner)
    del owner
    gate.set()
    qtbot.waitUntil(lambda: not background.busy())
    assert got == []


def test_closing_waits_for_what_runs_and_drops_what_waits(background: Background) -> None:
    gate, ran = threading.Event(), []
    for at in range(6):
        background.run(lambda at=at: (gate.wait(), ran.append(at)))
    gate.set()
    background.close()
    assert len(ran) <= 6


def test_held_back_calls_begin_when_they_are_let_go(background: Background, qtbot: QtBot) -> None:
    got: list[int] = []
    background.hold()
    background.run(lambda: 7, done=got.append)
    assert background.busy()
    assert got == []
    background.release()
    qtbot.waitUntil(lambda: got == [7])
    background.run(lambda: 8, done=got.append)
    qtbot.waitUntil(lambda: got == [7, 8])


def test_closing_forgets_what_was_held_back(background: Background) -> None:
    ran: list[bool] = []
    background.hold()
    background.run(lambda: ran.append(True))
    background.close()
    assert not background.busy()
    assert ran == []


def test_a_call_is_let_go_when_it_is_over(background: Background, qtbot: QtBot) -> None:
    class Thing:
        pass

    thing = Thing()
    gone = weakref.ref(thing)
    background.run(lambda kept: None, thing)
    del thing
    qtbot.waitUntil(lambda: not background.busy())
    qtbot.waitUntil(lambda: gc.collect() >= 0 and gone() is None)
