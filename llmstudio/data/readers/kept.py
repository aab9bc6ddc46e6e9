"""Reads the documents of a dataset again, whole and in order, so that they can be cleaned or split anew."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby, islice
from typing import Any

from llmstudio.data import database, rowpack
from llmstudio.data.documents import TEXT
from llmstudio.data.readers.columns import Choice
from llmstudio.data.readers.document import Document
from llmstudio.data.readers.sources import Source

MANIFEST = "dataset.json"
WHOLE_PARTS = 256  # of at most 16,384 characters: longer documents come as blocks
_ROWS = 128
_SQL = "SELECT document, text, label, columns, source FROM kept"
Part = tuple[int, str, str | None, str | None, str]


def is_kept(source: Source) -> bool:
    """Whether a source is the documents file of a dataset rather than a table from outside."""
    path = source.path
    return path is not None and path.name == TEXT and (path.parent / MANIFEST).is_file()


def name_of(source: Source) -> str:
    """What a dataset is called as a source: "Small stories (dataset)"."""
    assert source.path is not None
    facts = json.loads((source.path.parent / MANIFEST).read_bytes())
    return f"{facts.get('title', source.path.parent.name)} (dataset)"


def read(source: Source, choice: Choice, tap: Callable[[int], None] = lambda _: None) -> Iterator[Document]:
    """The documents with their labels, columns and first sources; fills `choice` from the dataset's manifest."""
    assert source.path is not None
    facts = json.loads((source.path.parent / MANIFEST).read_bytes())
    choice.columns[:] = list(facts.get("columns", []))
    choice.text, choice.label = str(facts.get("text_column", "")), str(facts.get("label_column", ""))
    connection = database.connect()
    try:
        database.view(connection, "kept", source.path)
        for _, parts in groupby(_stream(connection, source, tap), key=lambda part: part[0]):
            yield _document(parts)
    finally:
        connection.close()


def _document(parts: Iterator[Part]) -> Document:
    first = next(parts)
    rest = (part[1] for part in parts)
    held = list(islice(rest, WHOLE_PARTS))
    following = next(rest, None)
    if following is None:
        text = first[1] + "".join(held)
        columns = rowpack.unpack(first[3], text) if first[3] else None
        return Document(first[4], text, label=first[2], columns=columns)
    columns = rowpack.unpack(first[3], "") if first[3] else None  # without the text, which is not held
    blocks: Iterable[str] = chain([first[1], *held, following], rest)
    return Document(first[4], blocks=blocks, label=first[2], columns=columns)


def _stream(connection: Any, source: Source, tap: Callable[[int], None]) -> Iterator[Part]:
    total = connection.cursor().execute("SELECT count(*) FROM kept").fetchone()[0]
    found = connection.execute(_SQL)
    step, done = source.stored / max(total, 1), 0
    while rows := found.fetchmany(_ROWS):
        tap(int((done + len(rows)) * step) - int(done * step))
        done += len(rows)
        yield from rows
