"""Chooses every setting left open, from the text, the preset and the machine: arithmetic, no torch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from llmstudio.base.errors import UserError
from llmstudio.config import presets, rules
from llmstudio.config.model import ModelConfig, check_heads
from llmstudio.config.option import OptionFault, check
from llmstudio.config.sizing import matrices
from llmstudio.config.train import PretrainConfig

Known = TypeVar("Known", ModelConfig, PretrainConfig)

EVALUATIONS = 10

BESIDE = 0.85
"""Share of the time that goes into steps; the rest is for evaluations, samples and checkpoints."""

FEWEST_STEPS = 100

AS_BEFORE: dict[str, Any] = {"ngram_rows": 0, "embedding_share": 1.0, "head_share": 1.0}
"""Settings that trainings begun with an earlier version do not know, and what those did."""


@dataclass(frozen=True)
class CorpusFacts:
    """What is known of the encoded text. Lengths are tokens."""

    train_tokens: int
    val_tokens: int
    vocab_size: int


@dataclass(frozen=True)
class MachineFacts:
    """What is known of the machine: `flops` are operations a second that a training really reaches."""

    device: str = "cpu"
    precision: str = "fp32"
    threads: int = 2
    memory_bytes: int = 8 << 30
    flops: float = 1.2e11
    budget_seconds: float = 300.0


def machine_facts(record: Mapping[str, Any]) -> MachineFacts:
    """The facts in the record of a machine probe (`store.machine`); what it lacks keeps its default."""
    known = {name: record[name] for name in MachineFacts.__dataclass_fields__ if record.get(name) is not None}
    return MachineFacts(**known)


def resolve(config: PretrainConfig, facts: CorpusFacts, machine: MachineFacts | None = None) -> PretrainConfig:
    """`config` with every None and auto filled; what the user said is left as it is.

    Raises UserError where the parts do not fit together.
    """
    if begun_before(config):
        return config.model_copy(update={name: v for name, v in AS_BEFORE.items() if getattr(config, name) is None})
    machine = in_time(config, machine or MachineFacts())
    chosen = _shape(config, facts, machine)
    chosen |= _length(config, chosen, facts, machine)
    chosen |= _learning(config, chosen)
    chosen |= _machine(config, machine)
    resolved = _joined(config, chosen)
    model_config(resolved, facts.vocab_size)
    return resolved


def begun_before(config: PretrainConfig) -> bool:
    """Whether everything was settled by an earlier version, which did not know some of today's settings."""
    later = {*AS_BEFORE, "minutes", "n_kv_head", "sample_prompt"}
    told = {name: value for name, value in config.model_dump().items() if name not in later}
    return None not in told.values() and "auto" not in (config.device, config.precision)


def in_time(config: PretrainConfig, machine: MachineFacts) -> MachineFacts:
    """The machine with the time the person has, where that was said."""
    return machine if config.minutes is None else replace(machine, budget_seconds=60 * config.minutes)


def model_config(config: PretrainConfig, vocab_size: int) -> ModelConfig:
    """The model a resolved training builds; UserError where its numbers do not fit together."""
    shape = presets.load(config.preset).model
    said = {
        "n_layer": config.n_layer,
        "n_embd": config.n_embd,
        "n_head": config.n_head,
        "n_kv_head": config.n_kv_head,
        "block_size": config.block_size,
        "dropout": config.dropout,
        "ngram_rows": config.ngram_rows,
    }
    given = {name: value for name, value in said.items() if value is not None}
    return _checked(ModelConfig, {**shape, **given, "vocab_size": vocab_size})


def _joined(config: PretrainConfig, chosen: dict[str, Any]) -> PretrainConfig:
    """What was said, and where nothing was said what was chosen."""
    said = {name: value for name, value in config.model_dump().items() if value not in (None, "auto")}
    return _checked(PretrainConfig, {**chosen, **said})


def _checked(kind: type[Known], values: dict[str, Any]) -> Known:
    options, faults = check(kind, values)
    for field, fault in faults.items():
        works = () if fault.suggestion is None else (str(fault.suggestion),)
        raise UserError(fault.message, field=field, candidates=works)
    return kind.model_validate(options)


def largest_context(tokens: int) -> int:
    """The largest usual context length that `tokens` tokens can fill; 0 where none is."""
    fitting = [size for size in (1024, 512, 256, 128, 64, 32, 16, 8, 4, 2) if size < tokens]
    return fitting[0] if fitting else 0


def check_length(config: PretrainConfig, facts: CorpusFacts) -> None:
    """Raise UserError (with the largest context that fits) where the text does not fill one window."""
    block, tokens = config.block_size or 2, facts.train_tokens
    if tokens > block:
        return
    fits = largest_context(tokens)
    raise UserError(
        f"The text has {tokens:,} tokens, the context needs {block + 1:,}.",
        f"Add text or choose a context of {fits}." if fits else "Add text.",
        field="block_size",
        candidates=(str(fits),) if fits else (),
    )


