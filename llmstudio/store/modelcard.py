"""A model's page for people, from what its manifest and its run record: lineage, data, training, figures, limits."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from llmstudio.base import units
from llmstudio.config.model import ModelConfig

FAMILIES = {"gpt2": "GPT-2", "llama": "Llama", "mistral": "Mistral", "qwen2": "Qwen2", "qwen3": "Qwen3"}
TASKS = {
    "classify": "classification",
    "multilabel": "classification with several labels",
    "regress": "a number for a text",
    "instruct": "instructions and chat",
    "continue": "continued pretraining",
}
METHODS = {"full": "all weights", "last-layers": "the last layers", "head": "the head only", "lora": "LoRA adapters"}
_LICENCE = re.compile(r"[a-z0-9][a-z0-9.-]{0,40}")
_SETTINGS = (
    ("max_steps", "Steps at most"),
    ("epochs", "Epochs"),
    ("batch_size", "Batch"),
    ("accumulate", "Batches per step"),
    ("block_size", "Context in training"),
    ("learning_rate", "Learning rate"),
    ("schedule", "Schedule"),
    ("optimizer", "Optimizer"),
    ("weight_decay", "Weight decay"),
    ("dropout", "Dropout"),
    ("lora_rank", "LoRA rank"),
    ("lora_alpha", "LoRA alpha"),
    ("precision", "Precision"),
    ("seed", "Seed"),
)
_FIGURES = {
    "val_loss": "Validation loss (nats per token)",
    "loss": "Loss (nats per token)",
    "bits_per_byte": "Bits per byte",
    "perplexity": "Perplexity",
    "accuracy": "Accuracy",
    "macro_f1": "Macro-F1",
    "rouge_l": "ROUGE-L",
    "mae": "Mean absolute error",
    "r2": "R²",
}

Manifest = Mapping[str, Any]


def plain(value: Any) -> str:
    """Text that is nothing but text in Markdown, on one line."""
    text = " ".join(str("" if value is None else value).split())
    return re.sub(r"([\\|<>\[\]*_`!#])", r"\\\1", text)


def write(manifest: Manifest, settings: Mapping[str, Any] | None = None) -> str:
    """The whole page. `settings` are those of the run that made the model, where it is still there."""
    parts = [*_head(manifest), *_shape(manifest), *_lineage(manifest), *_training(manifest, settings or {})]
    parts += [*_evaluation(manifest), *_use(manifest), *_limits(manifest)]
    return front_matter(manifest) + "\n".join(parts).strip() + "\n"


def front_matter(manifest: Manifest) -> str:
    """What model hubs read before the page: licence, program, base model."""
    licence = str(manifest.get("licence") or "").strip().lower()
    lines = ["library_name: transformers", "pipeline_tag: text-generation", "tags:", "- llm-studio"]
    if licence:
        known = _LICENCE.fullmatch(licence)
        lines[:0] = [f"license: {licence}"] if known else ["license: other"]
    origin = _table(manifest, "origin")
    if origin.get("kind") == "hub" and re.fullmatch(r"[\w.-]+/[\w.-]+", str(origin.get("name"))):
        lines.append(f"base_model: {origin['name']}")
    return "\n".join(["---", *lines, "---", "", ""])


def _table(manifest: Manifest, key: str) -> Mapping[str, Any]:
    found = manifest.get(key)
    return found if isinstance(found, Mapping) else {}


def _head(manifest: Manifest) -> Iterator[str]:
    yield f"# {plain(manifest.get('title'))}"
    yield ""
    family = FAMILIES.get(str(manifest.get("family")), str(manifest.get("family")))
    size = units.count(float(manifest.get("parameters") or 0))
    task = _table(manifest, "task")
    what = f"A language model of {size} parameters in the shape of {plain(family)}"
    if task:
        what += f", fine-tuned for {TASKS.get(str(task.get('kind')), 'a task')}"
    yield f"{what}. Exported from LLM Studio."
    yield ""


def _shape(manifest: Manifest) -> Iterator[str]:
    shape = ModelConfig(**manifest["config"])
    yield "## Shape"
    yield ""
    heads = f"{shape.n_head} heads of {shape.head_width}"
    if shape.kv_heads != shape.n_head:
        heads += f", {shape.kv_heads} for keys and values"
    layers, hidden = units.plural(shape.n_layer, "layer"), units.number(shape.hidden_width)
    yield f"- {layers}, {heads}, width {units.number(shape.n_embd)}, feed-forward {hidden}"
    yield f"- Context {units.number(shape.block_size)} tokens, vocabulary {units.number(shape.vocab_size)}"
    yield f"- Weights kept as {plain(manifest.get('dtype', 'f32'))}"
    yield ""


def _lineage(manifest: Manifest) -> Iterator[str]:
    yield "## Where it comes from"
    yield ""
    yield from _origins(manifest)
    lineage = _table(manifest, "lineage")
    dataset = _table(lineage, "dataset")
    if dataset:
        yield f"- Data: {plain(dataset.get('title') or dataset.get('id'))}{_hash(dataset)}"
    cut = _table(manifest, "tokenizer")
    if cut:
        yield f"- Tokenizer: {plain(cut.get('id'))} ({plain(cut.get('kind'))}){_hash(cut)}"
    if lineage.get("run"):
        yield f"- Run: {plain(lineage['run'])}"
    yield f"- Licence: {plain(manifest.get('licence')) or 'not stated'}"
    yield ""


def _origins(manifest: Manifest) -> Iterator[str]:
    origin, base = _table(manifest, "origin"), _table(manifest, "base")
    if origin:
        places = {"huggingface": "a Hugging Face folder", "gguf": "a GGUF file", "hub": "the Hugging Face hub"}
        place = places.get(str(origin.get("kind")), f"a file of kind {plain(origin.get('kind'))}")
        revision = f", revision {plain(origin['revision'])}" if origin.get("revision") else ""
        yield f"- Imported from {place}: {plain(origin.get('name'))}{revision}{_hash(origin)}"
    if base:
        yield f"- Base model: {plain(base.get('title') or base.get('id'))}{_hash(base)}"
    if not origin and not base:
        yield "- Trained from scratch"


def _hash(facts: Mapping[str, Any]) -> str:
    return f", sha256 `{plain(facts['sha256'])}`" if facts.get("sha256") else ""


def _training(manifest: Manifest, settings: Mapping[str, Any]) -> Iterator[str]:
    figures, task = _table(manifest, "figures"), _table(manifest, "task")
    known = [(title, settings[key]) for key, title in _SETTINGS if settings.get(key) not in (None, "", "auto")]
    if not figures and not task and not known:
        return
    yield "## Training"
    yield ""
    if task.get("method"):
        yield f"- Method: {METHODS.get(str(task['method']), plain(task['method']))}"
    if figures.get("steps"):
        tokens, spent = units.count(figures.get("tokens") or 0), units.duration(figures.get("seconds") or 0)
        yield f"- {units.plural(figures['steps'], 'step')}, {tokens} tokens, {spent}"
    yield from (f"- {title}: {_figure(value)}" for title, value in known)
    if task.get("labels"):
        yield f"- Labels: {', '.join(plain(label) for label in task['labels'][:200])}"
    yield ""


def _figure(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return units.number(value) if isinstance(value, int) and not isinstance(value, bool) else plain(value)


def _evaluation(manifest: Manifest) -> Iterator[str]:
    rows = list(_results(manifest))
    yield "## Evaluation"
    yield ""
    if not rows:
        yield "It was not measured."
        yield ""
        return
    yield "| Measured on | Figure | Value |"
    yield "| --- | --- | ---: |"
    yield from rows
    yield ""


def _results(manifest: Manifest) -> Iterator[str]:
    yield from _rows("Validation, in training", _table(manifest, "figures"), only=_FIGURES)
    task = _table(manifest, "task")
    yield from _rows("Validation, in training", _table(task, "metrics"))
    yield from _rows("Baseline, the same rows", _table(task, "baseline"))
    found = manifest.get("evaluations")
    for one in found if isinstance(found, list) else []:
        dataset = one.get("dataset")
        name = dataset.get("title") or dataset.get("id") if isinstance(dataset, Mapping) else dataset
        scope = f"{units.number(float(one.get('rows') or 0))} {plain(one.get('unit') or 'rows')}"
        where = f"{plain(name)}, {plain(one.get('split'))}, {scope}"
        yield from _rows(where, _table(one, "metrics"))


def _rows(where: str, figures: Mapping[str, Any], only: Mapping[str, str] | None = None) -> Iterator[str]:
    for key, value in figures.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or (only is not None and key not in only):
            continue
        yield f"| {where} | {_FIGURES.get(key, plain(key.replace('_', ' ')))} | {value:.4g} |"


def _use(manifest: Manifest) -> Iterator[str]:
    yield "## Use"
    yield ""
    yield "```python"
    yield "from transformers import AutoModelForCausalLM, AutoTokenizer"
    yield ""
    yield 'model = AutoModelForCausalLM.from_pretrained("FOLDER")'
    yield 'tokenizer = AutoTokenizer.from_pretrained("FOLDER")'
    if manifest.get("chat"):
        yield 'messages = [{"role": "user", "content": "Hello"}]'
        yield "text = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)"
        yield 'ids = tokenizer(text, return_tensors="pt", add_special_tokens=False)'
    else:
        yield 'ids = tokenizer("Once", return_tensors="pt")'
    yield "print(tokenizer.decode(model.generate(**ids, max_new_tokens=40)[0]))"
    yield "```"
    yield ""


def _limits(manifest: Manifest) -> Iterator[str]:
    yield "## Limits"
    yield ""
    labelled = _table(manifest, "task").get("kind") in ("classify", "multilabel", "regress")
    if labelled:
        yield "The head that judges texts lies in head.safetensors: a matrix `weight` (outputs by width) and `bias`,"
        yield "applied to the normalised state of a text's last token. transformers loads the rest."
    yield "It writes in the manner of what it was trained on. What it writes is not a statement of fact."
