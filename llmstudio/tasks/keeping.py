"""Turns trained weights into a kept model: a folder that is complete in itself and can be copied away."""

from dataclasses import dataclass
from typing import Any

from llmstudio.base import files, units
from llmstudio.config import presets, sizing
from llmstudio.config.train import PretrainConfig
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.engine import tensorbytes
from llmstudio.engine.gpt import GPT
from llmstudio.engine.trainer import weights_of
from llmstudio.jobs.context import Context
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept


@dataclass(frozen=True)
class Figures:
    """What a training came to; losses in nats per token over the whole validation part, None without one."""

    val_loss: float | None
    bits_per_byte: float | None
    steps: int
    tokens: int
    seconds: float


def keep_model(
    model: GPT, config: PretrainConfig, tokenizer: Tokenizer, dataset: Kept, figures: Figures, context: Context
) -> str:
    """Keep the model under the name of its settings (numbered if that was taken meanwhile); its id.

    What an earlier attempt of the same run kept just before it was killed is replaced.
    """
    weights = weights_of(model)
    needed = tensorbytes.size(weights)
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
        files.write_pieces(keeping.folder / "model.safetensors", tensorbytes.pieces(weights), needed)
        tokenizer.save(keeping.folder)
        facts = _facts(model, config, tokenizer, dataset, figures, context)
        files.write_text(keeping.folder / "card.md", card(config, dataset, facts))
        keeping.facts.update(facts)
    return keeping.id


def kept_by(context: Context) -> Kept | None:
    """The model that an earlier attempt of this run kept; None where there is none."""
    models = catalog.list_kept(context.workspace, "model")
    run = context.folder.name
    return next((one for one in models if one.manifest.get("lineage", {}).get("run") == run), None)


def _facts(
    model: GPT, config: PretrainConfig, tokenizer: Tokenizer, dataset: Kept, figures: Figures, context: Context
) -> dict[str, Any]:
    cut = {"id": tokenizer.name, "kind": tokenizer.kind, "sha256": tokenizer.sha256}
    source = {
        "id": dataset.id,
        "title": dataset.title,
        "sha256": dataset.manifest.get("documents_sha256", ""),
    }
    return {
        "preset": config.preset,
        "family": presets.load(config.preset).family,
        "parameters": sizing.count(model.config),
        "config": model.config.facts(),
        "tokenizer": cut,
        "lineage": {"dataset": source, "tokenizer": cut, "run": context.folder.name},
        "figures": vars(figures),
    }


def card(config: PretrainConfig, dataset: Kept, facts: dict[str, Any]) -> str:
    """A page for people: what the model is, what it was made from, how good it is, what it cannot do."""
    figures, shape = facts["figures"], facts["config"]
    loss, bits = figures["val_loss"], figures["bits_per_byte"]
    quality = (
        f"Validation loss {loss:.4f} nats per token, {bits:.4f} bits per byte, over the whole validation part."
        if loss is not None and bits is not None
        else "It was not measured: the dataset has no validation part."
    )
    return f"""# {config.name}

A language model of {units.count(facts["parameters"])} parameters, trained from scratch with LLM Studio.

- Shape: preset {config.preset}, {shape["n_layer"]} layers, {shape["n_head"]} heads, width {shape["n_embd"]},
  context {shape["block_size"]} tokens, vocabulary {units.number(shape["vocab_size"])}.
- Text: {dataset.title}. Tokenizer: {facts["tokenizer"]["id"]} ({facts["tokenizer"]["kind"]}).
- Training: {units.number(figures["steps"])} steps, {units.count(figures["tokens"])} tokens, seed {config.seed},
  run {facts["lineage"]["run"]}.
- Quality: {quality}

It continues text in the manner of what it was trained on. It knows nothing else, and what it writes is not
a statement of fact.
"""
