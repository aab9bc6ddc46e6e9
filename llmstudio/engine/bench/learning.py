"""How long it takes to learn a text down to a loss: whole trainings of fixed length, measured at their end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llmstudio.base.errors import UserError
from llmstudio.config import propose
from llmstudio.config.propose import CorpusFacts, MachineFacts
from llmstudio.config.train import PretrainConfig
from llmstudio.engine import compiling, device, measure
from llmstudio.engine.bench import training
from llmstudio.engine.device import Place
from llmstudio.engine.trainer import Step, Trainer, plan_of, seeded_model

TRAIN_SHARE = 0.9
FEWEST = 10_000  # characters
Check = Callable[[], None]
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Recipe:
    """A training whose loss at the end is to be at most `target` (nats per character)."""

    key: str
    target: float
    settings: dict[str, Any] = field(default_factory=dict)


def recipes() -> tuple[Recipe, ...]:
    """To where nanoGPT's recipe for a processor ends on tinyshakespeare, and well below; the rest is the preset's."""
    small = {"n_layer": 2, "n_embd": 128, "n_head": 4, "block_size": 64, "batch_size": 16, "max_steps": 110}
    large = {"n_layer": 3, "n_embd": 256, "n_head": 8, "block_size": 64, "batch_size": 32, "max_steps": 430}
    return Recipe("1.8857", 1.8857, small), Recipe("1.60", 1.60, large)


@dataclass(frozen=True)
class Text:
    """A text as ids of its characters, the first nine tenths to learn from."""

    train: NDArray[np.uint16]
    val: NDArray[np.uint16]
    vocab_size: int


def read(path: Path) -> Text:
    """The characters of a file. UserError where it is missing, no UTF-8, or too short."""
    try:
        letters = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read as text.", "Name a UTF-8 text file.", field="text") from error
    if len(letters) < FEWEST:
        raise UserError(
            f"{path} has {len(letters):,} characters.", f"Take a text of {FEWEST:,} at least.", field="text"
        )
    known, ids = np.unique(np.array(list(letters)), return_inverse=True)
    cut = int(len(ids) * TRAIN_SHARE)
    return Text(ids[:cut].astype(np.uint16), ids[cut:].astype(np.uint16), len(known))


@dataclass(frozen=True)
class Learned:
    """One training: seconds of its steps without the first, those of the first, and the loss on the whole rest.

    The first step prepares what later ones use (kernels, perhaps a compiler's work): it is told apart.
    """

    seconds: float
    first: float
    loss: float
    operations: float
    compiling: float = 0.0

    @property
    def total(self) -> float:
        """Seconds of all steps."""
        return self.seconds + self.first


def learn(
    recipe: Recipe,
    text: Text,
    seed: int,
    place: Place,
    check: Check = lambda: None,
    told: Told = lambda done, all_: None,
    compiled: Path | None = None,
) -> Learned:
    """Train by a recipe, then measure the loss on the whole validation part in windows that do not overlap.

    With `compiled` (where what is compiled is kept) steps are compiled; raises `compiling.Broken`.
    """
    trainer, block = _trainer(recipe, text, seed, place)
    waited = compiling.compile_steps(trainer, compiled) if compiled else 0.0
    steps, times = trainer.plan.steps, list[float]()
    begin = time.perf_counter()
    for record in trainer.run():
        check()
        if isinstance(record, Step):
            place.synchronise()
            times.append(time.perf_counter() - begin)
            told(record.step, steps)
    loss = measure.Loss(0.0, 0)
    for so_far in measure.evaluate(trainer.model, text.val, place, block=block):
        check()
        loss = so_far
    parameters = sum(parameter.numel() for parameter in trainer.model.parameters())
    looked_up = ("embedding.", "ngrams.")  # rows of tables, no products
    tables = sum(one.numel() for name, one in trainer.model.named_parameters() if name.startswith(looked_up))
    each = training.flops_per_token(trainer.model.config, parameters - tables)
    operations = each * trainer.plan.batch * block * steps
    return Learned(times[-1] - times[0], times[0], loss.mean, operations, waited)


def precision(recipe: Recipe, text: Text, place: Place, seconds: float = 2.0) -> str:
    """What the application would choose for this training on this machine: by a short test."""
    if place.device != "cpu":
        return place.precision
    trainer, _ = _trainer(recipe, text, 1, place)
    return device.faster_precision(trainer.rehearse, place, seconds)[0]


def _trainer(recipe: Recipe, text: Text, seed: int, place: Place) -> tuple[Trainer, int]:
    asked = PretrainConfig(name="Race", dataset="text", seed=seed, **recipe.settings)
    facts = CorpusFacts(len(text.train), len(text.val), text.vocab_size)
    machine = MachineFacts(device=place.device, precision=place.precision, threads=place.threads)
    settled = propose.resolve(asked, facts, machine)
    model = seeded_model(propose.model_config(settled, text.vocab_size), seed, place)
    plan = plan_of(settled)
    return Trainer(model, text.train, text.val[:0], plan, place), plan.block
