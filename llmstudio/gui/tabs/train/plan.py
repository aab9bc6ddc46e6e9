"""What a planned run needs, as figures: parameters, memory, time, passes over the text, disk. Arithmetic only."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from llmstudio.config import propose, sizing
from llmstudio.config.model import ModelConfig
from llmstudio.config.propose import CorpusFacts
from llmstudio.config.train import PretrainConfig
from llmstudio.gui.timing import RUNTIME, START_SECONDS, Machine, Measured, origin

MODEL_SHAPE = ("preset", "n_layer", "n_head", "n_kv_head", "n_embd", "block_size")
SHAPE = (*MODEL_SHAPE, "batch_size", "optimizer", "device", "precision", "threads")
EVALUATION_SHARE = 0.1  # at most so much of the training's time goes into evaluations
CUT_CHARACTERS = 1.5e6  # characters a second when the text is cut for the first time
TOKEN_SECONDS = 0.0008  # to write one token of a sample, for each layer and once more
KEPT_CHECKPOINTS = 3  # two with everything, and the best


@dataclass(frozen=True)
class Plan:
    """The planner's figures. Bytes, seconds; `origin` says where the time comes from."""

    parameters: dict[str, int]
    memory: sizing.Memory
    memory_limit: int
    tokens: int
    train_tokens: int
    passes: float
    runtime: int
    disk: int
    disk_free: int
    checkpoints: int
    seconds: float
    origin: str
    timed: bool

    @property
    def total(self) -> int:
        """Trained numbers in all."""
        return sum(self.parameters.values())

    @property
    def tokens_per_parameter(self) -> float:
        """Tokens seen for each parameter."""
        return self.tokens / max(1, self.total)

    @property
    def memory_total(self) -> int:
        """Bytes of the whole process at its peak."""
        return self.memory.total + self.runtime

    @property
    def memory_share(self) -> float:
        """The run's share of the machine's memory."""
        return self.memory_total / max(1, self.memory_limit)


def shape_of(config: PretrainConfig) -> str:
    """The settings that decide about speed, as one word."""
    return "/".join(str(getattr(config, name)) for name in SHAPE)


def make(
    config: PretrainConfig,
    corpus: CorpusFacts,
    machine: Machine,
    measured: Measured | None,
    guess: float,
    *,
    cut: bool = True,
) -> Plan:
    """The plan of a resolved training; `guess` is the rate (operations a second) where nothing was measured.

    `cut` says that the text is cut into tokens already.
    """
    model = propose.model_config(config, corpus.vocab_size)
    steps, each = config.max_steps or 0, config.tokens_per_step
    exact = measured is not None and measured.shape == shape_of(config)
    rate = measured.flops if measured else guess
    work = steps * each + evaluated_tokens(config, corpus) / 3  # forward only is a third of a training step
    return Plan(
        parameters={name: count for name, count in sizing.parameters(model).items() if count},
        memory=sizing.memory(model, config),
        memory_limit=machine.memory_bytes,
        tokens=steps * each,
        train_tokens=corpus.train_tokens,
        passes=steps * each / max(1, corpus.train_tokens),
        runtime=int(measured.runtime_bytes if measured else RUNTIME),
        disk=sizing.disk_bytes(model, config),
        disk_free=machine.disk_free,
        checkpoints=KEPT_CHECKPOINTS,
        seconds=sizing.seconds(1, int(work), sizing.flops_per_token(model), rate) + beside(config, corpus, cut=cut),
        origin=origin(measured, exact=exact),
        timed=exact,
    )


def beside(config: PretrainConfig, corpus: CorpusFacts, *, cut: bool) -> float:
    """Seconds that pass besides the steps: the start, cutting the text, and a sample at every evaluation."""
    evaluations = math.ceil((config.max_steps or 0) / (config.eval_every or 1)) + 1
    samples = evaluations * config.sample_tokens * TOKEN_SECONDS * ((config.n_layer or 0) + 1)
    return START_SECONDS + samples + (0.0 if cut else (corpus.train_tokens + corpus.val_tokens) / CUT_CHARACTERS)


def evaluated_tokens(config: PretrainConfig, corpus: CorpusFacts) -> float:
    """Validation tokens read in all evaluations and the last, whole one."""
    steps, every = config.max_steps or 0, config.eval_every or 1
    block = config.block_size or 1
    most = max(64 * block, 3 * EVALUATION_SHARE * every * config.tokens_per_step)
    return math.ceil(steps / every) * min(corpus.val_tokens, most) + corpus.val_tokens


def measure(result: dict[str, Any], config: PretrainConfig, vocab_size: int, now: datetime) -> Measured | None:
    """What the result of a `probe` job says about the machine; None if it says nothing."""
    rate = result.get("tokens_per_second")
    if not isinstance(rate, int | float) or rate <= 0:
        return None
    model: ModelConfig = propose.model_config(config, vocab_size)
    used = float(result.get("memory_bytes") or 0) - sizing.memory(model, config).total
    return Measured(
        flops=float(rate) * sizing.flops_per_token(model),
        runtime_bytes=max(0.0, used) if result.get("memory_bytes") else RUNTIME,
        shape=shape_of(config),
        seconds=float(result.get("seconds") or 6),
        time=now.isoformat(timespec="seconds"),
    )
