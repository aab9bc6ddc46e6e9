"""Everything the page of one model shows, gathered from manifests and from the log of its run.

Plain functions and values, called off the user-interface thread; they know nothing of widgets.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.store import catalog, run
from llmstudio.store.catalog import Kept
from llmstudio.store.run import RunState
from llmstudio.store.workspace import Workspace

BUILT_IN = {"gpt2": ("GPT-2", "50,257 pieces"), "bytes": ("Bytes", "256 pieces")}


@dataclass(frozen=True)
class Step:
    """One step of the lineage: icon, words, a note, and where a click leads (tab and arguments)."""

    icon: str
    title: str
    note: str
    tab: str = ""
    args: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Figure:
    """One large number with its unit."""

    label: str
    value: str
    unit: str = ""


@dataclass(frozen=True)
class Detail:
    """The page of a model."""

    id: str
    title: str
    chips: tuple[tuple[str, str], ...]
    lineage: tuple[Step, ...]
    figures: tuple[Figure, ...]
    facts: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, int], ...]
    prompt: str = ""
    sample: str = ""


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
    family = str(kept.manifest.get("preset") or kept.manifest.get("family") or "model")
    count = kept.manifest.get("parameters")
    size = units.short(count) if isinstance(count, int) else ""
    origin = "made here" if _dict(kept, "lineage").get("run") else "copied" if kept.manifest.get("copied_from") else ""
    return Line(kept.id, kept.title, ", ".join(word for word in (family, size, origin) if word), size_of(kept))


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
    )


def lineage(ws: Workspace, kept: Kept, state: RunState | None) -> tuple[Step, ...]:
    """File, dataset, tokenizer, run: from the text to the weights. What is no longer there says so."""
    made_from = _dict(kept, "lineage")
    dataset = _find(ws, "dataset", str(_inner(made_from, "dataset").get("id", "")))
    return (*_sources(dataset), _dataset(made_from, dataset), _tokenizer(ws, kept), _run(made_from, state))


def _sources(dataset: Kept | None) -> tuple[Step, ...]:
    if dataset is None:
        return ()
    found = dataset.manifest.get("sources")
    sources: list[dict[str, Any]] = found if isinstance(found, list) else []
    names = [str(one.get("name", "")) for one in sources]
    if not names:
        return ()
    note = f"and {len(names) - 1:,} more" if len(names) > 1 else units.size(int(sources[0].get("bytes", 0)))
    return (Step("text", names[0], note, "data", (("dataset", dataset.id),)),)


def _dataset(made_from: dict[str, Any], dataset: Kept | None) -> Step:
    if dataset is None:
        title = str(_inner(made_from, "dataset").get("title") or _inner(made_from, "dataset").get("id") or "Unknown")
        return Step("data", title, "no longer here")
    count = dataset.manifest.get("documents")
    note = units.plural(count, "document") if isinstance(count, int) else ""
    return Step("data", dataset.title, note, "data", (("dataset", dataset.id),))


def _tokenizer(ws: Workspace, kept: Kept) -> Step:
    identity = str(_dict(kept, "tokenizer").get("id", ""))
    vocabulary = _dict(kept, "config").get("vocab_size")
    pieces = f"{vocabulary:,} pieces" if isinstance(vocabulary, int) else ""
    if identity in BUILT_IN:
        title, note = BUILT_IN[identity]
        return Step("tokenizer", title, pieces or note, "tokenizer", (("tokenizer", identity),))
    found = _find(ws, "tokenizer", identity)
    if found is None:
        return Step("tokenizer", identity or "Unknown", "kept in the model")
    return Step("tokenizer", found.title, pieces, "tokenizer", (("tokenizer", found.id),))


def _run(made_from: dict[str, Any], state: RunState | None) -> Step:
    identity = str(made_from.get("run") or "")
    if state is None:
        return Step("train", "Run" if identity else "Not trained here", "no longer here" if identity else "")
    steps = state.result.get("steps", state.step)
    note = units.plural(int(steps), "step") if steps else ""
    return Step("train", f"Run of {day(state.created)}", note, "runs", (("run", identity),))


def _figures(kept: Kept) -> tuple[Figure, ...]:
    figures, config = _dict(kept, "figures"), _dict(kept, "config")
    found = [
        Figure("Validation loss", _decimals(figures.get("val_loss"))),
        Figure("Bits per byte", _decimals(figures.get("bits_per_byte"))),
    ]
    parameters = kept.manifest.get("parameters")
    if isinstance(parameters, int):
        value, _, unit = units.count(parameters).partition(" ")
        found.append(Figure("Parameters", value, unit))
    if config.get("block_size"):
        found.append(Figure("Context", f"{int(config['block_size']):,}", "tokens"))
    return tuple(found)


def _facts(kept: Kept, state: RunState | None) -> tuple[tuple[str, str], ...]:
    config, figures = _dict(kept, "config"), _dict(kept, "figures")
    shape = [config.get(name) for name in ("n_layer", "n_head", "n_embd")]
    rows = [("Family", str(kept.manifest.get("preset") or kept.manifest.get("family") or "–"))]
    if all(isinstance(value, int) for value in shape):
        rows.append(("Layers, heads, width", ", ".join(f"{value:,}" for value in shape)))
    rows.append(("Precision", _precision(state)))
    if figures.get("tokens"):
        rows.append(("Trained on", f"{units.count(int(figures['tokens']))} tokens"))
    if figures.get("seconds"):
        rows.append(("Training time", units.duration(float(figures["seconds"]))))
    rows.append(("Made", day(kept.created)))
    return tuple(rows)


def _precision(state: RunState | None) -> str:
    trained = str(state.config.get("precision", "")) if state else ""
    return f"f32, trained in {trained}" if trained and trained != "auto" else "f32"


def _chips(kept: Kept) -> tuple[tuple[str, str], ...]:
    if _dict(kept, "lineage").get("run"):
        return (("Made here", "accent"),)
    return (("Copy", "neutral"),) if kept.manifest.get("copied_from") else ()


def _run_of(ws: Workspace, kept: Kept) -> RunState | None:
    identity = str(_dict(kept, "lineage").get("run") or "")
    folder = ws.runs / identity
    if not identity or not folder.is_dir():
        return None
    try:
        return run.load(folder)
    except (UserError, OSError):
        return None


def _find(ws: Workspace, kind: catalog.KeptKind, identity: str) -> Kept | None:
    if not identity:
        return None
    try:
        return catalog.find(ws, kind, identity)
    except UserError:
        return None


def day(stamp: str) -> str:
    """A time stamp as people say it: "today", "yesterday", "3 March", "3 March 2025"."""
    try:
        moment = datetime.fromisoformat(stamp).astimezone()
    except ValueError:
        return "–"
    now = datetime.now().astimezone()
    days = (now.date() - moment.date()).days
    if days in (0, 1):
        return ("today", "yesterday")[days]
    year = "" if moment.year == now.year else f" {moment.year}"
    return f"{moment.day} {moment:%B}{year}"


def _decimals(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) and value == value else "–"


def _dict(kept: Kept, key: str) -> dict[str, Any]:
    return _inner(kept.manifest, key)


def _inner(values: dict[str, Any], key: str) -> dict[str, Any]:
    value = values.get(key)
    return value if isinstance(value, dict) else {}