def _shape(config: PretrainConfig, facts: CorpusFacts, machine: MachineFacts) -> dict[str, Any]:
    operations = machine.flops * machine.budget_seconds * BESIDE
    layers, width = rules.shape_for(operations, facts.train_tokens, facts.vocab_size)
    layers = config.n_layer or layers
    width = config.n_embd or _round_to_heads(width, config.n_head)
    heads = config.n_head or _heads(width)
    try:
        check_heads(width, heads, "n_head")
    except OptionFault as fault:
        raise UserError(str(fault), field="n_head", candidates=(str(fault.suggestion),)) from fault
    return {
        "n_layer": layers,
        "n_embd": width,
        "n_head": heads,
        "n_kv_head": None,
        "block_size": config.block_size or _context(width, facts),
        "ngram_rows": _ngram_rows(config.preset, facts),
    }


def _ngram_rows(preset: str, facts: CorpusFacts) -> int:
    """Rows for pairs and triples where the preset has them and the text is long enough to learn them from."""
    rows = int(presets.load(preset).train.get("ngram_rows", 0))
    return rows if rules.pairs_suit(facts.vocab_size, facts.train_tokens) else 0


def _round_to_heads(width: int, heads: int | None) -> int:
    return width if not heads else max(1, round(width / heads / 8)) * 8 * heads


def _heads(width: int) -> int:
    """Heads of 32 numbers in narrow models, 64 in wide ones, always sharing the width evenly."""
    wanted = max(1, width // (32 if width < 256 else 64))
    even = (heads for heads in range(wanted, 0, -1) if width % heads == 0 and (width // heads) % 2 == 0)
    return next(even, 1)


def _context(width: int, facts: CorpusFacts) -> int:
    usual = rules.context_for(width)
    return min(usual, largest_context(facts.train_tokens) or usual)


def _length(
    config: PretrainConfig, chosen: dict[str, Any], facts: CorpusFacts, machine: MachineFacts
) -> dict[str, Any]:
    block = chosen["block_size"]
    shape = model_config(_joined(config, chosen), facts.vocab_size)
    tokens = min(affordable_tokens(shape, machine), rules.PASSES * max(1, facts.train_tokens))
    per_step = rules.tokens_per_step(tokens, machine.device)
    batch = max(4, min(256, per_step // block // config.accumulate))
    batch = config.batch_size or -(-batch // config.processes) * config.processes  # every process takes as much
    steps = config.max_steps or _round(max(FEWEST_STEPS, tokens / (batch * block * config.accumulate)))
    every = max(1, math.ceil(steps / EVALUATIONS))
    passes = steps * batch * block * config.accumulate / max(1, facts.train_tokens)
    return {
        "batch_size": batch,
        "max_steps": steps,
        "eval_every": every,
        "save_every": config.eval_every or every,
        "dropout": 0.1 if passes > 3 * rules.PASSES else 0.0,
    }


def affordable_tokens(shape: ModelConfig, machine: MachineFacts) -> float:
    """Tokens that steps of this model go through in the machine's time."""
    return machine.flops * machine.budget_seconds * BESIDE / work_of_token(shape)


def work_of_token(shape: ModelConfig) -> float:
    """Floating-point operations that learning from one token takes, as the rules reckon: 6 for each weight."""
    return 6.0 * (matrices(shape) + shape.vocab_size * shape.n_embd)


def _learning(config: PretrainConfig, chosen: dict[str, Any]) -> dict[str, Any]:
    habits = presets.load(config.preset).train
    steps = config.max_steps or chosen["max_steps"]
    width = chosen["n_embd"]
    optimizer = config.optimizer or habits["optimizer"]
    return {
        "optimizer": optimizer,
        "learning_rate": _two_digits(habits["rate_times_width"] / width),
        "embedding_share": habits.get("embedding_share", 1.0),
        "head_share": habits.get("head_share", 1.0),
        "warmup_steps": min(steps // 2, max(10, round(habits["warmup_share"] * steps))),
        **{name: habits[name] for name in ("schedule", "min_lr_share", "weight_decay", "beta1", "beta2", "grad_clip")},
    }


def _machine(config: PretrainConfig, machine: MachineFacts) -> dict[str, Any]:
    return {
        "device": machine.device,
        "precision": machine.precision,
        "threads": max(1, machine.threads // config.processes),
    }


def _round(steps: float) -> int:
    """A round number of steps: two digits count."""
    power = 10 ** max(0, int(math.log10(steps)) - 1)
    return int(round(steps / power) * power)


def _two_digits(rate: float) -> float:
    return float(f"{rate:.1e}")
