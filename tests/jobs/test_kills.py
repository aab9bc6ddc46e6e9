"""Kill -9 at random moments: nothing committed is lost, and resuming leads to the identical result."""

import json
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from llmstudio.jobs import control
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import events, run
from llmstudio.store.workspace import Workspace
from tests.jobs.conftest import Followed, MakeRun
from tests.jobs.test_process import pid_of

KILLS = 25
STEPS = 600


def committed(folder: Path) -> dict[str, int]:
    """Step folders and their values; every one must be whole."""
    found = {}
    for path in (folder / "checkpoints").glob("step-*"):
        found[path.name] = json.loads((path / "state.json").read_text())["value"]
        assert [part.stat().st_size for part in sorted(path.glob("bulk-*"))] == [1 << 16] * 3
    return found


@pytest.mark.faults
@pytest.mark.timeout(300)
def test_kills_at_random_moments_lose_nothing(
    ws: Workspace, make_run: MakeRun, follow: Callable[..., Followed]
) -> None:
    straight = make_run("count", steps=STEPS, save_every=7)
    InlineRunner(ws).run(straight)
    folder = make_run("count", steps=STEPS, save_every=7, pace=0.002)
    chance = random.Random(7)
    for _ in range(KILLS):
        size = (folder / "events.jsonl").stat().st_size
        going = follow(folder, offset=size)
        first = going.wait_for(lambda event: isinstance(event, events.Metrics))
        if chance.random() < 0.5:  # half of them soon after a commit began
            going.wait_for(lambda event: isinstance(event, events.Artifact))
        going.wait_step(first.step + chance.randrange(12))
        before = committed(folder)
        os.kill(pid_of(folder), signal.SIGKILL)
        assert going.end() == Status.FAILED
        after = committed(folder)
        assert before.items() <= after.items()
        control.resume(folder)
    assert follow(folder, offset=(folder / "events.jsonl").stat().st_size).end() == Status.FINISHED
    assert run.load(folder).result == run.load(straight).result
    assert run.load(folder).attempt == KILLS + 1
    assert committed(folder) == committed(straight)
    assert not list((folder / "checkpoints").glob(".*"))
    losses = [dict(run_losses(each)) for each in (straight, folder)]
    assert losses[0] == losses[1]


def run_losses(folder: Path) -> list[tuple[int, str]]:
    """(step, loss as a hexadecimal float) of the curve that readers draw."""
    curve: dict[int, str] = {}
    for event in run.RunReader(folder).poll():
        if isinstance(event, events.Resumed):
            curve = {step: loss for step, loss in curve.items() if step <= event.step}
        elif isinstance(event, events.Metrics):
            curve[event.step] = event.values["loss"].hex()
    return sorted(curve.items())
