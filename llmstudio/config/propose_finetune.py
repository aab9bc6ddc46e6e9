"""Chooses every setting of a fine-tuning left open, from the model, the rows and the machine: arithmetic, no torch.

The rates come from what works for models of 124 M to 1 B parameters and go down with the width; adapters take
about ten times more (Schulman et al. 2025).
"""

import math
from dataclasses import dataclass
from typing import Any

from llmstudio.base.errors import UserError
from llmstudio.config import sizing
from llmstudio.config.finetune import LABELLED, FinetuneConfig, Method
from llmstudio.config.model import ModelConfig
from llmstudio.config.option import check
from llmstudio.config.propose import MachineFacts, largest_context

LARGE = 50_000_000
"""From so many parameters on, adapters are proposed instead of all weights."""

RATE = 3e-5
"""For all weights of a model of width 768."""

USUAL_BATCH = 16
LORA_TIMES = 10.0
MEMORY_SHARE = 0.8
SPLITS = {"instruct": "85,5,10", "continue": "dataset"}
LONGEST = {"cpu": 512}
HEAD_TIMES = {"full": 10.0, "last-layers": 5.0}
"""A new head learns so many times faster than the weights beneath it, which know much already."""

BETAS = (0.9, 0.999)
FLOOR = 0.0
SMALL_READING, SMALL_DROPOUT, SMALL_WORD_DROPOUT = 0.3, 0.1, 0.2
READING, LORA_DROPOUT = 0.2, 0.05


@dataclass(frozen=True)
class TuneFacts:
    """What is known of the model and of the rows it will learn from: how many, and their tokens (each cut at what
    the model can read). `outputs` are those of the head, 0 without one."""

    model: ModelConfig
    family: str
    rows: int
    tokens: int
    longest: int
    outputs: int = 0


def split_of(config: FinetuneConfig) -> str:
    """The rule of the split: the one that was said, or the usual one of the task."""
    return config.split or SPLITS.get(config.task, "70,10,20")


def method_of(config: FinetuneConfig, model: ModelConfig) -> Method:
    """The method that was said, or the one that suits the size."""
    if config.method != "auto":
        return config.method
    return "lora" if sizing.count(model) >= LARGE else "full"


def resolve(config: FinetuneConfig, facts: TuneFacts, machine: MachineFacts | None = None) -> FinetuneConfig:
    """`config` with every None and auto filled; what the user said is left as it is. UserError for what cannot be."""
    machine = machine or MachineFacts()
    said = {name: value for name, value in config.model_dump().items() if value not in (None, "auto", "")}
    chosen = _method(config, facts)
    chosen |= _machine(machine)
    chosen |= _length(config, facts, machine)
    known = _checked({**config.model_dump(), **chosen, **said})
    chosen |= _batch(known, facts, machine)
    known = _checked({**config.model_dump(), **chosen, **said})
    chosen |= _steps(known, facts)
    chosen |= _learning(known, facts)
    chosen |= _restraint(known, facts)
    return _checked({**config.model_dump(), **chosen, **said})


def _checked(values: dict[str, Any]) -> FinetuneConfig:
    options, faults = check(FinetuneConfig, values)
    for field, fault in faults.items():
        works = () if fault.suggestion is None else (str(fault.suggestion),)
        raise UserError(fault.message, field=field, candidates=works)
    return FinetuneConfig.model_validate(options)


def _method(config: FinetuneConfig, facts: TuneFacts) -> dict[str, Any]:
    large = sizing.count(facts.model) >= LARGE
    rank = config.lora_rank or (16 if large else 8)
    if config.last_layers and config.last_layers > facts.model.n_layer:
        raise UserError(
            f"The model has {facts.model.n_layer} layers, {config.last_layers} were asked for.",
            "Choose fewer.",
            field="last_layers",
            candidates=(str(facts.model.n_layer),),
        )
    return {
        "method": method_of(config, facts.model),
        "last_layers": min(2, facts.model.n_layer),
        "lora_rank": rank,
        "lora_alpha": 2.0 * rank,
        "split": split_of(config),
    }


def _machine(machine: MachineFacts) -> dict[str, Any]:
    return {"device": machine.device, "precision": machine.precision, "threads": machine.threads}


def _length(config: FinetuneConfig, facts: TuneFacts, machine: MachineFacts) -> dict[str, Any]:
    """Rows are read whole where that is affordable; a text to go on with is cut into windows."""
    most = min(facts.model.block_size, LONGEST.get(machine.device, 1024))
    if config.block_size and config.block_size > facts.model.block_size:
        raise UserError(
            f"The model can read {facts.model.block_size:,} tokens, {config.block_size:,} were asked for.",
            "Choose a shorter context.",
            field="block_size",
            candidates=(str(facts.model.block_size),),
        )
    if config.task == "continue":
        return {"block_size": min(most, largest_context(facts.tokens) or most)}
    return {"block_size": max(2, min(most, facts.longest))}


