"""The worker hands events over in batches, messages at once, and its end last."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.jobthread import JobThread
from llmstudio.store.events import Metrics, Progress
from tests.gui.fakes import FakeRunner


@pytest.fixture
def runner() -> FakeRunner:
    return FakeRunner()


def started(runner: FakeRunner, qtbot: QtBot, tmp_path: Path) -> JobThread:
    thread = JobThread(runner, tmp_path)
    with qtbot.waitSignal(thread.started):
        thread.start()
    return thread


def test_events_arrive_in_order_and_in_few_batches(runner: FakeRunner, qtbot: QtBot, tmp_path: Path) -> None:
    thread = started(runner, qtbot, tmp_path)
    batches: list[list[Metrics]] = []
    thread.events_arrived.connect(batches.append)
    runner.tell(*(Metrics(step=at, values={"loss": 1.0}) for at in range(5000)))
    with qtbot.waitSignal(thread.ended) as ended:
        runner.end()
    assert ended.args == ["finished"]
    assert [event.step for batch in batches for event in batch] == list(range(5000))
    assert len(batches) <= 3
    thread.wait()


def test_what_was_told_last_is_not_lost(runner: FakeRunner, qtbot: QtBot, tmp_path: Path) -> None:
    thread = started(runner, qtbot, tmp_path)
    order: list[str] = []
    thread.events_arrived.connect(lambda batch: order.append("events"))
    thread.ended.connect(order.append)
    runner.tell(Progress(done=1, total=1))
    runner.end("paused")
    qtbot.waitUntil(lambda: "paused" in order)
    assert order == ["events", "paused"]
    thread.wait()


def test_messages_pass_at_once(runner: FakeRunner, qtbot: QtBot, tmp_path: Path) -> None:
    thread = started(runner, qtbot, tmp_path)
    with qtbot.waitSignal(thread.message_arrived) as message:
        runner.talk({"op": "ready"})
    assert message.args == [{"op": "ready"}]
    runner.end()
    thread.wait()


def test_a_supervisor_that_fails_ends_as_failed(runner: FakeRunner, qtbot: QtBot, tmp_path: Path) -> None:
    thread = started(runner, qtbot, tmp_path)
    runner.fail = RuntimeError("the runner broke")
    with qtbot.waitSignal(thread.ended) as ended:
        runner.end()
    assert ended.args == ["failed"]
    assert isinstance(thread.failure, RuntimeError)
    thread.wait()


def test_leaving_detaches(runner: FakeRunner, qtbot: QtBot, tmp_path: Path) -> None:
    thread = started(runner, qtbot, tmp_path)
    thread.leave()
    assert thread.wait(2000)
    assert runner.left
