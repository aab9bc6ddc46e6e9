"""Everything the page of one model shows, gathered from manifests and from the log of its run.

Plain functions and values, called off the user-interface thread; they know nothing of widgets.
"""

from dataclasses import dataclass
from typing import Any

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.data import chat_trust
from llmstudio.gui.tabs.models.lineage import Step, day, dependants, inner, lineage
from llmstudio.store import catalog, run
from llmstudio.store.catalog import Kept
from llmstudio.store.glimpse import FAMILIES
from llmstudio.store.run import RunState
from llmstudio.store.workspace import Workspace

TASKS = {
    "classify": "sorts into labels",
    "multilabel": "finds several labels",
    "regress": "estimates a number",
    "instruct": "follows instructions",
    "continue": "completes text",
}
METHODS = {"full": "all weights", "last-layers": "last layers", "head": "head only", "lora": "LoRA"}
# What a fine-tuned model is measured by, the most telling first, and whether people read it in percent.
MEASURES = {
    "accuracy": ("Accuracy", True),
    "macro_f1": ("Macro-F1", False),
    "rouge_l": ("ROUGE-L", False),
    "mae": ("Mean error", False),
    "r2": ("R squared", False),
}


@dataclass(frozen=True)
class Figure:
    """One large number with its unit."""

    label: str
    value: str
    unit: str = ""


@dataclass(frozen=True)
class Detail:
    """The page of a model. `dependants` are the titles of the adapters that stand on it.

    `has_template`: a chat template came with it; `template_off` names what is used instead while that one waits.
    """

    id: str
    title: str
    chips: tuple[tuple[str, str], ...]
    lineage: tuple[Step, ...]
    figures: tuple[Figure, ...]
    facts: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, int], ...]
    prompt: str = ""
    sample: str = ""
    dependants: tuple[str, ...] = ()
    template_off: str = ""
    has_template: bool = False


@dataclass(frozen=True)
class Line:
    """One model of the list."""

    id: str
    title: str
    note: str
    bytes: int


def size_of(kept: Kept) -> int:
    """Bytes of a kept thing's recorded files."""
    files = kept.manifest.get("files")
    return sum(int(one.get("bytes", 0)) for one in files.values()) if isinstance(files, dict) else 0


def line_of(kept: Kept) -> Line:
    """A model as a line of the list."""
    base = inner(kept.manifest, "base")
    if kept.manifest.get("parts") == "adapter":
        first = f"adapter of {base.get('title') or base.get('id') or 'a model'}"
        return Line(kept.id, kept.title, f"{first}, made here", size_of(kept))
    count = kept.manifest.get("parameters")
    size = units.short(count) if isinstance(count, int) else ""
    words = (family_of(kept), size, _made(kept))
    return Line(kept.id, kept.title, ", ".join(word for word in words if word), size_of(kept))


def family_of(kept: Kept) -> str:
    """As people call it: a preset's name where it was made here, "Llama family" where it came from elsewhere."""
    family = str(kept.manifest.get("preset") or kept.manifest.get("family") or "model")
    foreign = not kept.manifest.get("preset") and family in FAMILIES
    return f"{FAMILIES[family]} family" if foreign else family


def _made(kept: Kept) -> str:
    if inner(kept.manifest, "base"):
        return "fine-tuned here"
    if inner(kept.manifest, "lineage").get("run"):
        return "made here"
    if inner(kept.manifest, "origin"):
        return "imported"
    return "copied" if kept.manifest.get("copied_from") else ""


def gather(ws: Workspace, name: str) -> Detail:
    """The page of the model with this id. Raises UserError if it is gone."""
    kept = catalog.find(ws, "model", name)
    state = _run_of(ws, kept)
    files = kept.manifest.get("files")
    sizes = {name: int(one.get("bytes", 0)) for name, one in files.items()} if isinstance(files, dict) else {}
    manifest = kept.path / catalog.MANIFESTS["model"]
    sizes[manifest.name] = manifest.stat().st_size
    sample = state.samples[-1] if state and state.samples else None
    return Detail(
        id=kept.id,
        title=kept.title,
        chips=_chips(kept),
        lineage=lineage(ws, kept, state),
        figures=_figures(kept),
        facts=_facts(kept, state),
        files=tuple(sorted(sizes.items(), key=lambda item: -item[1])),
        prompt=sample.prompt if sample else "",
        sample=sample.text if sample else "",
        dependants=tuple(other.title for other in dependants(ws, kept.id)),
        template_off=_template_off(kept),
        has_template=_has_template(kept),
    )


