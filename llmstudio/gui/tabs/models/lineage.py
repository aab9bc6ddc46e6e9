"""Where a model comes from: the text, pieces and run it was made of, the place it was fetched from, or its base.

Plain functions, called off the user-interface thread; what is no longer there says so.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept
from llmstudio.store.run import RunState
from llmstudio.store.workspace import Workspace

BUILT_IN = {"gpt2": ("GPT-2", "50,257 pieces"), "bytes": ("Bytes", "256 pieces")}
ORIGINS = {
    "hub": "from the hub",
    "huggingface": "Hugging Face folder",
    "gguf": "GGUF file",
    "llama2c": "llama2.c file",
    "torch": "PyTorch file",
}


@dataclass(frozen=True)
class Step:
    """One step of the lineage: icon, words, a note, and where a click leads (tab and arguments)."""

    icon: str
    title: str
    note: str
    tab: str = ""
    args: tuple[tuple[str, str], ...] = ()


def lineage(ws: Workspace, kept: Kept, state: RunState | None) -> tuple[Step, ...]:
    """Made here: file, dataset, tokenizer, run. Imported: origin, tokenizer. Fine-tuned: origin, base, data, run."""
    made_from = inner(kept.manifest, "lineage")
    base = inner(kept.manifest, "base")
    if base:
        return (*_base(ws, base), _dataset(made_from, _dataset_of(ws, made_from)), _run(made_from, state))
    if inner(kept.manifest, "origin"):
        return (origin(kept), _tokenizer(ws, kept))
    dataset = _dataset_of(ws, made_from)
    return (*_sources(dataset), _dataset(made_from, dataset), _tokenizer(ws, kept), _run(made_from, state))


def origin(kept: Kept) -> Step:
    """Where imported weights were taken from."""
    facts = inner(kept.manifest, "origin")
    kind = str(facts.get("kind", ""))
    first, second = ("name", "file") if kind == "hub" else ("file", "name")
    name = str(facts.get(first) or facts.get(second) or "Unknown")
    note = ORIGINS.get(kind, "imported")
    revision = str(facts.get("revision") or "")
    return Step("import", name, f"{note}, {revision[:8]}" if revision else note)


def _base(ws: Workspace, base: dict[str, Any]) -> tuple[Step, ...]:
    found = find(ws, "model", str(base.get("id", "")))
    title = str(base.get("title") or base.get("id") or "Unknown")
    if found is None:
        return (Step("models", title, "base, no longer here"),)
    before = (origin(found),) if inner(found.manifest, "origin") else ()
    return (*before, Step("models", found.title, "base", "models", (("model", found.id),)))


def _dataset_of(ws: Workspace, made_from: dict[str, Any]) -> Kept | None:
    return find(ws, "dataset", str(inner(made_from, "dataset").get("id", "")))


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
        title = str(inner(made_from, "dataset").get("title") or inner(made_from, "dataset").get("id") or "Unknown")
        return Step("data", title, "no longer here")
    count = dataset.manifest.get("documents")
    note = units.plural(count, "document") if isinstance(count, int) else ""
    return Step("data", dataset.title, note, "data", (("dataset", dataset.id),))


def _tokenizer(ws: Workspace, kept: Kept) -> Step:
    identity = str(inner(kept.manifest, "tokenizer").get("id", ""))
    vocabulary = inner(kept.manifest, "config").get("vocab_size")
    pieces = f"{vocabulary:,} pieces" if isinstance(vocabulary, int) else ""
    if identity in BUILT_IN:
        title, note = BUILT_IN[identity]
        return Step("tokenizer", title, pieces or note, "tokenizer", (("tokenizer", identity),))
    found = find(ws, "tokenizer", identity)
    if found is not None:
        return Step("tokenizer", found.title, pieces, "tokenizer", (("tokenizer", found.id),))
    if inner(kept.manifest, "origin"):
        return Step("tokenizer", "Its own tokenizer", pieces or "kept in the model")
    return Step("tokenizer", identity or "Unknown", "kept in the model")


def _run(made_from: dict[str, Any], state: RunState | None) -> Step:
    identity = str(made_from.get("run") or "")
    if state is None:
        return Step("train", "Run" if identity else "Not trained here", "no longer here" if identity else "")
    steps = state.result.get("steps", state.step)
    note = units.plural(int(steps), "step") if steps else ""
    return Step("train", f"Run of {day(state.created)}", note, "runs", (("run", identity),))


def find(ws: Workspace, kind: catalog.KeptKind, identity: str) -> Kept | None:
    """A kept thing, or None where it is gone."""
    if not identity:
        return None
    try:
        return catalog.find(ws, kind, identity)
    except UserError:
        return None


def dependants(ws: Workspace, model: str) -> tuple[Kept, ...]:
    """The adapters that cannot work without this model."""
    return tuple(
        kept
        for kept in catalog.list_kept(ws, "model")
        if kept.manifest.get("parts") == "adapter" and inner(kept.manifest, "base").get("id") == model
    )


def inner(values: dict[str, Any], key: str) -> dict[str, Any]:
    """A table inside a manifest; an empty one where it is missing or none."""
    value = values.get(key)
    return value if isinstance(value, dict) else {}


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
