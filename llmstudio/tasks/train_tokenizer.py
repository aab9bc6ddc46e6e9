"""The job that learns a tokenizer from a dataset and keeps it; also makes the tokenizer of a dataset's characters."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from llmstudio.base import files, units
from llmstudio.base.errors import UserError
from llmstudio.config.tokenizer import TokenizerConfig, propose_size
from llmstudio.data.documents import Documents
from llmstudio.data.encode import cut_safely
from llmstudio.data.tokenizers import bytelevel, char, load, train
from llmstudio.data.tokenizers.base import Tokenizer, clean
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept
from llmstudio.store.workspace import Workspace

SECTION = 1 << 12  # characters handed to the trainer at a time; it takes 256 before it listens again
MEASURED = 1 << 22  # characters of the dataset on which bytes per token is measured
MOST_LEARNED = 1 << 29  # characters a vocabulary is learned from; of more, stretches are taken evenly from all of it
STRETCH = 1 << 20
RESERVED = {*load.BUILT_IN, "byte", char.NAME}
LEARNED = ("bpe", "unigram", "wordpiece", "word")

Check = Callable[[], None]


def run(job: Job, context: Context) -> None:
    """Train, keep, report. The vocabulary is learned from the training part, so that no other text leaks into it."""
    config = TokenizerConfig(**job.config)
    dataset = catalog.find(context.workspace, "dataset", config.dataset)
    title = config.name or f"{dataset.title} {config.kind}"
    check_title(context.workspace, title)
    started = time.monotonic()
    tokenizer = _learn(config, dataset, context)
    context.stage("Measuring", 0.1)
    figure = bytes_per_token(Documents(dataset.path), tokenizer, context.check)
    with catalog.keep(context.workspace, "tokenizer", title) as keeping:
        tokenizer.name = keeping.id
        tokenizer.save(keeping.folder)
        keeping.facts |= _facts(tokenizer, dataset, figure) | {"seconds": round(time.monotonic() - started, 1)}
    kept = catalog.find(context.workspace, "tokenizer", keeping.id)
    context.artifact("tokenizer", kept.path, id=kept.id)
    context.result(
        id=kept.id, name=kept.title, kind=tokenizer.kind, vocab_size=tokenizer.vocab_size, bytes_per_token=figure
    )


def check_title(workspace: Workspace, title: str) -> None:
    """UserError for a name in use, or one that means a tokenizer which is always there."""
    name = catalog.check_name(workspace, "tokenizer", title)
    if {name.casefold(), files.slug(name)} & RESERVED:
        raise UserError(f"{name} is the name of a tokenizer that is always there.", "Choose another.", field="name")


@dataclass
class _Reading:
    """How far the training text has been read, and whether learning has begun."""

    done: int = 0
    over: bool = False
    every: int = 1  # of so many stretches of text one is learned from


def _learn(config: TokenizerConfig, dataset: Kept, context: Context) -> Tokenizer:
    learned = config.kind in LEARNED
    total = _characters(dataset, "train" if learned else None)
    size = config.vocab_size or propose_size(config.kind, total)
    if learned:
        context.resolve(vocab_size=size)
    reading = _Reading(every=max(1, -(-total // MOST_LEARNED)) if learned else 1)
    if reading.every > 1:
        share = units.percent(1 / reading.every)
        context.note(f"Learned from {share} of the text, taken evenly from all of it; this bounds time and memory.")
    context.stage("Reading the text", 0.6)

    def check() -> None:
        context.check()
        if not reading.over:
            context.progress(min(reading.done, total), total, "characters")
        if learned and not reading.over and reading.done >= total:
            reading.over = True
            context.stage("Learning pieces", 0.3)
            context.progress(0, 0)  # the library does not say how far it is

    texts = _sections(dataset, "train" if learned else None, reading)
    fit = config.vocab_size is None
    tokenizer = train.train(config, "new", size, texts, fit=fit, check=check)
    if learned and tokenizer.vocab_size < size:
        context.note(f"The text gives {units.number(tokenizer.vocab_size)} pieces; that is the size now.")
    return tokenizer


def _characters(dataset: Kept, split: str | None) -> int:
    splits = Documents(dataset.path).facts()["splits"]
    return sum(part["characters"] for name, part in splits.items() if split in (None, name))


def _sections(dataset: Kept, split: str | None, reading: _Reading) -> Iterator[str]:
    """The text in sections that end with a word; words of more than 4,096 characters are cut."""
    for document in Documents(dataset.path).iterate(split):
        for section in cut_safely(document, bytelevel.cut, SECTION, SECTION):
            if reading.done // STRETCH % reading.every == 0:
                yield section
            reading.done += len(section)


def bytes_per_token(documents: Documents, tokenizer: Tokenizer, check: Check) -> float:
    """UTF-8 bytes of text that one token stands for, on the dataset's first 4 million characters; 0 without text."""
    characters = size = tokens = 0
    for document in documents.iterate():
        for section in cut_safely(document, tokenizer.cut, SECTION):
            check()
            tokens += len(tokenizer.encode_many([section])[0])
            size += len(clean(section).encode("utf-8"))
            characters += len(section)
            if characters >= MEASURED:
                return size / tokens
    return size / tokens if tokens else 0.0


def _facts(tokenizer: Tokenizer, dataset: Kept, figure: float) -> dict[str, object]:
    lineage = {"dataset": {"id": dataset.id, "sha256": dataset.manifest.get("documents_sha256", "")}}
    return {
        "tokenizer_kind": tokenizer.kind,
        "vocab_size": tokenizer.vocab_size,
        "end_id": tokenizer.end_id,
        "lossless": tokenizer.lossless,
        "sha256": tokenizer.sha256,
        "bytes_per_token": round(figure, 4),
        "lineage": lineage,
    }


def tokenizer_for(workspace: Workspace, name: str, dataset: Kept, check: Check) -> Tokenizer:
    """The tokenizer called `name`; `characters` means that of the dataset's characters, made and kept if need be."""
    if name != char.NAME:
        return load.load(workspace.tokenizers, name)
    return load.load_folder(_characters_kept(workspace, dataset, check))


def _characters_kept(workspace: Workspace, dataset: Kept, check: Check) -> Path:
    title = f"{dataset.title} characters"
    lineage = {"id": dataset.id, "sha256": dataset.manifest.get("documents_sha256", "")}
    for kept in catalog.list_kept(workspace, "tokenizer"):
        same = kept.manifest.get("lineage", {}).get("dataset") == lineage
        if same and kept.manifest.get("tokenizer_kind") == char.CharTokenizer.kind:
            return kept.path
    documents = Documents(dataset.path)
    tokenizer = char.from_documents(documents.iterate(), "new", check)
    with catalog.keep(workspace, "tokenizer", title, existing="number") as keeping:
        tokenizer.name = keeping.id
        tokenizer.save(keeping.folder)
        keeping.facts |= _facts(tokenizer, dataset, bytes_per_token(documents, tokenizer, check))
    return workspace.tokenizers / keeping.id