def _figures(kept: Kept) -> tuple[Figure, ...]:
    """At most four: how good it is where that was measured, then how large."""
    config = inner(kept.manifest, "config")
    found = list(_quality(kept))
    parameters = kept.manifest.get("parameters")
    if isinstance(parameters, int):
        value, _, unit = units.count(parameters).partition(" ")
        found.append(Figure("Parameters", value, unit))
    if config.get("block_size"):
        found.append(Figure("Context", f"{int(config['block_size']):,}", "tokens"))
    if len(found) < 4 and config.get("vocab_size"):
        found.append(Figure("Vocabulary", f"{int(config['vocab_size']):,}", "pieces"))
    return tuple(found[:4])


def _quality(kept: Kept) -> tuple[Figure, ...]:
    metrics = inner(inner(kept.manifest, "task"), "metrics")
    on_test = any(f"test_{key}" in metrics for key in MEASURES)
    part, scope = ("test_", "on test") if on_test else ("", "on validation")
    measured = tuple(
        _measured(label, float(metrics[part + key]), share, scope)
        for key, (label, share) in MEASURES.items()
        if isinstance(metrics.get(part + key), int | float)
    )[:2]
    if measured:
        return measured
    figures = inner(kept.manifest, "figures")
    if not figures and (inner(kept.manifest, "origin") or inner(kept.manifest, "base")):
        return ()
    return (
        Figure("Validation loss", _decimals(figures.get("val_loss"))),
        Figure("Bits per byte", _decimals(figures.get("bits_per_byte"))),
    )


def _measured(label: str, value: float, share: bool, scope: str) -> Figure:
    if share:
        return Figure(label, units.percent(value, 1).removesuffix(" %"), f"% {scope}")
    return Figure(label, _decimals(value), scope)


def _facts(kept: Kept, state: RunState | None) -> tuple[tuple[str, str], ...]:
    config, figures, task = (inner(kept.manifest, key) for key in ("config", "figures", "task"))
    shape = [config.get(name) for name in ("n_layer", "n_head", "n_embd")]
    rows = [("Family", family_of(kept) or "–")]
    if all(isinstance(value, int) for value in shape):
        rows.append(("Layers, heads, width", ", ".join(f"{value:,}" for value in shape)))
    rows.append(("Precision", _precision(kept, state)))
    rows.append(("Chat template", _template(kept)))
    if task:
        kind, method = str(task.get("kind", "")), str(task.get("method", ""))
        rows.append(
            ("Task", ", by ".join(word for word in (TASKS.get(kind, kind), METHODS.get(method, method)) if word))
        )
    if task.get("labels"):
        rows.append(("Labels", ", ".join(str(label) for label in task["labels"][:12])))
    licence = str(kept.manifest.get("licence") or "")
    if licence or inner(kept.manifest, "origin"):
        rows.append(("Licence", licence or "not said"))
    if figures.get("tokens"):
        took = f" in {units.duration(float(figures['seconds']))}" if figures.get("seconds") else ""
        rows.append(("Trained on", f"{units.count(int(figures['tokens']))} tokens{took}"))
    rows.append(("Imported" if _made(kept) == "imported" else "Made", day(kept.created)))
    return tuple(rows)


def _precision(kept: Kept, state: RunState | None) -> str:
    stored = str(kept.manifest.get("dtype") or "f32")
    trained = str(state.config.get("precision", "")) if state else ""
    return f"{stored}, trained in {trained}" if trained and trained != "auto" else stored


def _template(kept: Kept) -> str:
    """How it is talked to."""
    chat = chat_trust.of_manifest(kept.manifest)
    if chat is None:
        return "none: completes text"
    if chat_trust.is_accepted(chat):
        return "its own, accepted"
    return f"{chat_trust.name(chat)}, its own is off" if chat_trust.is_off(chat) else chat_trust.name(chat)


def _template_off(kept: Kept) -> str:
    """What is used instead of the template that came with it, where that waits to be read; or ""."""
    chat = chat_trust.of_manifest(kept.manifest)
    return chat_trust.name(chat) if chat is not None and chat_trust.is_off(chat) else ""


def _has_template(kept: Kept) -> bool:
    chat = chat_trust.of_manifest(kept.manifest)
    return chat is not None and chat_trust.is_foreign(chat)


def _chips(kept: Kept) -> tuple[tuple[str, str], ...]:
    made = _made(kept)
    words = {"made here": "Made here", "imported": "Imported", "fine-tuned here": "Fine-tuned here", "copied": "Copy"}
    found = [(words[made], "neutral" if made in ("copied", "imported") else "accent")] if made else []
    if kept.manifest.get("parts") == "adapter":
        found.append(("Adapter", "neutral"))
    return tuple(found)


def _run_of(ws: Workspace, kept: Kept) -> RunState | None:
    identity = str(inner(kept.manifest, "lineage").get("run") or "")
    folder = ws.runs / identity
    if not identity or not folder.is_dir():
        return None
    try:
        return run.load(folder)
    except (UserError, OSError):
        return None


def _decimals(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) and value == value else "–"
