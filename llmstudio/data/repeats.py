"""Looks for repeated documents in a dataset that is kept, and changes nothing: what would go, with examples."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from llmstudio.config.dataset import ImportConfig
from llmstudio.data import sketch
from llmstudio.data.documents import Documents, Parts
from llmstudio.data.neardup import Fingerprints, Found
from llmstudio.data.sketch import Sketch
from llmstudio.data.wash import Batch, Washed, digest_of, wash
from llmstudio.data.workers import Workers

BATCH = 1 << 19  # characters handed over at a time
MOST = 1024  # documents handed over at a time
LONG = 1 << 22  # characters of a document beyond which it is looked at part by part

Check = Callable[[], None]
Progress = Callable[[int], None]


def among(texts: Sequence[str], similarity: float) -> list[int]:
    """Which of a few texts would go as near-duplicates of earlier ones."""
    with tempfile.TemporaryDirectory(prefix="llmstudio-") as folder:
        prints = Fingerprints(Path(folder), equal=False, threshold=similarity)
        prints.add(np.zeros(len(texts), dtype=np.uint64), sketch.slots_of(texts))
        gone = prints.find().gone
        prints.close()
    return [int(number) for number in np.flatnonzero(gone)]


def look(
    dataset: Path,
    work: Path,
    similarity: float,
    *,
    check: Check = lambda: None,
    progress: Progress = lambda characters: None,
    processes: int = 0,
) -> dict[str, Any]:
    """What `similarity` would take out of a dataset: {documents, duplicates, near_duplicates, clusters, examples}.

    Equal documents are counted apart, the first of them stays. `work` is an empty folder for fingerprints;
    `progress` gets the characters looked at so far.
    """
    config = ImportConfig(duplicates=True, near_duplicates=similarity)
    prints = Fingerprints(work, equal=True, threshold=similarity)
    with closing(Documents(dataset)) as documents, closing(prints), Workers(wash, processes) as workers:
        done = 0
        for batch in _batches(documents, config, check):
            if isinstance(batch, Batch):
                _take(prints, workers.give(batch, check))
                done += sum(map(len, batch.texts))
            else:
                _take(prints, workers.rest(check))
                done += _take_long(prints, batch, check)
            progress(done)
        _take(prints, workers.rest(check))
        return _facts(prints.find(check), documents)


def _batches(documents: Documents, config: ImportConfig, check: Check) -> Iterator[Batch | Iterator[str]]:
    """The documents of a dataset in batches; a very long one alone, as its parts."""
    texts: list[str] = []
    size = 0
    for parts in documents.iterate():
        check()
        held, length = _held(parts)
        if length > LONG:
            yield Batch(config, texts)
            texts, size = [], 0
            yield _chained(held, parts)
            continue
        texts.append("".join(held))
        size += length
        if size >= BATCH or len(texts) >= MOST:
            yield Batch(config, texts)
            texts, size = [], 0
    yield Batch(config, texts)


def _held(parts: Parts) -> tuple[list[str], int]:
    held: list[str] = []
    length = 0
    for part in parts:
        held.append(part)
        length += len(part)
        if length > LONG:
            break
    return held, length


def _chained(held: list[str], parts: Parts) -> Iterator[str]:
    yield from held
    yield from parts


def _take(prints: Fingerprints, results: Iterator[Washed]) -> None:
    for washed in results:
        prints.add(washed.digests, washed.slots)


def _take_long(prints: Fingerprints, parts: Iterator[str], check: Check) -> int:
    """Take a long document; its characters. Its hash is never that of a short one, so it need not be the same."""
    whole, length, mark = Sketch(), 0, 0
    for part in parts:
        check()
        whole.take(part)
        length += len(part)
        mark = digest_of(f"{mark} {part}")
    prints.add(np.array([mark], dtype=np.uint64), whole.finish())
    return length


def _facts(found: Found, documents: Documents) -> dict[str, Any]:
    texts = documents.previews([number for one in found.largest for number in (one.first, one.other)])
    examples = [
        {"documents": one.size, "similarity": one.similarity, "stays": texts[one.first], "goes": texts[one.other]}
        for one in found.largest
    ]
    return {
        "documents": len(found.gone),
        "duplicates": found.equal,
        "near_duplicates": found.near,
        "clusters": found.clusters,
        "examples": examples,
    }
