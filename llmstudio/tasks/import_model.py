"""Imports a model: reads its description, checks that everything is there, and keeps weights, tokenizer and card."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llmstudio.base import files, units
from llmstudio.base.errors import Interrupt, UserError
from llmstudio.config import sizing
from llmstudio.config.download import HubName, hub_name
from llmstudio.config.importing import ImportModelConfig
from llmstudio.data import chat_likeness, chat_trust
from llmstudio.data.tokenizers import gpt2
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.engine.convert import names, tensorfile
from llmstudio.engine.convert.foldertokenizer import GPT2_PIECES
from llmstudio.engine.convert.opening import CACHED, open_source
from llmstudio.engine.convert.source import Source
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.store import catalog, hub
from llmstudio.tasks import download, unpickle

WEIGHTS = "model.safetensors"
HARD_TEXTS = (*(letter * 60 + "!" for letter in "aA1 .\n_"), "ab " * 30 + "!")
BYTES = {"f32": 4, "f16": 2, "bf16": 2}


def run(job: Job, context: Context) -> None:
    """Import what the job's config names; the result has the command line's keys."""
    config = ImportModelConfig(**job.config)
    title = catalog.check_name(context.workspace, "model", config.name or default_name(config.path))
    aside, fetched = context.folder / "incoming", False
    try:
        path, known = _found(config, context)
        fetched = True
        context.stage("Looking at the model", 0.1)
        source = open_source(path, context.check, _unpickler(config, aside, context))
        found = {**_origin(source, path, context), **known}
        identity = _keep(source, title, found, context, accept=config.accept_template)
    except Interrupt as interrupt:
        if interrupt.kind == "cancel":
            _clear(aside, config, context)
        raise
    except Exception:
        if fetched:  # what was fetched is no use; a fetch that broke off goes on next time
            _clear(aside, config, context)
        raise
    _clear(aside, config, context)
    kept = catalog.find(context.workspace, "model", identity)
    context.artifact("model", kept.path, id=kept.id, title=kept.title)
    shown = {key: kept.manifest[key] for key in ("family", "parameters", "dtype", "notes")}
    shown |= _template_words(kept.manifest)
    context.result(id=kept.id, model=kept.id, title=kept.title, path=str(kept.path), **shown)


def _template_words(manifest: dict[str, Any]) -> dict[str, Any]:
    """What the result says of the chat template: the one in use, and whether the model's own one is off."""
    chat = chat_trust.of_manifest(manifest)
    return {"chat_template": {"in_use": chat_trust.name(chat), "own_is_off": chat_trust.is_off(chat)}} if chat else {}


def default_name(path: str) -> str:
    """What a model is called where nothing is said: the last part of its path or hub id."""
    local = Path(path).expanduser()
    name = None if local.exists() else hub_name(path)
    if name is not None:
        return name.repo.rpartition("/")[2]
    whole = local.resolve().name if local.is_dir() else local.stem
    return whole.rpartition("--")[2] if whole.startswith(CACHED) else whole


def _name_on_hub(config: ImportModelConfig) -> HubName | None:
    return None if Path(config.path).expanduser().exists() else hub_name(config.path)


def _clear(aside: Path, config: ImportModelConfig, context: Context) -> None:
    """Remove what was only needed on the way."""
    shutil.rmtree(aside, ignore_errors=True)
    name = _name_on_hub(config)
    if name is not None:
        shutil.rmtree(hub.place(context.workspace.root, name), ignore_errors=True)


def _found(config: ImportModelConfig, context: Context) -> tuple[Path, dict[str, Any]]:
    """Where the model lies on this machine (downloaded if need be), and what the hub says of its origin."""
    local = Path(config.path).expanduser()
    if not config.path.strip():
        raise UserError("Nothing to import was named.", "Name a folder, a file, or owner/name.", field="path")
    name = _name_on_hub(config)
    if name is None:
        return local, {}
    context.stage("Downloading", 0.6)
    folder = hub.place(context.workspace.root, name)
    path = download.fetch(name.repo, name.revision, folder, context, file=name.file)
    return path, {"hub": download.origin_of(folder)}


def _unpickler(config: ImportModelConfig, aside: Path, context: Context) -> Any:
    if not config.trust_pickle:
        return None

    def unpickled(paths: Sequence[Path]) -> Path:
        return unpickle.to_safetensors(paths, aside / "unpickled", context)

    return unpickled


def _origin(source: Source, path: Path, context: Context) -> dict[str, Any]:
    """Where it came from, with the hash of the file where it is a single one."""
    origin = dict(source.origin)
    file = path if path.is_file() else path / str(origin.get("file") or "-")
    if file.is_file():
        origin["sha256"] = files.sha256(file, context.check)
    return {"origin": origin}


