"""R15: numbers that break and memory that runs out at a random step: nothing broken is kept, and trying again works."""

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest import mock

import torch

from llmstudio.engine import checkpoint
from llmstudio.engine.trainer import MOST_SKIPPED, Trainer
from llmstudio.jobs import control
from llmstudio.jobs.job import Status
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.attempt import SCALE
from tests.faults import row
from tests.faults.row import Row
from tests.tasks import small

SAVE_EVERY = 4
STEPS = 28
CHANGES: dict[str, Any] = {
    "max_steps": STEPS,
    "eval_every": 12,
    "save_every": SAVE_EVERY,
    "dropout": 0.1,
    "sample_tokens": 0,
}
FIGURES = ("loss", "grad_norm", "learning_rate", "val_loss")
Deed = Callable[[torch.Tensor], torch.Tensor]


def at_steps(steps: range, deed: Deed) -> AbstractContextManager[Any]:
    """While inside, what happens to the loss of these steps."""
    usual = Trainer._loss

    def loss(self: Trainer, ids: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        found = usual(self, ids, targets)
        return deed(found) if self.state.step in steps and self.model.training else found

    return mock.patch.object(Trainer, "_loss", loss)


def breaks(loss: torch.Tensor) -> torch.Tensor:
    """Overflow, as a rate that is too high brings it."""
    return loss * float("nan")


def runs_out(loss: torch.Tensor) -> torch.Tensor:
    """As a graphics card whose memory is full."""
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


def not_finite(run: Path) -> Iterator[str]:
    """Committed checkpoints with numbers that are not."""
    for path in (run / "checkpoints").glob("[sb]*-*"):
        for name, group in checkpoint.read(path).tensors.items():
            if not checkpoint.check_finite(group):
                yield f"{path.name} holds numbers of its {name} that are not finite"


def newest(run: Path, before: int) -> int:
    """The step of the newest checkpoint at or before a step; 0 where there is none."""
    return next((step for step, _ in checkpoint.listed(run / "checkpoints", "step") if step <= before), 0)


class Case:
    """One training that goes wrong from a random step on."""

    def __init__(self, ws: Workspace, chance: random.Random, number: int) -> None:
        self.ws, self.number = ws, number
        self.step = chance.randrange(SAVE_EVERY + 1, STEPS - MOST_SKIPPED)
        self.name = f"case {number}"

    def diverges(self) -> Iterator[str]:
        """The numbers stay broken: it pauses, and goes on from a checkpoint with half the rate."""
        run = small.new_run(self.ws, name=self.name, **CHANGES)
        with at_steps(range(self.step, 1000), breaks):
            status, seen = small.train(self.ws, run)
        if status != Status.PAUSED:
            yield f"it is {status} after diverging at step {self.step}"
            return
        if "diverged" not in small.words(seen):
            yield f"nobody was told: {small.words(seen)}"
        yield from not_finite(run)
        yield from self._again(run, {SCALE: 0.5})

    def stumbles(self) -> Iterator[str]:
        """A few broken steps are left out, and it ends well."""
        run = small.new_run(self.ws, name=self.name, **CHANGES)
        with at_steps(range(self.step, self.step + MOST_SKIPPED), breaks):
            status, seen = small.train(self.ws, run)
        if status != Status.FINISHED:
            yield f"it is {status} after {MOST_SKIPPED} broken steps"
        if small.words(seen).count("was left out") != MOST_SKIPPED:
            yield f"the notes are {small.words(seen)}"
        yield from not_finite(run)

    def lacks_memory(self) -> Iterator[str]:
        """It is told what would fit, and goes on so with the same result."""
        run = small.new_run(self.ws, name=self.name, **CHANGES)
        with at_steps(range(self.step, 1000), runs_out):
            status, seen = small.train(self.ws, run)
        remedy = small.error(seen).remedy
        size, times = small.TINY["batch_size"], 1
        if remedy != {"batch_size": size // 2, "accumulate": times * 2}:
            yield f"it is {status} and proposes {remedy}"
            return
        yield from self._again(run, remedy)

    def _again(self, run: Path, overrides: dict[str, Any]) -> Iterator[str]:
        """Resume with changes; the same as if a sound training had been resumed there with them."""
        at = newest(run, self.step)
        if not at or self.step - at > SAVE_EVERY:
            yield f"the newest checkpoint is of step {at}, it went wrong at {self.step}"
            return
        sound = small.new_run(self.ws, name=f"{self.name} sound", **CHANGES)
        if small.train(self.ws, sound, ask={at: "pause"})[0] != Status.PAUSED:
            yield "the sound one did not pause"
        for each in (run, sound):
            control.resume(each, at, overrides)
            status, seen = small.train(self.ws, each)
            if status != Status.FINISHED:
                yield f"resumed it is {status}: {[event for event in seen if event.kind == 'error']}"
        if small.curve(run, *FIGURES) != small.curve(sound, *FIGURES):
            yield f"resumed at {at} it has another curve than a sound one"
        yield from not_finite(run)


def trials(count: int, seed: int, folder: Path) -> Row:
    """`count` cases, the kinds in turns."""
    ws, chance, done = small.workspace(folder / "ws"), random.Random(seed), Row("R15 divergence", count)
    kinds = (Case.diverges, Case.lacks_memory, Case.stumbles)
    for number in range(count):
        case, kind = Case(ws, chance, number), kinds[number % len(kinds)]
        done.faults += [f"{kind.__name__} at step {case.step}: {words}" for words in kind(case)]
    return done


if __name__ == "__main__":
    row.main(trials)
