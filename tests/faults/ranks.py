"""R17: one process of a training in several is killed; the others end with a sentence, and all go on identically."""

import random
import time
from pathlib import Path

from llmstudio.jobs import control
from llmstudio.jobs.job import Status
from llmstudio.store.events import Error
from tests.faults import row
from tests.faults.row import Row
from tests.tasks import small
from tests.tasks.crowd import Crowd

PROCESSES = 2
CHANGES = {"processes": PROCESSES, "max_steps": 60, "eval_every": 30, "save_every": 5, "dropout": 0.1}
END_SECONDS = 30.0


def trials(count: int, seed: int, folder: Path) -> Row:
    """Kill a process of `count` trainings."""
    ws, chance, done = small.workspace(folder / "ws"), random.Random(seed), Row("R17 ranks", count)
    straight = small.new_run(ws, name="straight", **CHANGES)
    assert Crowd(ws, straight).run() == Status.FINISHED
    wanted, slowest = small.curve(straight, "loss", "grad_norm"), 0.0
    for number in range(count):
        rank, step = chance.randrange(PROCESSES), chance.randrange(6, 50)
        run = small.new_run(ws, name=f"killed {number}", **CHANGES)
        crowd, words = Crowd(ws, run), f"rank {rank} killed at step {step}"
        status, took = _killed(crowd, step, rank)
        slowest = max(slowest, took)
        told = [event.message for event in crowd.events if isinstance(event, Error)]
        if status != Status.FAILED or not told or not told[-1].startswith(f"Process {rank + 1} of {PROCESSES} ended"):
            done.faults.append(f"{words}: it is {status} and says {told}")
        if took > END_SECONDS or any(one.is_running() for one in crowd.seen):
            done.faults.append(f"{words}: the others ended only after {took:.0f} s")
        control.resume(run)
        if Crowd(ws, run).run() != Status.FINISHED or small.curve(run, "loss", "grad_norm") != wanted:
            done.faults.append(f"{words}: resumed it has another curve: {small.state(run).error}")
    done.figures = {"slowest end in s": slowest}
    return done


def _killed(crowd: Crowd, step: int, rank: int) -> tuple[Status, float]:
    """How it ended, and how many seconds after the kill."""
    usual, struck = crowd.of_rank, [0.0]

    def of_rank(number: int) -> object:
        struck[0] = time.monotonic()
        return usual(number)

    setattr(crowd, "of_rank", of_rank)  # noqa: B010 - a method of one object is replaced
    return crowd.run(step, kill=rank), time.monotonic() - struck[0]


if __name__ == "__main__":
    row.main(trials)
