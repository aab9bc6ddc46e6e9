"""A quick look at what an import would read: formats, encodings, columns and the first documents.

Encodings are judged by the first 2 MiB of at most 20 files and rows are read only as far as they are shown, so a
fault further down appears only in the import itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from llmstudio.base.errors import UserError
from llmstudio.config.dataset import ImportConfig
from llmstudio.data import decode
from llmstudio.data.clean.cleaner import Cleaner, Report
from llmstudio.data.readers import sources, text
from llmstudio.data.readers.document import Document, Faults, RowFault
from llmstudio.data.readers.read import Reading, SourceFacts
from llmstudio.data.readers.sources import Finding, Source

HEAD = 2 << 20
MOST_FILES = 20
SHOWN = 4_000
Confidence = Literal["sure", "chosen", "guess", "unknown"]


@dataclass
class FileView:
    """One file as the import sheet shows it. With confidence "guess" a person has to confirm `encoding`."""

    name: str
    format: str
    bytes: int
    encoding: str = ""
    confidence: Confidence = "sure"
    candidates: tuple[str, ...] = ()
    header: bool = False
    columns: tuple[str, ...] = ()
    delimiter: str = ""
    text_column: str = ""
    label_column: str = ""
    problem: UserError | None = None


@dataclass
class DocumentView:
    """The beginning of a document, before and after cleaning, with its label."""

    source: str
    text: str
    cleaned: str
    label: str | None
    characters: int


@dataclass
class Preview:
    """All that the import sheet shows before anything is kept."""

    files: list[FileView] = field(default_factory=list)
    file_count: int = 0
    bytes: int = 0
    documents: list[DocumentView] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    cleaning: list[Report] = field(default_factory=list)
    proposals: dict[str, tuple[str, str]] = field(default_factory=dict)


def preview(
    paths: tuple[str, ...] | list[str],
    config: ImportConfig,
    limit: int = 10,
    check: Callable[[], None] = lambda: None,
) -> Preview:
    """Look at the files; raises UserError only where nothing at all can be read."""
    finding = sources.find(config.model_copy(update={"paths": tuple(paths)}) if paths else config, check)
    try:
        return _Look(finding, config, limit, check).look()
    finally:
        finding.close()


class _Look:
    def __init__(self, finding: Finding, config: ImportConfig, limit: int, check: Callable[[], None]) -> None:
        self.finding, self.config, self.limit, self.check = finding, config, limit, check
        self.cleaner = Cleaner(config)
        self.seen = Preview(file_count=len(finding.sources), bytes=sum(s.stored for s in finding.sources))

    def look(self) -> Preview:
        if self.finding.skipped:
            names = ", ".join(self.finding.skipped[:3])
            self.seen.warnings.append(f"Of no known kind and passed over: {names}.")
        for source in self.finding.sources[:MOST_FILES]:
            self.check()
            view = FileView(source.name, source.format, source.stored)
            self.seen.files.append(view)
            try:
                self._file(source, view)
            except UserError as error:
                view.problem = error
                self.seen.warnings.append(str(error))
        self.seen.cleaning = self.cleaner.reports
        return self.seen

    def _file(self, source: Source, view: FileView) -> None:
        if source.format == "parquet":
            view.encoding = "utf-8"
        else:
            self._encoding(source, view)
        if not view.encoding or len(self.seen.documents) >= self.limit:
            return
        faults = Faults(stop=False)
        reading = Reading(Finding([source], []), self.config, faults, self.check)
        reading.facts.append(SourceFacts(source.name, -1, "", view.encoding, source.format))
        try:
            self._documents(reading, source)
        finally:
            self.seen.faults += faults.found
            view.header, view.delimiter = reading.table.header, reading.table.delimiter
            view.columns = tuple(reading.choice.columns)
            view.text_column, view.label_column = reading.choice.text, reading.choice.label

    def _encoding(self, source: Source, view: FileView) -> None:
        head, whole = _head(source)
        found = decode.recognise(head, declares=source.format in ("html", "xml"), whole=whole)
        if not found.bytes:
            raise UserError(f"{source.name} is empty.", "Choose a file with text.", location="byte 0")
        if self.config.encoding != "auto":
            decode.resolve(self.config.encoding)
            view.encoding, view.confidence = self.config.encoding, "chosen"
        elif found.encoding:
            view.encoding = found.encoding
        else:
            view.candidates = found.candidates
            view.encoding = "" if found.binary else next(iter(found.candidates), "")
            view.confidence = "guess" if view.encoding else "unknown"
            if not view.encoding or found.cut:
                raise decode.unsure(source.name, found)
            best = decode.spoken(view.encoding)
            self.seen.warnings.append(
                f"{source.name} is not UTF-8. It reads well as {best}. Check the preview, then import."
            )

    def _documents(self, reading: Reading, source: Source) -> None:
        for document in islice(reading.documents(), self.limit - len(self.seen.documents)):
            self._show(document, source)

    def _show(self, document: Document, source: Source) -> None:
        whole = document.text if document.blocks is None else next(iter(document.blocks), "")
        if source.format in sources.TEXTS and self.config.documents == "file":
            value, why = text.propose(whole)
            if value:
                self.seen.proposals["documents"] = (value, why)
        if source.format in ("html", "xml") and not self.config.markup:
            self.seen.proposals["markup"] = ("yes", "The text holds mark-up.")
        cleaned = self.cleaner.clean(whole[:HEAD])
        self.seen.documents.append(
            DocumentView(document.source, whole[:SHOWN], cleaned[:SHOWN], document.label, len(whole))
        )


def _head(source: Source) -> tuple[list[bytes], bool]:
    """The first two million bytes, and whether that is all."""
    blocks, size = [], 0
    for block in source.blocks():
        blocks.append(block)
        size += len(block)
        if size >= HEAD:
            return blocks, False
    return blocks, True
