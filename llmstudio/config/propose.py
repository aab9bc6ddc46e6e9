"""Chooses every setting left open, from the text, the preset and the machine: arithmetic, no torch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from llmstudio.base.errors import UserError
from llmstudio.config import presets
from llmstudio.config.model import ModelConfig, check_heads
from llmstudio.config.option import OptionFault, check
from llmstudio.config.sizing import matrices
from llmstudio.config.train import PretrainConfig

SHAPES = ((2, 64), (3, 96), (4, 128), (4, 192), (6, 256), (6, 384), (8, 512), (12, 768), (16, 1024))
"""Layers and embedding width, small to large."""

Known = TypeVar("Known", ModelConfig, PretrainConfig)

CONTEXTS = ((128, 128), (256, 256), (512, 512), (1 << 30, 1024))
"""Largest width, and the context length that goes with it."""

PASSES = 6
"""How often a small text is read; beyond that a tiny model starts to learn it by heart."""

TOKENS_PER_PARAMETER = 20
"""Hoffmann et al. 2022: how many tokens a model can use well."""


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
    machine = machine or MachineFacts()
    chosen = _shape(config, facts, machine)
    chosen |= _length(config, chosen, facts, machine)
    chosen |= _learning(config, chosen)
    chosen |= _machine(config, machine)
    resolved = _joined(config, chosen)
    model_config(resolved, facts.vocab_size)
    return resolved


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
    layers, width = _size_for(facts, machine, config)
    layers = config.n_layer or layers
    width = config.n_embd or _round_to_heads(width, config.n_head)
    heads = config.n_head or _heads(width)
    try:
        check_heads(width, heads, "n_head")
    except OptionFault as fault:
        raise UserError(str(fault), field="n_head", candidates=(str(fault.suggestion),)) from fault
    block = config.block_size or _context(width, facts)
    return {"n_layer": layers, "n_embd": width, "n_head": heads, "n_kv_head": None, "block_size": block}


def _size_for(facts: CorpusFacts, machine: MachineFacts, config: PretrainConfig) -> tuple[int, int]:
    """The largest usual shape that this text can fill and this machine can train in its time."""
    budget = machine.flops * machine.budget_seconds
    tokens = min(math.sqrt(budget * TOKENS_PER_PARAMETER / 6), PASSES * max(1, facts.train_tokens))
    affordable = min(budget / 6 / tokens, 4 * facts.train_tokens)
    best = SHAPES[0]
    for layers, width in SHAPES:
        if layers * 12 * width**2 + width * facts.vocab_size <= affordable:
            best = (layers, width)
    return best


def _round_to_heads(width: int, heads: int | None) -> int:
    return width if not heads else max(1, round(width / heads / 8)) * 8 * heads


def _heads(width: int) -> int:
    """Heads of 32 numbers in narrow models, 64 in wide ones, always sharing the width evenly."""
    wanted = max(1, width // (32 if width < 256 else 64))
    even = (heads for heads in range(wanted, 0, -1) if width % heads == 0 and (width // heads) % 2 == 0)
    return next(even, 1)


def _context(width: int, facts: CorpusFacts) -> int:
    usual = next(context for limit, context in CONTEXTS if width <= limit)
    return min(usual, largest_context(facts.train_tokens) or usual)


def _length(
    config: PretrainConfig, chosen: dict[str, Any], facts: CorpusFacts, machine: MachineFacts
) -> dict[str, Any]:
    block = chosen["block_size"]
    per_step = 4096 if machine.device == "cpu" else 32_768
    batch = config.batch_size or max(4, min(256, per_step // block // config.accumulate))
    shape = model_config(_joined(config, chosen), facts.vocab_size)
    flops = 6.0 * (matrices(shape) + facts.vocab_size * shape.n_embd)
    affordable = machine.flops * machine.budget_seconds / flops
    tokens = min(affordable, PASSES * facts.train_tokens)
    steps = config.max_steps or _round(max(100, tokens / (batch * block * config.accumulate)))
    every = max(1, math.ceil(steps / 10))
    passes = steps * batch * block * config.accumulate / max(1, facts.train_tokens)
    return {
        "batch_size": batch,
        "max_steps": steps,
        "eval_every": every,
        "save_every": config.eval_every or every,
        "dropout": 0.1 if passes > 3 * PASSES else 0.0,
    }


def _learning(config: PretrainConfig, chosen: dict[str, Any]) -> dict[str, Any]:
    habits = presets.load(config.preset).train
    steps = config.max_steps or chosen["max_steps"]
    width = chosen["n_embd"]
    optimizer = config.optimizer or habits["optimizer"]
    return {
        "optimizer": optimizer,
        "learning_rate": _two_digits(habits["rate_times_width"] / width),
        "warmup_steps": min(steps // 2, max(10, round(habits["warmup_share"] * steps))),
        **{name: habits[name] for name in ("schedule", "min_lr_share", "weight_decay", "beta1", "beta2", "grad_clip")},
    }


def _machine(config: PretrainConfig, machine: MachineFacts) -> dict[str, Any]:
    return {"device": machine.device, "precision": machine.precision, "threads": machine.threads}


def _round(steps: float) -> int:
    """A round number of steps: two digits count."""
    power = 10 ** max(0, int(math.log10(steps)) - 1)
    return int(round(steps / power) * power)


def _two_digits(rate: float) -> float:
    return float(f"{rate:.1e}")
