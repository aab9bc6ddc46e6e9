"""What a planned fine-tuning needs, as figures: time, memory, what is trained, rows and tokens. Arithmetic only."""

import contextlib
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from llmstudio.config import sizing
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.config.propose_finetune import TuneFacts
from llmstudio.gui.timing import START_SECONDS, Machine, Measured, origin

SHAPE = ("model", "task", "method", "last_layers", "lora_rank", "lora_targets", "block_size", "batch_size", "device",
         "precision", "threads")  # fmt: skip
LOADING = 1.5e9  # bytes of weights read and checked in a second
READING = 4e5  # tokens a second when rows are cut
FIRST_SECONDS = 3.0  # the bag of words, and the first evaluation's beginnings
TOKEN_SECONDS = 0.0008  # to write one token of a sample, for each layer and once more
SAMPLED = 8  # answers written at an evaluation
KEPT_CHECKPOINTS = 2


@dataclass(frozen=True)
class Rows:
    """What the split and the tokenizer make of a dataset. `learned` is the share of tokens that count."""

    train: int = 0
    val: int = 0
    test: int = 0
    tokens: int = 0
    learned: float = 1.0
    exact: bool = False


@dataclass(frozen=True)
class Plan:
    """The planner's figures. Bytes, seconds; `origin` says where the time comes from."""

    seconds: float
    origin: str
    timed: bool
    memory: sizing.Memory
    memory_limit: int
    trained: int
    total: int
    rows: Rows
    steps: int
    epochs: float
    disk: int
    disk_free: int

    @property
    def memory_share(self) -> float:
        """The run's share of the machine's memory."""
        return self.memory.total / max(1, self.memory_limit)

    @property
    def trained_share(self) -> float:
        """The share of the model that learns."""
        return self.trained / max(1, self.total)


def shape_of(config: FinetuneConfig) -> str:
    """The settings that decide about speed, as one word."""
    return "/".join(str(getattr(config, name)) for name in SHAPE)


def make(
    config: FinetuneConfig,
    facts: TuneFacts,
    rows: Rows,
    machine: Machine,
    measured: Measured | None,
    guess: float,
) -> Plan:
    """The plan of a resolved fine-tuning; `guess` is the rate (operations a second) where nothing was measured."""
    rate = measured.flops if measured else guess
    exact = measured is not None and measured.shape == shape_of(config)
    longest, outputs = facts.longest, facts.outputs
    trained = sizing.finetune_learning(facts.model, facts.family, config, outputs)
    return Plan(
        seconds=work(config, facts, rows) / max(1.0, rate) + beside(config, facts, rows),
        origin=origin(measured, exact=exact),
        timed=exact,
        memory=sizing.finetune_memory(facts.model, facts.family, config, longest=longest, outputs=outputs),
        memory_limit=machine.memory_bytes,
        trained=trained,
        total=sizing.count(facts.model),
        rows=rows,
        steps=config.max_steps or 0,
        epochs=config.epochs or 0.0,
        disk=disk(config, facts, trained),
        disk_free=machine.disk_free,
    )


def tokens_of_step(config: FinetuneConfig, facts: TuneFacts) -> float:
    """Tokens of one step: rows of the usual length, or whole windows of a text."""
    if config.task == "continue":
        return float(config.rows_per_step * (config.block_size or 1))
    usual = facts.tokens / max(1, facts.rows)
    return config.rows_per_step * min(usual, config.block_size or usual)


def work(config: FinetuneConfig, facts: TuneFacts, rows: Rows) -> float:
    """Floating-point operations of all steps and evaluations."""
    training = sizing.finetune_flops(facts.model, config)
    forward = sizing.finetune_flops(facts.model, config.model_copy(update={"method": "head"}))
    steps = (config.max_steps or 0) * tokens_of_step(config, facts)
    return steps * training + evaluated_tokens(config, facts, rows) * forward


def evaluations(config: FinetuneConfig) -> int:
    """How often it is measured: at the start, every so many steps, and at the end."""
    return math.ceil((config.max_steps or 0) / (config.eval_every or 1)) + 1


def evaluated_tokens(config: FinetuneConfig, facts: TuneFacts, rows: Rows) -> float:
    """Tokens read in all evaluations and in the test at the end."""
    usual = facts.tokens / max(1, facts.rows)
    return (evaluations(config) * rows.val + rows.test) * min(usual, config.block_size or usual)


def beside(config: FinetuneConfig, facts: TuneFacts, rows: Rows) -> float:
    """Seconds that pass besides the steps: start, loading, cutting rows, the baseline, and sample answers."""
    weights = sizing.FLOAT * sizing.count(facts.model)
    samples = 0.0
    if config.task in ("instruct", "continue"):
        answers = SAMPLED if config.task == "instruct" else 1
        samples = evaluations(config) * answers * config.sample_tokens * TOKEN_SECONDS * (facts.model.n_layer + 1)
    baseline = FIRST_SECONDS if config.task == "classify" and config.baseline else 0.0
    return START_SECONDS + weights / LOADING + rows.tokens / READING + baseline + samples


def disk(config: FinetuneConfig, facts: TuneFacts, trained: int) -> int:
    """Bytes a run takes at its end: two checkpoints with their optimizer, the best weights, and the kept model."""
    kept = trained if config.method == "lora" else sizing.count(facts.model)
    return sizing.FLOAT * (KEPT_CHECKPOINTS * 3 * trained + trained + kept)


def measure(result: dict[str, Any], config: FinetuneConfig, facts: TuneFacts, now: datetime) -> Measured | None:
    """What the result of a timed test says about the machine; None if it says nothing."""
    rate = result.get("tokens_per_second")
    if not isinstance(rate, int | float) or rate <= 0:
        return None
    return Measured(
        flops=float(rate) * sizing.finetune_flops(facts.model, config),
        shape=shape_of(config),
        seconds=float(result.get("seconds") or 6),
        time=now.isoformat(timespec="seconds"),
    )


def estimated(manifest: dict[str, Any], split: str) -> tuple[Rows, int]:
    """Rows and tokens by what a dataset's manifest says, and the longest row's tokens, before it was read."""
    documents, characters = int(manifest.get("documents") or 0), int(manifest.get("characters") or 0)
    shares = (0.9, 0.05, 0.05)
    with contextlib.suppress(ValueError):
        shares = _shares(split)
    train, val, test = (int(documents * share) for share in shares)
    tokens = max(1, int(characters * shares[0] / 4))
    return Rows(train, val, test, tokens), min(1024, 3 * tokens // max(1, train) + 8)


def _shares(split: str) -> tuple[float, float, float]:
    """The shares of a rule such as "70,10,20"; ValueError for the dataset's own."""
    parts = [float(part) / 100 for part in split.split(",")]
    if len(parts) != 3:
        raise ValueError(split)
    return parts[0], parts[1], parts[2]
