"""Turns what was fine-tuned into a kept model: whole, or only the adapter beside its base model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from llmstudio.base import files, units
from llmstudio.config import sizing
from llmstudio.config.finetune import LABELLED, FinetuneConfig
from llmstudio.engine import adapters, lora, tensorbytes
from llmstudio.engine.device import Place
from llmstudio.engine.heads import Student
from llmstudio.engine.lora import LoraSettings
from llmstudio.engine.trainer import weights_of
from llmstudio.jobs.context import Context
from llmstudio.store import catalog
from llmstudio.tasks.keeping import kept_by
from llmstudio.tasks.loading import HEAD, WEIGHTS, is_adapter, load_model, weights_hash
from llmstudio.tasks.tuning_data import Base, Material, judging_of
from llmstudio.tasks.tuning_report import THRESHOLD

DTYPES = {"f16": torch.float16, "bf16": torch.bfloat16}
TASK_WORDS = {
    "classify": "tells which label fits a text",
    "multilabel": "tells which labels fit a text",
    "regress": "tells a number for a text",
    "instruct": "answers instructions",
    "continue": "continues text",
}


@dataclass(frozen=True)
class Figures:
    """What a fine-tuning came to: figures of the validation and of the test part, and of the baseline beside them."""

    metrics: dict[str, float]
    baseline: dict[str, Any]
    val_loss: float | None
    bits_per_byte: float | None
    steps: int
    tokens: int
    seconds: float
    learning: int


def keep_tuned(
    student: Student, config: FinetuneConfig, base: Base, material: Material, figures: Figures, context: Context
) -> str:
    """Keep it under the name of its settings (numbered if that was taken meanwhile); its id.

    What an earlier attempt of the same run kept just before it was killed is replaced.
    """
    parts = _parts(student, config, base, context)
    dtypes = {WEIGHTS: DTYPES.get(str(base.kept.manifest.get("dtype")))}
    sizes = {name: tensorbytes.size(part, dtypes.get(name)) for name, part in parts.items()}
    needed = sum(sizes.values())
    files.require_free(context.workspace.models, needed)
    before = kept_by(context)
    title, existing = (before.title, "replace") if before else (config.name, "number")
    with catalog.keep(
        context.workspace,
        "model",
        title,
        existing=existing,  # type: ignore[arg-type]
        needed=needed,
    ) as keeping:
        for name, part in parts.items():
            pieces = tensorbytes.pieces(part, dtypes.get(name))
            files.write_pieces(keeping.folder / name, pieces, sizes[name])
        if adapters.TENSORS in parts:
            files.write_json(keeping.folder / adapters.CONFIG, _adapter_facts(config, base))
        base.tokenizer.save(keeping.folder)
        facts = _facts(config, base, material, figures, context)
        facts |= {"parts": "adapter"} if adapters.TENSORS in parts else {}
        files.write_text(keeping.folder / "card.md", card(config, base, material, facts))
        keeping.facts.update(facts)
    return keeping.id


def _parts(student: Student, config: FinetuneConfig, base: Base, context: Context) -> dict[str, Mapping[str, Tensor]]:
    """The tensors of each file: an adapter where its base lies in the workspace as a whole, else whole weights."""
    found: dict[str, Mapping[str, Tensor]] = {}
    if config.method == "lora" and not is_adapter(base.kept):
        tensors = adapters.tensors_of(student, base.family)
        if student.score is not None:
            tensors[adapters.SCORE + "weight"] = student.score.weight
        found[adapters.TENSORS] = tensors
    else:
        merges = config.method == "lora"
        found[WEIGHTS] = _merged(student, config, base, context) if merges else weights_of(student.body)
    if student.score is not None:
        found[HEAD] = {"weight": student.score.weight, "bias": student.score.bias}
    return found


def _merged(student: Student, config: FinetuneConfig, base: Base, context: Context) -> dict[str, Tensor]:
    """Whole weights in full precision: the frozen ones are read again, for they may have been halved."""
    fresh = load_model(context.workspace, base.kept.id, Place("cpu", "fp32", config.threads or 1)).model
    lora.attach(fresh, fresh.config, base.family, settings_of(config))
    adapters.fill(fresh, adapters.tensors_of(student, base.family), base.family)
    lora.dissolve(fresh)
    return weights_of(fresh)


def settings_of(config: FinetuneConfig) -> LoraSettings:
    """The adapters of settled settings."""
    return LoraSettings(
        config.lora_rank or 1, config.lora_alpha or 1.0, config.lora_dropout or 0.0, config.lora_targets
    )


def _adapter_facts(config: FinetuneConfig, base: Base) -> dict[str, Any]:
    score = config.task in LABELLED
    return adapters.config_of(settings_of(config), base.config, base.family, base=base.kept.title, score=score)


def _facts(
    config: FinetuneConfig, base: Base, material: Material, figures: Figures, context: Context
) -> dict[str, Any]:
    manifest, tokenizer = base.kept.manifest, base.tokenizer
    cut = {"id": tokenizer.name, "kind": tokenizer.kind, "sha256": tokenizer.sha256}
    dataset = material.dataset
    source = {"id": dataset.id, "title": dataset.title, "sha256": dataset.manifest.get("documents_sha256", "")}
    origin = {"id": base.kept.id, "title": base.kept.title, "sha256": weights_hash(base.kept)}
    kept = {name: manifest[name] for name in ("preset", "dtype", "licence") if manifest.get(name)}
    chat = material.template.record() if material.template else manifest.get("chat")
    return {
        **kept,
        "family": base.family,
        "parameters": sizing.count(base.config),
        "config": base.config.facts(),
        "tokenizer": cut,
        **({"chat": chat} if chat else {}),
        "task": task_facts(config, material, figures),
        "base": origin,
        "lineage": {"base": origin, "dataset": source, "tokenizer": cut, "run": context.folder.name},
        "figures": {
            "val_loss": figures.val_loss,
            "bits_per_byte": figures.bits_per_byte,
            "steps": figures.steps,
            "tokens": figures.tokens,
            "seconds": figures.seconds,
            "trained_parameters": figures.learning,
            **figures.metrics,
        },
    }


def task_facts(config: FinetuneConfig, material: Material, figures: Figures) -> dict[str, Any]:
    """What it was trained for, and how its rows are read and split again."""
    found: dict[str, Any] = {
        "kind": config.task,
        "labels": list(material.labels),
        "method": config.method,
        "columns": {name: value for name, value in material.columns.items() if value},
        "split": material.rule,
        "block_size": config.block_size,
        "metrics": figures.metrics,
        "baseline": figures.baseline,
    }
    if config.task == "multilabel":
        found["threshold"] = THRESHOLD
    if config.task == "regress":
        judging = judging_of(config, material, "cpu")
        found |= {"mean": judging.mean, "scale": judging.scale}
    return found


def card(config: FinetuneConfig, base: Base, material: Material, facts: Mapping[str, Any]) -> str:
    """A page for people: what the model is, what it was made from, how good it is, what it cannot do."""
    figures, task = facts["figures"], facts["task"]
    told = ", ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in task["metrics"].items())
    simple = task["baseline"].get("test") or task["baseline"].get("val") or {}
    beside = f"\n- Bag of words on the same rows: accuracy {simple['accuracy']:.4g}." if "accuracy" in simple else ""
    labels = f" Labels: {', '.join(label[:40] for label in material.labels[:20])}." if material.labels else ""
    licence = f"\n- Licence of the base model: {facts['licence']}." if facts.get("licence") else ""
    return f"""# {config.name}

A model that {TASK_WORDS[config.task]}, fine-tuned with LLM Studio.{labels}

- Base model: {base.kept.title}, {units.count(facts["parameters"])} parameters.{licence}
- Rows: {material.dataset.title}.
- Method: {config.method}, {units.count(figures["trained_parameters"])} numbers learned,
  {units.number(figures["steps"])} steps, rate {config.learning_rate:g},
  seed {config.seed}, run {facts["lineage"]["run"]}.
- Figures: {told or "none"}.{beside}

It learned from these rows and is as good as its figures say on rows like them; on others it can be wrong, and sure.
"""
