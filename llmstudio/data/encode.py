"""Turns a dataset into token files: streaming, in parallel, with flat memory, once for each tokenizer."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.data import halfway
from llmstudio.data.documents import Documents
from llmstudio.data.halfway import Halfway, Tally
from llmstudio.data.tokenfile import INDEX, SPLITS, TokenFile, dtype_for
from llmstudio.data.tokenizers.base import Ids, Tokenizer, clean

SCHEMA = 2
"""1 had no digest of the index and of the counts; such files are still used."""
COUNTS = "counts.bin"
SECTION = 1 << 17  # characters cut off at a time; small enough to stop within a second
LONGEST_WORD = 1 << 22  # characters without a place to cut, after which the text is cut anyway

Check = Callable[[], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Encoded:
    """The token files of one dataset for one tokenizer; `counts[i]` tells how often id i occurs in all."""

    folder: Path
    train: TokenFile
    val: TokenFile
    test: TokenFile
    vocab_size: int

    @property
    def counts(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Shape [vocab_size], read from disk each time."""
        return np.fromfile(self.folder / COUNTS, dtype="<i8")


def encode_dataset(
    dataset_folder: Path,
    tokenizer: Tokenizer,
    *,
    check: Check = lambda: None,
    progress: Progress = lambda done, total: None,
    threads: int = 1,
) -> Encoded:
    """Token files of every split, ready ones reused when neither the dataset nor the tokenizer has changed.

    `check` is called several times a second and may raise to stop, which leaves nothing behind; `progress`
    gets (characters done, characters in all). Every document is closed by the tokenizer's end_id. What was done when
    the process was killed is taken up again, up to the last document that surely lies on the disk.
    """
    target = tokens_folder(dataset_folder, tokenizer)
    manifest = files.read_json(dataset_folder / "dataset.json")
    ready = _reuse(target, tokenizer, manifest, check)
    if ready is None:
        files.sweep(target.parent)  # what a killed process left
        with (
            files.staged_folder(target, replace=target.exists()) as staging,
            halfway.open_half(staging, target, _inputs(tokenizer, manifest)) as half,
        ):
            _Writer(Documents(dataset_folder), tokenizer, manifest, half, check, progress, threads).write(staging)
        ready = open_encoded(target)
    return ready


def tokens_folder(dataset_folder: Path, tokenizer: Tokenizer) -> Path:
    """Where the token files of a dataset lie for a tokenizer, whether they exist or not."""
    return dataset_folder / "tokens" / f"{tokenizer.name}-{tokenizer.sha256[:8]}"


def open_encoded(folder: Path) -> Encoded:
    """Token files that exist. UserError if they are missing or damaged."""
    parts = {split: TokenFile.open(folder / f"{split}.bin") for split in SPLITS}
    return Encoded(folder, **parts, vocab_size=int(files.read_json(folder / INDEX)["vocab_size"]))


def _reuse(folder: Path, tokenizer: Tokenizer, manifest: dict[str, Any], check: Check) -> Encoded | None:
    """Ready token files that fit and are as they were written; what a failing disk changed is made anew."""
    if not (folder / INDEX).is_file():
        return None
    try:
        index = files.read_json(folder / INDEX)
        fits = _fits(index, _inputs(tokenizer, manifest))
        return _sound(open_encoded(folder), index, check) if fits else None
    except (UserError, AttributeError, KeyError, TypeError, OSError):
        return None


def _fits(index: dict[str, Any], inputs: dict[str, Any]) -> bool:
    """Whether an index is as it was written, and tells of these inputs."""
    rest = {key: value for key, value in index.items() if key != "digest"}
    whole = index["schema"] == 1 or index.get("digest") == files.json_digest(rest)
    return whole and {**inputs, "schema": index["schema"]}.items() <= index.items()


def _sound(encoded: Encoded, index: dict[str, Any], check: Check) -> Encoded | None:
    if len(encoded.counts) != encoded.vocab_size:
        return None
    if index["schema"] > 1 and files.sha256(encoded.folder / COUNTS) != index["counts_sha256"]:
        return None
    parts = (encoded.train, encoded.val, encoded.test)
    return encoded if all(files.sha256(part.path, check) == part.sha256 for part in parts) else None


def _inputs(tokenizer: Tokenizer, manifest: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "dataset_sha256": manifest["documents_sha256"],
        "tokenizer_sha256": tokenizer.sha256,
        "vocab_size": tokenizer.vocab_size,
        "end_id": tokenizer.end_id,
    }


