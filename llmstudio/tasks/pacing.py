"""Fits a training into the time a person has, by timing some of its own steps before it begins."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from llmstudio.config import propose
from llmstudio.config.propose import CorpusFacts, MachineFacts
from llmstudio.config.train import PretrainConfig
from llmstudio.engine.device import Place
from llmstudio.engine.trainer import Step, Trainer, plan_of, seeded_model

SECONDS = 3.0
SHARE = 0.05  # of the whole time, at most
FEWEST = 3
KEPT = (
    "n_layer", "n_embd", "n_head", "block_size", "ngram_rows", "batch_size", "dropout", "learning_rate", "strategy",
)  # fmt: skip
"""What the first proposal settled and the timing does not change."""


def paced(
    asked: PretrainConfig,
    settled: PretrainConfig,
    facts: CorpusFacts,
    machine: MachineFacts,
    seconds_per_step: Callable[[float], float],
) -> PretrainConfig:
    """`settled` with as many steps as really fit into the minutes that were `asked` for; the model stays the same.

    `seconds_per_step` times steps for about so many seconds; where no time or the steps were said it is not called.
    """
    if asked.minutes is None or asked.max_steps is not None:
        return settled
    each = seconds_per_step(min(SECONDS, SHARE * 60 * asked.minutes))
    shape = propose.model_config(settled, facts.vocab_size)
    rate = settled.tokens_per_step * propose.work_of_token(shape) / each
    fixed = asked.model_copy(update={name: getattr(settled, name) for name in KEPT})
    return propose.resolve(fixed, facts, replace(machine, flops=rate))


def timed(
    settled: PretrainConfig,
    vocab_size: int,
    ids: NDArray[Any],
    place: Place,
    budget: float,
    check: Callable[[], None] = lambda: None,
) -> float:
    """Seconds of a step: the middle of those that fit into `budget`, three at least; the first only warms up."""
    model = seeded_model(propose.model_config(settled, vocab_size), settled.seed, place)
    trial = Trainer(model, ids, ids[:0], replace(plan_of(settled), steps=1 << 30), place)
    times: list[float] = []
    begin = last = time.perf_counter()
    for record in trial.run():
        check()
        if not isinstance(record, Step):
            continue
        place.synchronise()
        now = time.perf_counter()
        times.append(now - last)
        last = now
        if len(times) > FEWEST and now - begin > budget:
            break
    ordered = sorted(times[1:])
    return max(ordered[len(ordered) // 2], 1e-6)
