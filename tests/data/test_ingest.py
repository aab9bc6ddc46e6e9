"""Documents are cleaned, measured and compared on their way in."""

from contextlib import closing
from pathlib import Path

import numpy as np

from llmstudio.config.dataset import ImportConfig
from llmstudio.data.documents import Documents
from llmstudio.data.ingest import Removed, ingest
from llmstudio.data.readers.document import Document
from llmstudio.data.split import decide
from llmstudio.data.spool import Spool


def taken(folder: Path, documents: list[Document], **options: object) -> tuple[list[str], Removed]:
    spool = Spool(folder / "spool", 0)
    _, removed = ingest(documents, ImportConfig(**options), spool, lambda: None)
    fractions, characters = np.frombuffer(spool.fractions), np.frombuffer(spool.characters, dtype=np.int64)
    spool.write(folder, decide("document", (1, 0, 0), fractions, characters, tables=False))
    spool.close()
    with closing(Documents(folder)) as found:
        return ["".join(parts) for parts in found.iterate()], removed


def long(*blocks: str) -> Document:
    return Document("long.txt", blocks=iter(blocks))


def test_blank_documents_are_left_out_and_counted(tmp_path: Path) -> None:
    texts, removed = taken(tmp_path, [Document("a", "one"), Document("a", " \n"), Document("a", ""), long(" ", "\n")])
    assert texts == ["one"]
    assert removed.counts == {"empty": 3, "duplicate": 0, "short": 0, "long": 0}


def test_the_first_of_equal_documents_stays_whether_short_or_long(tmp_path: Path) -> None:
    documents = [Document("a", "same"), long("sa", "me"), Document("a", "other"), Document("a", "same")]
    texts, removed = taken(tmp_path, documents, duplicates=True)
    assert texts == ["same", "other"]
    assert removed.counts["duplicate"] == 2
    assert removed.examples["duplicate"].startswith("sa")


def test_without_the_option_equal_documents_stay(tmp_path: Path) -> None:
    assert taken(tmp_path, [Document("a", "same"), Document("a", "same")])[0] == ["same", "same"]


def test_lengths_are_measured_after_cleaning(tmp_path: Path) -> None:
    documents = [Document("a", "  ab  "), Document("a", "abcd"), Document("a", "abcdefgh"), long("abc", "defghi")]
    texts, removed = taken(tmp_path, documents, whitespace=True, min_length=3, max_length=5)
    assert texts == ["abcd"]
    assert (removed.counts["short"], removed.counts["long"]) == (1, 2)


def test_without_cleaning_a_long_document_is_kept_to_the_letter(tmp_path: Path) -> None:
    blocks = (" \r\n lead ", "x" * 20_000, "\ttail \n\n")
    assert taken(tmp_path, [long(*blocks)])[0] == ["".join(blocks)]
