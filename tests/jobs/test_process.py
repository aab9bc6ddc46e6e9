"""Real child processes: start, follow, stop, kill, reattach, and what is said about how they ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from llmstudio.base import jsonl
from llmstudio.base.locks import FileLock
from llmstudio.jobs import control, holder, process, recover
from llmstudio.jobs.job import Status
from llmstudio.store import events, run
from llmstudio.store.workspace import Workspace
from tests.jobs import fakes
from tests.jobs.conftest import Followed, MakeRun

Follow = Callable[..., Followed]


def pid_of(folder: Path) -> int:
    pid = holder.pid(folder)
    assert pid is not None
    return pid


def test_a_child_runs_a_task_to_its_end(ws: Workspace, make_run: MakeRun, follow: Follow) -> None:
    folder = make_run("count", steps=12)
    going = follow(folder)
    assert going.end() == Status.FINISHED
    assert [event.step for event in going.events if isinstance(event, events.Metrics)] == list(range(1, 13))
    assert run.load(folder).result["steps"] == 12
    assert not process.alive(folder)


def test_pause_ends_the_process_and_resume_continues(ws: Workspace, make_run: MakeRun, follow: Follow) -> None:
    straight, broken = make_run("count", steps=60), make_run("count", steps=60, pace=0.01)
    follow(straight).end()
    first = follow(broken)
    first.wait_step(8)
    assert process.alive(broken)
    first.runner.request("pause")
    assert first.end() == Status.PAUSED
    assert not process.alive(broken)
    reader = run.RunReader(broken)
    reader.poll()
    control.resume(broken, overrides={"pace": 0.0})
    second = follow(broken, offset=reader.offset)
    assert second.end() == Status.FINISHED
    assert isinstance(second.events[0], events.Status)
    assert second.events[0].attempt == 2
    assert run.load(broken).result == run.load(straight).result


def test_a_polite_cancel(ws: Workspace, make_run: MakeRun, follow: Follow) -> None:
    going = follow(make_run("count", steps=10_000, pace=0.01))
    going.wait_step(1)
    going.runner.request("cancel")
    assert going.end() == Status.CANCELLED
    assert run.load(going.folder).error is None


@pytest.mark.parametrize(("trouble", "stern", "pressed"), [("", 20.0, 1), ("deafer", 0.3, 2)])
def test_a_task_that_never_listens_is_terminated_then_killed(
    make_run: MakeRun, follow: Follow, trouble: str, stern: float, pressed: int
) -> None:
    going = follow(make_run("stubborn", trouble=trouble), polite=0.1, stern=stern)
    going.wait_for(lambda item: isinstance(item, events.Stage))
    going.runner.request("cancel")
    assert going.end() == Status.CANCELLED
    assert going.runner._pressed == pressed


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("kill", "The system ended the process; most likely memory ran out."),
        ("exit", "The process ended with exit code 3 and without a word."),
    ],
)
def test_a_silent_end_is_explained(make_run: MakeRun, follow: Follow, trouble: str, said: str) -> None:
    going = follow(make_run("trouble", trouble=trouble))
    assert going.end() == Status.FAILED
    error = run.load(going.folder).error
    assert error is not None
    assert error.message == said
    assert "resume" in error.hint
    assert any(isinstance(event, events.Error) for event in going.events)


@pytest.mark.parametrize("trouble", ["orphan", "fork"])
def test_what_a_dead_child_started_is_ended_too(make_run: MakeRun, follow: Follow, trouble: str) -> None:
    going = follow(make_run("trouble", trouble=trouble))
    assert going.end() == Status.FAILED
    assert "a stray line on stdout" in (going.folder / "stderr.log").read_text()
    note = next(event for event in going.events if isinstance(event, events.Note))
    orphan = int(note.text)
    assert not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE


def test_a_session_speaks_over_pipes(make_run: MakeRun, follow: Follow) -> None:
    going = follow(make_run("echo"))
    going.runner.send({"n": 1, "text": "ünï \ud83d\ude00 \n"})
    going.wait_for(lambda item: isinstance(item, dict) and item.get("op") == "echo")
    going.runner.send({"op": "stop"})
    assert going.end() == Status.FINISHED
    assert going.messages == [{"op": "ready"}, {"op": "echo", "of": {"n": 1, "text": "ünï 😀 \n"}}]
    assert "a stray line" in (going.folder / "stderr.log").read_text()


def test_a_session_ends_when_its_owner_leaves(make_run: MakeRun, follow: Follow) -> None:
    going = follow(make_run("echo"))
    going.wait_for(lambda item: isinstance(item, dict))
    going.runner.leave()
    going.end()
    again = follow(going.folder)
    assert again.end() == Status.FINISHED


def test_a_session_can_be_cancelled_while_it_waits(make_run: MakeRun, follow: Follow) -> None:
    going = follow(make_run("echo"))
    going.wait_for(lambda item: isinstance(item, dict))
    going.runner.request("cancel")
    assert going.end() == Status.CANCELLED


def test_what_is_said_reaches_the_task(make_run: MakeRun, follow: Follow) -> None:
    going = follow(make_run("count", steps=300, pace=0.2))
    going.wait_step(1)
    going.runner.say({"pace": 0.0})
    assert going.end() == Status.FINISHED


def test_a_second_follower_attaches_and_the_child_outlives_the_first(
    ws: Workspace, make_run: MakeRun, follow: Follow
) -> None:
    going = follow(make_run("count", steps=10_000, pace=0.01))
    going.wait_step(2)
    going.runner.leave()
    going.end()
    assert process.alive(going.folder)
    assert [state.id for state in recover.scan(ws).alive] == [going.folder.name]
    second = follow(going.folder)
    second.wait_step(20)
    second.runner.request("pause")
    assert second.end() == Status.PAUSED


def test_a_child_survives_the_death_of_its_window(ws: Workspace, make_run: MakeRun, follow: Follow) -> None:
    folder = make_run("count", steps=10_000, pace=0.01)
    script = (
        "import sys; from pathlib import Path\n"
        "from llmstudio.jobs.process import ProcessRunner; from llmstudio.jobs import registry\n"
        "from llmstudio.store.workspace import Workspace; from tests.jobs import fakes\n"
        "registry.KINDS.update(fakes.kinds())\n"
        "folder = Path(sys.argv[1])\n"
        "tell = lambda event: print(event.kind, flush=True)\n"
        "ProcessRunner(Workspace.open(folder.parent.parent), command=fakes.COMMAND).run(folder, tell)\n"
    )
    window = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, cwd=fakes.ROOT)
    assert window.stdout is not None
    assert any(line.strip() == b"metrics" for line in window.stdout)
    window.kill()
    window.wait()
    window.stdout.close()
    again = follow(folder)
    step = run.load(folder).step
    again.wait_step(step + 10)
    again.runner.request("cancel")
    assert again.end() == Status.CANCELLED


def test_an_attached_child_that_is_killed_is_lost(ws: Workspace, make_run: MakeRun, follow: Follow) -> None:
    going = follow(make_run("count", steps=10_000, pace=0.01))
    going.wait_step(7)
    going.runner.leave()
    going.end()
    second = follow(going.folder)
    second.wait_step(8)
    os.kill(pid_of(going.folder), signal.SIGKILL)
    assert second.end() == Status.LOST
    control.resume(going.folder, overrides={"steps": 10})
    assert follow(going.folder).end() == Status.FINISHED


def test_a_polite_shutdown_of_the_system_pauses(make_run: MakeRun, follow: Follow) -> None:
    going = follow(make_run("count", steps=10_000, pace=0.01))
    going.wait_step(2)
    os.kill(pid_of(going.folder), signal.SIGTERM)
    assert going.end() == Status.PAUSED


def test_a_run_waits_queued_for_the_compute_lane(ws: Workspace, make_run: MakeRun, follow: Follow) -> None:
    lane = FileLock(ws.root / ".lane-compute-0.lock")
    assert lane.acquire()
    going, other = follow(make_run("count", steps=3)), follow(make_run("quick"))
    assert other.end() == Status.FINISHED  # the light lane is free
    waiting = follow(make_run("count", steps=3))
    assert run.load(going.folder).status == "queued"
    waiting.runner.request("cancel")
    assert waiting.end() == Status.CANCELLED
    lane.release()
    assert going.end() == Status.FINISHED


def test_two_starts_of_one_run_make_one_attempt(make_run: MakeRun, follow: Follow) -> None:
    folder = make_run("count", steps=40, pace=0.01)
    both = [follow(folder), follow(folder)]
    assert {each.end() for each in both} == {Status.FINISHED}
    steps = [record["step"] for record in jsonl.read(folder / "events.jsonl") if record["kind"] == "metrics"]
    assert steps == list(range(1, 41))


def test_a_cancel_before_the_start_is_not_lost(make_run: MakeRun, follow: Follow) -> None:
    going = follow(make_run("count", steps=10_000, pace=0.01))
    going.runner.request("cancel")
    assert going.end() == Status.CANCELLED


def test_a_child_that_cannot_be_started_is_a_sentence(ws: Workspace, make_run: MakeRun) -> None:
    folder = make_run("quick")
    with pytest.raises(process.UserError, match="could not start"):
        process.ProcessRunner(ws, command=["/nowhere/at/all"]).run(folder)


def test_a_windowed_program_starts_the_one_with_streams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "LLM Studio.exe"))
    assert process.own_command() == [str(tmp_path / "LLM Studio.exe")]
    (tmp_path / "llmstudio.exe").touch()
    assert process.own_command() == [str(tmp_path / "llmstudio.exe")]


def test_our_own_command_finds_the_package_from_any_folder(ws: Workspace, make_run: MakeRun, tmp_path: Path) -> None:
    done = subprocess.run(
        [*process.own_command(), "child", str(tmp_path / "no run")],
        env=process.own_environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "job.json is missing" in done.stderr
