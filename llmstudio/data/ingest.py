"""The road of documents into a dataset: cleaned and measured in batches, kept, and in the end the repeated ones go."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from llmstudio.config.dataset import NEAR, ImportConfig
from llmstudio.data import spool as spools
from llmstudio.data.clean.cleaner import Cleaner
from llmstudio.data.neardup import Fingerprints, Found
from llmstudio.data.readers.document import Document
from llmstudio.data.sketch import Sketch
from llmstudio.data.spool import Spool
from llmstudio.data.wash import Batch, Washed, wash
from llmstudio.data.workers import Workers

BATCH = 1 << 19  # characters handed over at a time
MOST = 1024  # documents handed over at a time
SHOWN = 160
Progress = Callable[[float], None]
Keep = Callable[[dict[str, Any], int], None]


def _never(state: dict[str, Any], back: int) -> None:
    """Nobody takes notes."""


@dataclass
class Removed:
    """Documents that were not kept, by reason."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("empty", "duplicate", "short", "long"), 0))
    examples: dict[str, str] = field(default_factory=dict)
    clusters: dict[str, Any] = field(default_factory=dict)

    def add(self, reason: str, text: str = "") -> None:
        """Count one, and remember the beginning of the first."""
        self.counts[reason] += 1
        self.examples.setdefault(reason, text[:SHOWN])

    def state(self) -> dict[str, Any]:
        """What was counted, for `restore`."""
        return {"counts": dict(self.counts), "examples": dict(self.examples)}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on counting."""
        self.counts.update(state["counts"])
        self.examples.update(state["examples"])


def ingest(
    documents: Iterable[Document],
    config: ImportConfig,
    spool: Spool,
    check: Callable[[], None],
    *,
    processes: int = 0,
    keep: Keep = _never,
    earlier: dict[str, Any] | None = None,
) -> tuple[Cleaner, Removed]:
    """Take every document into the spool; returns what cleaning did and what was dropped.

    `processes` help (0: none do). Repeated documents are still there: `sift` takes them out. Now and then
    `keep(state, back)` is given all that a later process needs to go on: with that state as `earlier`, a spool made
    from state["spool"], and the documents that follow, the last `back` of those given so far among them. Where this
    happens depends on the documents alone, so that the spool is the same whether it was interrupted or not.
    """
    road = _Road(config, spool, keep, earlier)
    with Workers(wash, processes) as workers:
        for document in documents:
            check()
            if document.blocks is None:
                if road.add(document):
                    road.keep(workers.give(road.batch(), check))
                    if road.due:
                        road.keep(workers.rest(check))
                        road.note()
                continue
            road.keep(workers.give(road.batch(), check))
            road.keep(workers.rest(check))
            road.take_long(document, document.blocks)
            if road.due:
                road.note()
        road.keep(workers.give(road.batch(), check))
        road.keep(workers.rest(check))
    if road.noted:
        road.note()
    return road.cleaner, road.removed


def sift(spool: Spool, removed: Removed, check: Callable[[], None], progress: Progress = lambda share: None) -> None:
    """Take repeated documents out of the spool, all but the first of equal or nearly equal ones."""
    if spool.prints is None:
        return
    found = spool.prints.find(check, progress)
    removed.counts["duplicate"] += found.equal
    if found.first_equal >= 0:
        removed.examples["duplicate"] = spool.previews([found.first_equal])[found.first_equal][:SHOWN]
    if spool.prints.threshold:
        removed.counts[NEAR] = found.near
        removed.clusters = described(found, spool)
        for cluster in removed.clusters["examples"][:1]:
            removed.examples[NEAR] = cluster["goes"][:SHOWN]
    spool.drop(found.gone)


def described(found: Found, spool: Spool) -> dict[str, Any]:
    """The clusters of near-duplicates for the manifest, the largest with the beginnings of two of their texts."""
    wanted = [number for cluster in found.largest for number in (cluster.first, cluster.other)]
    texts = spool.previews(wanted)
    examples = [
        {
            "documents": cluster.size,
            "similarity": cluster.similarity,
            "stays": texts[cluster.first],
            "goes": texts[cluster.other],
        }
        for cluster in found.largest
    ]
    return {"clusters": found.clusters, "documents": found.near, "examples": examples}


class _Road:
    """Hands documents on in batches and keeps what comes back, in their order."""

    def __init__(self, config: ImportConfig, spool: Spool, keep: Keep, earlier: dict[str, Any] | None) -> None:
        self.config, self.spool = config, spool
        self.cleaner, self.removed = Cleaner(config), Removed()
        self.noted = earlier is not None
        if earlier is not None:
            self.cleaner.restore(earlier["cleaning"])
            self.removed.restore(earlier["removed"])
        self._keep = keep
        self._open: list[Document] = []
        self._size = self._since = 0
        self._out: deque[list[Document]] = deque()
        if config.duplicates or config.near_duplicates:
            folder = spool.folder / "prints"
            spool.prints = Fingerprints(
                folder, equal=config.duplicates, threshold=config.near_duplicates, state=spool.prints_state
            )

    @property
    def due(self) -> bool:
        """Whether enough documents passed since the last note."""
        return self._since >= spools.EVERY

    def note(self) -> None:
        """Let how far it is be noted; all documents must be kept."""
        self._tell(self._facts(), 0)
        self._since = 0

    def _facts(self) -> dict[str, Any]:
        return {"cleaning": [report.record() for report in self.cleaner.reports], "removed": self.removed.state()}

    def _tell(self, facts: dict[str, Any], back: int) -> None:
        self.noted = True
        self._keep({**facts, "spool": self.spool.state()}, back)

    def add(self, document: Document) -> bool:
        """Take a short document; True when a batch is full."""
        self._open.append(document)
        self._size += len(document.text)
        self._since += len(document.text)
        return self._size >= BATCH or len(self._open) >= MOST

    def batch(self) -> Batch:
        """What was gathered since the last one, to be washed."""
        batch, self._open, self._size = self._open, [], 0
        self._out.append(batch)
        return Batch(self.config, [document.text for document in batch])

    def keep(self, results: Iterable[Washed]) -> None:
        """Put washed batches, in the order in which they went out, into the spool."""
        for washed in results:
            self.cleaner.merge(washed.reports)
            both = zip(self._out.popleft(), washed.texts, washed.fractions, strict=True)
            kept = np.array([self._kept(*one) for one in both], dtype=bool)
            if self.spool.prints is not None:
                self.spool.prints.add(washed.digests[kept], washed.slots[kept] if washed.slots is not None else None)

    def _kept(self, document: Document, changed: str | None, u: float) -> bool:
        text = document.text if changed is None else changed
        if reason := self._reason(len(text), not text or text.isspace()):
            self.removed.add(reason, text)
            return False
        self.spool.add(text, document.label, document.columns, document.source, u)
        return True

    def take_long(self, document: Document, blocks: Iterable[str]) -> None:
        """Take a document that comes in blocks, all before it being kept."""
        watch = _Watch(Sketch() if self.config.near_duplicates else None)
        reason, before, facts = "", self.spool.total, self._facts()

        def note() -> None:  # what is known of this document is found anew when it is read again
            self._since = spools.EVERY
            self._tell(facts, 1)

        def keep(length: int) -> bool:
            nonlocal reason
            reason = self._reason(length, not watch.text)
            return not reason

        if not self.spool.add_long(watch.over(self.cleaner.clean_long(blocks)), document.source, keep, note):
            self.removed.add(reason or "empty", watch.first)
        elif self.spool.prints is not None:
            digest = np.frombuffer(watch.digest.digest(), dtype="<u8")
            self.spool.prints.add(digest, watch.sketch.finish() if watch.sketch is not None else None)
        self._since += self.spool.total - before

    def _reason(self, length: int, is_blank: bool) -> str:
        if is_blank:
            return "empty"
        if length < self.config.min_length:
            return "short"
        return "long" if 0 < self.config.max_length < length else ""


class _Watch:
    """Sees the blocks of a long document pass: its hash, its sketch, its beginning, and whether it is blank."""

    def __init__(self, sketch: Sketch | None) -> None:
        self.digest = hashlib.blake2b(digest_size=8)
        self.sketch, self.text, self.first = sketch, False, ""

    def over(self, blocks: Iterable[str]) -> Iterator[str]:
        """The same blocks."""
        for block in blocks:
            self.digest.update(block.encode("utf-8", "surrogatepass"))
            if self.sketch is not None:
                self.sketch.take(block)
            self.first = self.first or block[:SHOWN]
            self.text = self.text or not block.isspace()
            yield block
