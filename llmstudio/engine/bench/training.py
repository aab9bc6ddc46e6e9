"""How fast a model is trained: steps of the very trainer that a training uses, on random text."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from llmstudio.config.model import ModelConfig
from llmstudio.config.train import Optimizer
from llmstudio.engine import compiling, optim
from llmstudio.engine.device import Place
from llmstudio.engine.trainer import Plan, Step, Trainer, seeded_model

WARM_STEPS = 3
FEWEST_STEPS = 2


@dataclass(frozen=True)
class Workload:
    """A model, the batch it is trained with, and what that needs."""

    title: str
    model: ModelConfig
    batch: int
    optimizer: Optimizer = "adamw"

    @property
    def tokens(self) -> int:
        """Tokens of one step."""
        return self.batch * self.model.block_size


def small(batch: int = 16) -> Workload:
    """The 10.65 million parameters of nanoGPT's character model, to the last matrix."""
    shape = {"vocab_size": 65, "n_layer": 6, "n_head": 6, "n_embd": 384, "block_size": 256}
    return Workload("10.65 M parameters", ModelConfig(**shape, bias=False, qkv_bias=False), batch)


def gpt2(batch: int = 4) -> Workload:
    """GPT-2's 124 million parameters at a context of 256."""
    return Workload("124 M parameters", ModelConfig(block_size=256, bias=False, qkv_bias=False), batch)


def flops_per_token(model: ModelConfig, parameters: int) -> float:
    """Operations of one trained token: six for each parameter but those of learned positions, and those of attention.

    As Chowdhery et al. (2022) count them, with attention over the whole window: 6 N + 12 L H D T.
    """
    positions = model.block_size * model.n_embd if model.position == "learned" else 0
    attention = 12 * model.n_layer * model.query_width * model.block_size
    return 6.0 * (parameters - positions) + attention


class Training:
    """A training that is kept going, so that it can be timed in turns with others."""

    def __init__(
        self, work: Workload, place: Place, check: Callable[[], None] = lambda: None, compiled: Path | None = None
    ) -> None:
        """With `compiled` (where what is compiled is kept) steps are compiled; raises `compiling.Broken`."""
        self.work, self.place, self._check = work, place, check
        model = seeded_model(work.model, 1, place)
        self.parameters = sum(parameter.numel() for parameter in model.parameters())
        length = max(1 << 18, 4 * work.tokens)
        ids = np.random.default_rng(0).integers(0, work.model.vocab_size, length, dtype=np.uint32)
        trainer = Trainer(model, ids, ids[:0], _plan(work), place)
        self.compile_seconds = compiling.compile_steps(trainer, compiled) if compiled else 0.0
        self._records = trainer.run()
        begin = time.perf_counter()
        self._steps(WARM_STEPS)
        self.warm_seconds = time.perf_counter() - begin

    @property
    def flops_per_token(self) -> float:
        """Operations of one trained token."""
        return flops_per_token(self.work.model, self.parameters)

    def rate(self, seconds: float) -> float:
        """Tokens a second over the median step of those that fit into `seconds` (two at least)."""
        times: list[float] = []
        while len(times) < FEWEST_STEPS or sum(times) < seconds:
            begin = time.perf_counter()
            self._steps(1)
            times.append(time.perf_counter() - begin)
        return self.work.tokens / float(np.median(times))

    def _steps(self, count: int) -> None:
        while count:
            self._check()
            record = next(self._records)
            count -= isinstance(record, Step)
        self.place.synchronise()


def _plan(work: Workload) -> Plan:
    """Steps without end, without evaluations."""
    return Plan(
        steps=10**9,
        batch=work.batch,
        accumulate=1,
        block=work.model.block_size,
        rate=1e-4,
        warmup=0,
        schedule="constant",
        floor=1.0,
        clip=1.0,
        eval_every=10**9,
        patience=0,
        seed=1,
        optimizer=optim.Settings(work.optimizer, 0.9, 0.99, 0.1),
    )
