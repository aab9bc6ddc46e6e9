"""The road of a document into a dataset: cleaned, measured, compared with those before it, and kept or dropped."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from llmstudio.config.dataset import ImportConfig
from llmstudio.data.clean.cleaner import Cleaner
from llmstudio.data.readers.document import Document
from llmstudio.data.spool import Spool


@dataclass
class Removed:
    """Documents that were not kept, by reason."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("empty", "duplicate", "short", "long"), 0))
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, reason: str, text: str = "") -> None:
        """Count one, and remember the beginning of the first."""
        self.counts[reason] += 1
        self.examples.setdefault(reason, text[:160])


def ingest(
    documents: Iterable[Document],
    config: ImportConfig,
    spool: Spool,
    check: Callable[[], None],
) -> tuple[Cleaner, Removed]:
    """Take every document into the spool; returns what cleaning did and what was dropped."""
    road = _Road(config, spool)
    for document in documents:
        check()
        if document.blocks is None:
            road.take(document)
        else:
            road.take_long(document, document.blocks)
    return road.cleaner, road.removed


class _Road:
    def __init__(self, config: ImportConfig, spool: Spool) -> None:
        self.config, self.spool = config, spool
        self.cleaner, self.removed = Cleaner(config), Removed()
        self._seen: set[int] = set()

    def take(self, document: Document) -> None:
        text = self.cleaner.clean(document.text)
        reason = self._reason(len(text), not text or text.isspace())
        if not reason and self.config.duplicates:
            reason = self._duplicate(hashlib.blake2b(text.encode(), digest_size=8).digest())
        if reason:
            self.removed.add(reason, text)
        else:
            self.spool.add(text, document.label, document.columns, document.source)

    def take_long(self, document: Document, blocks: Iterable[str]) -> None:
        digest, seen = hashlib.blake2b(digest_size=8), _Seen()
        reason = ""

        def keep(length: int) -> bool:
            nonlocal reason
            reason = self._reason(length, not seen.text)
            if not reason and self.config.duplicates:
                reason = self._duplicate(digest.digest())
            return not reason

        stream = _watched(self.cleaner.clean_long(blocks), digest.update, seen)
        if not self.spool.add_long(stream, document.source, keep):
            self.removed.add(reason or "empty", seen.first)

    def _reason(self, length: int, is_blank: bool) -> str:
        if is_blank:
            return "empty"
        if length < self.config.min_length:
            return "short"
        return "long" if 0 < self.config.max_length < length else ""

    def _duplicate(self, digest: bytes) -> str:
        """By a hash of 64 bits: about 70 bytes of memory for each document."""
        key = int.from_bytes(digest, "little")
        if key in self._seen:
            return "duplicate"
        self._seen.add(key)
        return ""


@dataclass
class _Seen:
    text: bool = False
    first: str = ""


def _watched(blocks: Iterable[str], update: Callable[[bytes], None], seen: _Seen) -> Iterator[str]:
    for block in blocks:
        update(block.encode())
        seen.first = seen.first or block[:160]
        seen.text = seen.text or not block.isspace()
        yield block