def _keep(source: Source, title: str, found: dict[str, Any], context: Context, *, accept: bool) -> str:
    shapes, numbers = names.shapes(source.config), sizing.count(source.config)
    tokenizer = tokenizer_of(source, context)
    size = numbers * BYTES[source.dtype]
    files.require_free(context.workspace.models, size)
    for note in source.notes:
        context.note(note)
    context.stage("Reading the weights", 0.3)
    with catalog.keep(context.workspace, "model", title, needed=size, check=context.check) as keeping:
        for done in tensorfile.write(keeping.folder / WEIGHTS, shapes, source.tensors(), context.check):
            context.progress(done, max(size, done), "bytes")
        context.check()
        context.stage("Writing")
        tokenizer.save(keeping.folder)
        chat = _judged(source, tokenizer, title, context, accept=accept)
        keeping.facts.update(_facts(source, tokenizer, numbers, {**found, **chat}))
        files.write_text(keeping.folder / "card.md", card(title, keeping.facts))
    return keeping.id


def tokenizer_of(source: Source, context: Context) -> Tokenizer:
    """The model's tokenizer, GPT-2's own where a GPT-2 comes without; UserError where none fits."""
    found = source.tokenizer()
    rows = source.config.vocab_size
    if found is None and source.family == "gpt2" and rows >= GPT2_PIECES:
        context.note("No tokenizer lies with these weights: GPT-2's own vocabulary is used.", "warning")
        return gpt2.load()
    if found is None:
        raise UserError("No tokenizer lies with these weights.", "Put its tokenizer.json into the same folder.")
    if found.vocab_size > rows or found.vocab_size < rows // 2:
        raise UserError(
            f"The tokenizer does not fit the model: it has {found.vocab_size:,} pieces, the model knows {rows:,}.",
            "Get the tokenizer that belongs to these weights.",
        )
    found.encode_many(HARD_TEXTS)  # a pattern that would take for ever is told now
    return found


def _judged(source: Source, tokenizer: Tokenizer, title: str, context: Context, *, accept: bool) -> dict[str, Any]:
    """How talks are written, with what stands in for the model's own template where nobody accepted it."""
    if not source.chat:
        return {}
    chat = chat_likeness.judged(source.chat, tokenizer)
    if accept:
        chat = chat_trust.accept(chat)
    if chat_trust.is_off(chat):
        context.note(
            f"Its own chat template is a program and stays off; {chat_trust.name(chat)} is used. "
            f'Read it and accept it: llmstudio models template "{title}" --accept.',
            "warning",
        )
    return {"chat": chat}


def _facts(source: Source, tokenizer: Tokenizer, numbers: int, found: dict[str, Any]) -> dict[str, Any]:
    origin, told = found["origin"], found.get("hub")
    licence = source.licence
    if told:
        licence = told["licence"] or licence
        origin = {**{key: told[key] for key in ("kind", "name", "revision", "file", "sha256")}}
    facts: dict[str, Any] = {
        "family": source.family,
        "parameters": numbers,
        "config": source.config.facts(),
        "dtype": source.dtype,
        "tokenizer": {"id": tokenizer.name, "kind": tokenizer.kind, "sha256": tokenizer.sha256},
        "origin": origin,
        "licence": licence,
        "notes": list(source.notes),
    }
    return {**facts, "chat": found["chat"]} if "chat" in found else facts


def card(title: str, facts: dict[str, Any]) -> str:
    """A page for people: what the model is, where it came from, what is known and what is not."""
    shape, origin = facts["config"], facts["origin"]
    kinds = {"huggingface": "a Hugging Face folder", "gguf": "a GGUF file", "llama2c": "a llama2.c file"}
    where = f"the hub, {origin['name']}" if origin["kind"] == "hub" else f"{kinds[origin['kind']]}, {origin['name']}"
    revision = f", revision {origin['revision']}" if origin.get("revision") else ""
    use = "It answers in conversations." if facts.get("chat") else "It continues text."
    notes = "".join(f"- {note}\n" for note in facts["notes"])
    return f"""# {title}

A language model of {units.count(facts["parameters"])} parameters of the {names.TITLES[facts["family"]]} family, \
imported into LLM Studio.

- From: {where}{revision}.
- Licence: {facts["licence"] or "not stated; ask where it came from before you pass it on"}.
- Shape: {shape["n_layer"]} layers, {shape["n_head"]} heads, width {shape["n_embd"]}, \
context {units.number(shape["block_size"])} tokens, vocabulary {units.number(shape["vocab_size"])}.
- Weights: kept as {facts["dtype"]}. Tokenizer: {facts["tokenizer"]["id"]} ({facts["tokenizer"]["kind"]}).
- Training and quality: not known here. Evaluate it on a text of yours.
{notes}
{use} What it writes is not a statement of fact.
"""
