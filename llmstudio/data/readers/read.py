"""Reads everything an import names: recognises each file's encoding first, then yields its documents."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.config.dataset import ImportConfig
from llmstudio.data import decode
from llmstudio.data.readers import columns, jsonrows, kept, parquetrows, sources, text
from llmstudio.data.readers import table as tables
from llmstudio.data.readers.document import Document, Faults
from llmstudio.data.readers.sources import Finding, Source


@dataclass
class SourceFacts:
    """What is remembered of a source in the dataset's manifest."""

    name: str
    bytes: int
    sha256: str
    encoding: str
    format: str

    def record(self) -> dict[str, Any]:
        """For the manifest."""
        return asdict(self)


@dataclass
class Reading:
    """Reads `finding` in two passes and gathers what the manifest tells. `check` may raise to stop at any block."""

    finding: Finding
    config: ImportConfig
    faults: Faults
    check: Callable[[], None] = lambda: None
    tap: Callable[[int], None] = lambda _: None
    facts: list[SourceFacts] = field(default_factory=list)
    choice: columns.Choice = field(default_factory=lambda: columns.Choice([]))
    table: tables.Table = field(default_factory=tables.Table)
    empty: list[str] = field(default_factory=list)
    _begun: dict[str, Any] = field(default_factory=dict)
    _given: int = 0
    _skipped: tuple[int, int] = (0, 0)

    @property
    def total(self) -> int:
        """Stored bytes that both passes take."""
        return 2 * sum(source.stored for source in self.finding.sources)

    def recognise(self) -> None:
        """First pass: hash and encoding of every source. Raises UserError for the first that is unsure."""
        for source in self.finding.sources:
            self.check()
            self.facts.append(self._recognise(source))
        if len(self.empty) == len(self.finding.sources):
            name = self.finding.sources[0].name
            what = f"{name} is empty." if len(self.empty) == 1 else "All files are empty."
            raise UserError(what, "Choose a file with text.", field="paths", location="byte 0")

    def documents(self) -> Iterator[Document]:
        """Second pass: every document, in the order of the sources, from where `go_on` said."""
        first, skip = self._skipped
        for number, (source, facts) in enumerate(zip(self.finding.sources, self.facts, strict=True)):
            if number < first:
                self._taps(source.stored)
                continue
            self._begin(number)
            if source.name in self.empty:
                continue
            for document in self._documents(source, facts):
                self._given += 1
                if number > first or self._given > skip:
                    yield document
        self._begin(len(self.finding.sources))

    def state(self, back: int = 0) -> dict[str, Any]:
        """Which documents were given, the last `back` of them not counted: for `go_on` in a later process."""
        return {**self._begun, "documents": self._given - back}

    def go_on(self, state: dict[str, Any]) -> None:
        """Leave out the documents that were given when `state` was told; the sources must be the same.

        Sources given whole are not read again; of the one after them the first documents are read and passed over.
        """
        self._skipped = (int(state["source"]), int(state["documents"]))
        self.faults.restore(state["faults"])
        self.choice = columns.Choice(**state["choice"])
        self.table = tables.Table(**state["table"])
        self._begin(self._skipped[0])

    def _begin(self, source: int) -> None:
        """A source begins: what was found until then."""
        self._given = 0
        self._begun = {
            "source": source,
            "faults": self.faults.state(),
            "choice": asdict(self.choice),
            "table": asdict(self.table),
        }

    def _recognise(self, source: Source) -> SourceFacts:
        if source.format == "parquet" and source.path:
            digest = files.sha256(source.path, self.check)
            self.tap(source.stored)
            name = kept.name_of(source) if kept.is_kept(source) else source.name
            return SourceFacts(name, source.stored, digest, "utf-8", "parquet")
        found = decode.recognise(self._blocks(source), declares=source.format in ("html", "xml"))
        if not found.bytes:
            self.empty.append(source.name)
        encoding = found.encoding
        if self.config.encoding != "auto":
            decode.resolve(self.config.encoding)
            encoding = self.config.encoding
        elif not encoding and found.bytes:
            raise decode.unsure(source.name, found)
        return SourceFacts(source.name, found.bytes, found.sha256, encoding or "utf-8", source.format)

    def _documents(self, source: Source, facts: SourceFacts) -> Iterator[Document]:
        if kept.is_kept(source):  # its documents again, to be cleaned or split anew
            yield from kept.read(source, self.choice, self._taps)
            return
        if source.format == "parquet":
            rows: Iterator[tuple[int, Any]] = parquetrows.read(source, self.faults, self._taps)
        else:
            blocks = decode.text(self._same(source, facts.bytes), facts.encoding, source.name)
            if source.format in sources.TEXTS:
                yield from text.read(blocks, source.name, self.config)
                return
            rows = self._rows(blocks, source)
        wanted = self.config
        yield from columns.documents(
            rows, source.name, wanted.text_column, wanted.label_column, self.faults, self.choice
        )

    def _rows(self, blocks: Iterator[str], source: Source) -> Iterator[tuple[int, Any]]:
        if source.format == "json":
            return jsonrows.read_whole(blocks, source.name, self.faults)
        if source.format == "jsonl":
            return jsonrows.read_lines(blocks, source.name, self.faults)
        return tables.read(blocks, source.name, source.format, self.config, self.faults, self.table)

    def _same(self, source: Source, size: int) -> Iterator[bytes]:
        """The blocks once more; raises UserError unless they are `size` bytes again (-1: not known)."""
        seen = 0
        for block in self._blocks(source):
            seen += len(block)
            yield block
        if seen != size >= 0:
            message = f"{source.name} was changed while it was read."
            raise UserError(message, "Import it again when it is complete.", field="paths", location=f"byte {seen}")

    def _blocks(self, source: Source) -> Iterator[bytes]:
        for block in source.blocks(self._taps):
            self.check()
            yield block

    def _taps(self, amount: int) -> None:
        self.check()
        self.tap(amount)