def _batch(config: FinetuneConfig, facts: TuneFacts, machine: MachineFacts) -> dict[str, Any]:
    """Few rows want small batches, for then there are steps enough; memory has the last word."""
    rows, few = _rows(config, facts), 2000 if sizing.count(facts.model) >= LARGE else 1000
    wanted = 4 if rows < 200 else 8 if rows < few or config.task in ("instruct", "continue") else 16
    wanted = wanted if rows < 20_000 else 2 * wanted
    batch = max(1, min(wanted, rows // max(1, config.accumulate)))
    while batch > 1:
        tried = config.model_copy(update={"batch_size": batch})
        need = sizing.finetune_memory(facts.model, facts.family, tried, longest=facts.longest, outputs=facts.outputs)
        if need.total <= MEMORY_SHARE * machine.memory_bytes:
            break
        batch //= 2
    return {"batch_size": batch}


def _rows(config: FinetuneConfig, facts: TuneFacts) -> int:
    """Rows of an epoch; windows of the context where a text is gone on with."""
    if config.task != "continue":
        return facts.rows
    return max(1, (facts.tokens - 1) // (config.block_size or 1))


def _epochs(config: FinetuneConfig, facts: TuneFacts) -> float:
    """Few rows are read often. Small models, of which all is trained, know less beforehand and take longer."""
    rows = _rows(config, facts)
    if config.task in LABELLED:
        usual = next((times for most, times in ((500, 6), (2_000, 3), (20_000, 2)) if rows < most), 1)
    else:
        usual = next((times for most, times in ((300, 5), (5_000, 3), (50_000, 2)) if rows < most), 1)
    small = sizing.count(facts.model) < LARGE and config.method != "lora"
    return float(2 * usual if small else usual)


def steps_of_epoch(config: FinetuneConfig, facts: TuneFacts) -> int:
    """Steps in which each row is read once; `config` needs its batch and context settled."""
    return max(1, math.ceil(_rows(config, facts) / max(1, config.rows_per_step)))


def _steps(config: FinetuneConfig, facts: TuneFacts) -> dict[str, Any]:
    each = steps_of_epoch(config, facts)
    epochs = config.epochs or (config.max_steps / each if config.max_steps else _epochs(config, facts))
    steps = config.max_steps or max(1, math.ceil(epochs * each))
    times = 5 if config.task == "instruct" else 10
    every = max(1, math.ceil(steps / times))
    heavy = sizing.finetune_learning(facts.model, facts.family, config, facts.outputs) > LARGE
    return {
        "epochs": round(epochs, 4),
        "max_steps": steps,
        "eval_every": every,
        "save_every": max(1, math.ceil(steps / 2)) if heavy else config.eval_every or every,
        "patience": 3 if config.task in ("instruct", "continue") else 5,
    }


def _learning(config: FinetuneConfig, facts: TuneFacts) -> dict[str, Any]:
    return {
        "learning_rate": float(f"{_rate(config, facts):.1e}"),
        "warmup_share": 0.06,
        "schedule": "cosine",
        "weight_decay": 0.0 if config.method == "lora" else 0.01,
        "grad_clip": 1.0,
    }


def _restraint(config: FinetuneConfig, facts: TuneFacts) -> dict[str, Any]:
    """Few rows are soon known by heart: who goes on reading and forgets a little at random does better on others."""
    labelled = config.task in LABELLED
    small = labelled and config.method == "full" and sizing.count(facts.model) < LARGE
    reads = labelled and config.method in ("full", "lora")
    return {
        "reading_share": SMALL_READING if small else READING if reads else 0.0,
        "dropout": SMALL_DROPOUT if small else 0.0,
        "word_dropout": SMALL_WORD_DROPOUT if small else 0.0,
        "lora_dropout": LORA_DROPOUT if labelled and config.method == "lora" else 0.0,
    }


def _rate(config: FinetuneConfig, facts: TuneFacts) -> float:
    """The usual rate; where labels are learned from batches smaller than usual, less by the root of their share."""
    usual = rate_of(config.method, facts.model.n_embd)
    small = config.task in LABELLED and config.rows_per_step < USUAL_BATCH
    return usual * math.sqrt(config.rows_per_step / USUAL_BATCH) if small else usual


def rate_of(method: Method, width: int) -> float:
    """The learning rate for a method and an embedding width."""
    full = RATE * (768 / width) ** 1.5
    times = {"lora": LORA_TIMES, "last-layers": 2.0, "head": 100.0}
    return float(min(full * times.get(method, 1.0), 2e-2))
