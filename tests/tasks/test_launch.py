"""A run in two processes under torchrun, from the runner to the model: paused, gone on with alone, killed."""

import time
from pathlib import Path

import pytest

from llmstudio.base import jsonl
from llmstudio.engine import checkpoint
from llmstudio.jobs import control
from llmstudio.jobs.job import Status
from llmstudio.store import catalog, run
from llmstudio.store.events import Error, Sample
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import launch
from tests.tasks import small
from tests.tasks.crowd import Crowd

SLOW_STEPS = {"max_steps": 4000, "eval_every": 2000, "save_every": 10}


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return small.workspace(tmp_path / "ws")


def figures(folder: Path, name: str) -> list[float]:
    return [float.fromhex(value) for (value, *_) in small.curve(folder, name).values()]


def losses(folder: Path) -> list[float]:
    return figures(folder, "loss")


def test_a_training_in_shares_is_paused_and_goes_on_alone_with_the_same_curve(ws: Workspace) -> None:
    alone = small.new_run(ws, name="alone")
    small.train(ws, alone)
    folder = small.new_run(ws, name="shared", processes=2, strategy="fsdp")
    crowd = Crowd(ws, folder)
    assert crowd.run(7, ask="pause") == Status.PAUSED, (folder / "stderr.log").read_text()[-3000:]
    assert len(crowd.seen) == 2
    assert not any(one.is_running() for one in crowd.seen)
    paused = small.state(folder).step
    assert list(checkpoint.shown(folder / "checkpoints", "step", paused).glob("shard-00002-*"))
    assert [event.step for event in crowd.events if isinstance(event, Sample)][:2] == [0, 6]

    control.resume(folder, None, {"processes": 1})
    status, seen = small.train(ws, folder)
    assert status == Status.FINISHED, small.error(seen)
    assert losses(folder) == pytest.approx(losses(alone), abs=1e-4)
    assert "The number of processes differs now" in small.words(seen)
    kept = catalog.find(ws, "model", "shared")
    assert catalog.verify(kept) == []
    assert kept.manifest["figures"]["val_loss"] == pytest.approx(small.state(alone).result["val_loss"], abs=1e-4)


def test_a_killed_process_ends_all_with_one_sentence_and_nothing_lost(ws: Workspace) -> None:
    folder = small.new_run(ws, processes=2, **SLOW_STEPS)
    crowd = Crowd(ws, folder)
    began = time.monotonic()
    assert crowd.run(12, kill=1) == Status.FAILED
    assert time.monotonic() - began < 100  # a hang limit; 30 s are promised from the kill on
    error = next(event for event in crowd.events if isinstance(event, Error))
    assert error.message.startswith("Process 2 of 2 ended")
    assert "resume from the last checkpoint" in error.hint
    assert not any(one.is_running() for one in crowd.seen)
    assert not run.alive(folder)
    found = checkpoint.latest(folder / "checkpoints").snapshot
    assert found is not None
    assert found.step >= 10
    kinds = [record["kind"] for record in jsonl.read(folder / "events.jsonl")]
    assert kinds[-2:] == ["error", "status"]


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1, 2])
def test_whoever_is_killed_the_others_end_soon_and_all_go_on_later(ws: Workspace, rank: int) -> None:
    straight = small.new_run(ws, name="straight", processes=3, batch_size=6, max_steps=60, dropout=0.1)
    assert Crowd(ws, straight).run() == Status.FINISHED
    folder = small.new_run(ws, name="killed", processes=3, batch_size=6, max_steps=60, dropout=0.1)
    crowd = Crowd(ws, folder)
    assert crowd.run(20, kill=rank) == Status.FAILED
    error = next(event for event in crowd.events if isinstance(event, Error))
    assert error.message.startswith(f"Process {rank + 1} of 3 ended")
    control.resume(folder)
    assert Crowd(ws, folder).run() == Status.FINISHED
    # three summands: the buckets differ in the first step after a resumption, so their order and the last digit do
    for name in ("loss", "grad_norm"):
        assert figures(folder, name) == pytest.approx(figures(straight, name), rel=1e-4)


@pytest.mark.slow
def test_processes_of_one_machine_are_not_heard_outside(ws: Workspace) -> None:
    folder = small.new_run(ws, processes=2, **SLOW_STEPS)
    crowd = Crowd(ws, folder)
    heard: list[str] = []
    crowd.runner.request, ask = lambda kind: (heard.extend(crowd.listening()), ask(kind))[0], crowd.runner.request
    assert crowd.run(12, ask="cancel") == Status.CANCELLED
    assert heard
    assert {address for address in heard if not address.startswith("127.") and address != "::1"} == set()


def test_a_command_line_without_a_folder_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert launch.main([]) == 2
    assert launch.main([str(tmp_path / "none")]) == 2
    assert "job.json" in capsys.readouterr().err
