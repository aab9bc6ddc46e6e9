"""R14: a laptop that sleeps, a clock that jumps: the curve goes on as if nothing had happened, no time is negative."""

import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from llmstudio.jobs import job, recorder
from llmstudio.jobs.eta import Eta
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import run
from llmstudio.store.events import Metrics
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import pretrain
from tests.faults import row
from tests.faults.kills import wait
from tests.faults.row import Row
from tests.tasks import small

SLEEP_SECONDS = float(os.environ.get("LLMSTUDIO_SLEEP_SECONDS", "2"))
FIGURES = ("loss", "grad_norm", "learning_rate", "tokens", "val_loss")
CHANGES = {"max_steps": 60, "eval_every": 20, "save_every": 10, "dropout": 0.1}
JUMPS = (timedelta(days=1), timedelta(days=-1), timedelta(hours=1), timedelta(hours=-1), timedelta(days=366 * 30))
HANG = 120.0


class JumpingClock:
    """The time of day, which jumps now and then: corrected by the network, by hand, or past the year 2038."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.shift, self.jumps = chance, timedelta(), 0

    def __call__(self) -> str:
        if self.chance.random() < 0.05:
            self.shift, self.jumps = self.chance.choice(JUMPS), self.jumps + 1
        moment = datetime.now(UTC) + self.shift
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def times_of(folder: Path) -> Iterator[str]:
    """What is wrong with the times that readers work out of a run's log."""
    reader, eta = run.RunReader(folder), Eta()
    for event in reader.poll():
        eta.feed(event)
        remaining, rate = eta.remaining(), eta.rate()
        if (remaining is not None and remaining < 0) or (rate is not None and rate <= 0):
            yield f"{remaining} s remain at a rate of {rate}"
        if isinstance(event, Metrics) and event.values.get("tokens_per_second", 0.0) < 0:
            yield f"{event.values['tokens_per_second']} tokens/s"
    if not 0 <= reader.state.seconds < 10 * HANG:
        yield f"it took {reader.state.seconds} s"


def sleep_through(ws: Workspace, folder: Path, chance: random.Random) -> Iterator[str]:
    """Stop the process amid its work for a while, as a sleeping machine does."""
    process = os.fork()
    if process == 0:
        try:
            os._exit(0 if InlineRunner(ws).run(folder) == Status.FINISHED else 3)
        except BaseException:
            os._exit(4)
    status = wait(process, chance.uniform(0.05, 0.5))
    if status is None:
        os.kill(process, signal.SIGSTOP)
        time.sleep(SLEEP_SECONDS)
        os.kill(process, signal.SIGCONT)
        status = wait(process, HANG)
    if status is None:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        yield "it hung after the sleep"
    elif os.WEXITSTATUS(status) != 0:
        yield f"it ended with {os.WEXITSTATUS(status)}: {run.load(folder).error}"


def jump(ws: Workspace, folder: Path, chance: random.Random) -> Iterator[str]:
    """Train under a clock that jumps."""
    clock = JumpingClock(chance)
    with mock.patch.object(recorder, "now", clock), mock.patch.object(job, "now", clock):
        status, seen = small.train(ws, folder)
    if status != Status.FINISHED:
        yield f"it ended as {status}: {small.error(seen)}"
    if not clock.jumps:
        yield "the clock did not jump"


def trials(count: int, seed: int, folder: Path) -> Row:
    """`count` sleeps, then as many trainings under a jumping clock. Forks come first: torch may not have computed."""
    assert callable(pretrain.run)
    ws, chance, done = small.workspace(folder / "ws"), random.Random(seed), Row("R14 sleep and clock", 0)
    runs: list[Path] = []
    for how in (sleep_through, jump):
        for number in range(count):
            each = small.new_run(ws, name=f"{how.__name__} {number}", **CHANGES)
            done.faults += [f"{each.name}: {words}" for words in (*how(ws, each, chance), *times_of(each))]
            runs.append(each)
    straight = small.new_run(ws, name="straight", **CHANGES)
    small.train(ws, straight)
    wanted = small.curve(straight, *FIGURES)
    done.faults += [f"{each.name}: another curve" for each in runs if small.curve(each, *FIGURES) != wanted]
    done.trials, done.figures = len(runs), {"seconds asleep": SLEEP_SECONDS}
    return done


if __name__ == "__main__":
    row.main(trials)