class _Writer:
    """Writes one folder of token files."""

    def __init__(
        self,
        documents: Documents,
        tokenizer: Tokenizer,
        manifest: dict[str, Any],
        half: Halfway,
        check: Check,
        progress: Progress,
        threads: int,
    ) -> None:
        self.documents = documents
        self.tokenizer = tokenizer
        self.manifest = manifest
        self.half = half
        self.check = check
        self.progress = progress
        self.threads = max(1, threads)
        self.dtype = dtype_for(tokenizer.vocab_size)
        self.counts = half.counts(tokenizer.vocab_size)
        self.total = sum(part["characters"] for part in manifest["splits"].values())
        self.done = half.characters

    def write(self, folder: Path) -> None:
        """Write all splits, the counts and, last, the index."""
        facts = {split: self._split(split) for split in SPLITS}
        self.half.move(folder)
        counts = self.counts.tobytes()
        files.write_bytes(folder / COUNTS, counts)
        index = {
            **_inputs(self.tokenizer, self.manifest),
            "tokenizer": self.tokenizer.name,
            "dtype": self.dtype.str,
            "used_ids": int(np.count_nonzero(self.counts)),
            "counts_sha256": hashlib.sha256(counts).hexdigest(),
            "splits": facts,
        }
        files.write_json(folder / INDEX, {**index, "digest": files.json_digest(index)})

    def _split(self, split: str) -> dict[str, Any]:
        """Write one split, or what is missing of it; its facts."""
        tally = self.half.begin(split, self.check)
        if not tally.over:
            try:
                self._fill(split, tally)
            finally:
                self.half.close()
            self.half.keep(tally, self.counts, over=True)
        return tally.facts()

    def _fill(self, split: str, tally: Tally) -> None:
        """Keep every thread busy and at most twice as many batches in memory; write them in order."""
        with ThreadPoolExecutor(self.threads) as pool:
            waiting: deque[Future[_Batch]] = deque()
            for sections, following in self._batches(split, tally.following):
                waiting.append(pool.submit(self._encode, sections, following))
                if len(waiting) > 2 * self.threads:
                    self._put(waiting.popleft().result(), tally)
            while waiting:
                self._put(waiting.popleft().result(), tally)

    def _batches(self, split: str, first: int) -> Iterator[tuple[list[str | None], int]]:
        """The texts of a split, about SECTION characters at a time; None stands for the end of a document.

        Beside them the number of the document that follows, where the batch ends with a document, else -1.
        """
        batch: list[str | None] = []
        size = 0
        for document in self.documents.iterate(split, first) if first else self.documents.iterate(split):
            if size >= SECTION:
                yield batch, document.id
                batch, size = [], 0
            for section in cut_safely(document, self.tokenizer.cut, SECTION):
                self.check()
                if size >= SECTION:
                    yield batch, -1
                    batch, size = [], 0
                batch.append(section)
                size += len(section)
            if document.closed:
                batch.append(None)
        yield batch, -1

    def _encode(self, sections: list[str | None], following: int) -> "_Batch":
        end = np.array([self.tokenizer.end_id], dtype=np.uint32)
        texts = [section for section in sections if section is not None]
        encoded = iter(self.tokenizer.encode_many(texts))
        parts = [end if section is None else next(encoded) for section in sections]
        return _Batch(
            ids=np.concatenate(parts) if parts else end[:0],
            documents=sections.count(None),
            characters=sum(map(len, texts)),
            bytes=sum(len(text) if text.isascii() else len(clean(text).encode("utf-8")) for text in texts),
            following=following,
        )

    def _put(self, batch: "_Batch", tally: Tally) -> None:
        self.check()
        self.half.write(batch.ids.astype(self.dtype).tobytes(), tally)
        tally.tokens += len(batch.ids)
        tally.documents += batch.documents
        tally.characters += batch.characters
        tally.bytes += batch.bytes
        self.counts += np.bincount(batch.ids, minlength=len(self.counts))
        self.done += batch.characters
        if batch.following >= 0:
            tally.following = batch.following
            self.half.keep_now_and_then(tally, self.counts)
        self.progress(self.done, self.total)


@dataclass(frozen=True)
class _Batch:
    """Some sections as ids, and what they were."""

    ids: Ids
    documents: int
    characters: int
    bytes: int
    following: int


def cut_safely(
    parts: Iterable[str], cut: Callable[[str], int], size: int = SECTION, longest: int = LONGEST_WORD
) -> Iterator[str]:
    """A document's parts, cut anew into sections of about `size` characters whose ids join to the whole's.

    `cut` is a tokenizer's. A text without a place to cut for `longest` characters is cut there all the same, so that
    memory stays bounded: a few ids may then differ, the text does not.
    """
    held, searched = "", 0
    for part in parts:
        held += part
        while len(held) - searched >= size:
            place = cut(held[searched : searched + size])
            searched += place or size - 1  # one character again: a cut lies between two
            if place or searched >= longest:
                yield held[:searched]
                held, searched = held[searched:], 0
    if held:
        yield held
