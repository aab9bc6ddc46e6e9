"""The job centre queues by lane, follows states, passes requests on, and lets go when the window closes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.base.errors import UserError
from llmstudio.config.option import Options, option
from llmstudio.gui.jobcentre import SCRATCH, JobCentre
from llmstudio.jobs import create
from llmstudio.store import run as runs
from llmstudio.store.events import Progress, Result, Stage, Status
from llmstudio.store.workspace import Workspace
from tests.gui.fakes import FakeRunner


class Nothing(Options):
    """Options of a job that does nothing."""

    steps: int = option(1, title="Steps")


class Desk:
    """A job centre whose runners the test drives."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace.open(root, window=True)
        self.runners: list[FakeRunner] = []
        self.jobs = JobCentre(self.workspace, make_runner=self._make)

    def _make(self) -> FakeRunner:
        self.runners.append(FakeRunner())
        return self.runners[-1]

    def submit(self, kind: str = "pretrain", title: str = "Small one") -> str:
        return self.jobs.submit(kind, Nothing(), title=title)


@pytest.fixture
def desk(tmp_path: Path, qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk(tmp_path / "ws")
    yield desk
    for runner in desk.runners:
        runner.end()
    desk.jobs.leave()
    desk.workspace.close()


def test_a_job_runs_and_ends(desk: Desk, qtbot: QtBot) -> None:
    run_id = desk.submit()
    assert [state.id for state in desk.jobs.live()] == [run_id]
    with qtbot.waitSignal(desk.jobs.events):
        desk.runners[0].tell(Status("running"), Stage("Training"), Progress(done=3, total=10, unit="steps"))
    state = desk.jobs.state(run_id)
    assert (state.status, state.stage, state.done) == ("running", "Training", 3)
    with qtbot.waitSignal(desk.jobs.ended) as ended:
        desk.runners[0].end()
    assert ended.args == [run_id, "finished"]
    assert not desk.jobs.live()


def test_compute_jobs_take_turns_and_light_ones_go_by_two(desk: Desk, qtbot: QtBot) -> None:
    first, second = desk.submit(), desk.submit()
    light = [desk.submit("import_dataset") for _ in range(3)]
    assert len(desk.runners) == 3
    assert desk.jobs.state(second).status == "queued"
    with qtbot.waitSignal(desk.jobs.ended):
        desk.runners[0].end()
    qtbot.waitUntil(lambda: len(desk.runners) == 4)
    assert not desk.jobs.is_live(first)
    assert desk.jobs.is_live(light[2])


def test_a_queued_job_can_be_stopped_before_it_begins(desk: Desk, qtbot: QtBot) -> None:
    desk.submit()
    waiting = desk.submit(title="Later")
    with qtbot.waitSignal(desk.jobs.ended) as ended:
        desk.jobs.stop(waiting)
    assert ended.args == [waiting, "cancelled"]
    assert runs.load(desk.workspace.runs / waiting).status == "cancelled"
    assert len(desk.runners) == 1


def test_requests_reach_the_runner_and_are_remembered(desk: Desk, qtbot: QtBot) -> None:
    run_id = desk.submit()
    desk.jobs.pause(run_id)
    assert desk.jobs.asked(run_id) == "pause"
    desk.jobs.stop(run_id, "keep_best")
    assert desk.runners[0].requests == ["pause", "keep_best"]


def test_sessions_talk_both_ways(desk: Desk, qtbot: QtBot) -> None:
    run_id = desk.submit("complete")
    desk.jobs.send(run_id, {"op": "stop"})
    assert desk.runners[0].sent == [{"op": "stop"}]
    with qtbot.waitSignal(desk.jobs.message) as message:
        desk.runners[0].talk({"op": "ready"})
    assert message.args == [run_id, {"op": "ready"}]


def test_a_run_that_goes_on_is_not_resumed_twice(desk: Desk) -> None:
    run_id = desk.submit()
    with pytest.raises(UserError):
        desk.jobs.resume(run_id)


def test_a_paused_run_goes_on_as_a_new_attempt(desk: Desk, qtbot: QtBot) -> None:
    folder = create.create_run(desk.workspace, "pretrain", Nothing(), title="Paused one")
    desk.jobs.pause(folder.name)
    assert desk.jobs.state(folder.name).status == "paused"
    desk.jobs.resume(folder.name)
    assert desk.jobs.state(folder.name).attempt == 2
    assert len(desk.runners) == 1


def test_only_a_long_log_is_read_from_its_summary_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    read = runs.RunReader

    def reading(folder: Path, *, quick: bool = False) -> runs.RunReader:
        asked.append(quick)
        return read(folder, quick=quick)

    monkeypatch.setattr(runs, "RunReader", reading)
    first = desk.submit()
    monkeypatch.setattr("llmstudio.gui.jobcentre.LONG", 10)
    desk.submit()
    assert desk.jobs.state(first).status
    assert asked == [False, True]


def test_leaving_lets_the_processes_go_on(desk: Desk, qtbot: QtBot) -> None:
    desk.submit()
    desk.submit()
    desk.jobs.leave()
    assert desk.runners[0].left
    assert len(desk.runners) == 1
    assert not desk.jobs.live()


def test_runs_that_never_began_are_found_again(desk: Desk) -> None:
    folder = create.create_run(desk.workspace, "pretrain", Nothing(), title="Waiting")
    assert [state.id for state in desk.jobs.reattach().waiting] == [folder.name]
    assert not desk.jobs.live()


def test_tests_and_sessions_leave_no_history(desk: Desk, qtbot: QtBot) -> None:
    run_id = desk.submit("probe")
    with qtbot.waitSignal(desk.jobs.events):
        desk.runners[0].tell(Result(values={"seconds": 6.0}))
    with qtbot.waitSignal(desk.jobs.ended):
        desk.runners[0].end()
    assert desk.jobs.state(run_id).result == {"seconds": 6.0}
    assert not list(desk.workspace.runs.iterdir())
    assert not list((desk.workspace.root / SCRATCH).iterdir())


def test_what_a_killed_window_left_is_swept(desk: Desk) -> None:
    left = desk.workspace.root / SCRATCH / "2026-old-probe"
    left.mkdir(parents=True)
    mine = desk.submit("probe")
    desk.jobs.reattach()
    assert not left.exists()
    assert (desk.workspace.root / SCRATCH / mine).exists()


def test_a_name_that_is_refused_leaves_nothing(desk: Desk) -> None:
    with pytest.raises(UserError):
        desk.submit(title="../escape")
    assert not desk.jobs.live()
    assert not list(desk.workspace.runs.iterdir())
