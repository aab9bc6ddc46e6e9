"""A dataset's own documents are read again whole, with labels and columns."""

import json
from pathlib import Path

import pytest

from llmstudio.data.documents import TEXT
from llmstudio.data.readers import kept
from llmstudio.data.readers.columns import Choice
from llmstudio.data.readers.sources import Source
from llmstudio.data.split import Plan
from llmstudio.data.spool import Spool

LONG = "word " * 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "dataset"
    made.mkdir()
    spool = Spool(tmp_path / "spool", seed=0)
    spool.add("Come at five", "ham", {"kind": "ham", "text": "Come at five"}, "sms.csv")
    spool.add("x" * 40_000, None, None, "b.txt")
    spool.add_long([LONG[:3_000_000], LONG[3_000_000:]], "book.txt", lambda _length: True)
    spool.write(made, Plan("position", "chosen", (0.5, 0.5, 0.0), (20, 5_000_000)))
    spool.close()
    facts = {"title": "Small stories", "columns": ["kind", "text"], "text_column": "text", "label_column": "kind"}
    (made / "dataset.json").write_text(json.dumps(facts))
    return made


def source(folder: Path) -> Source:
    path = folder / TEXT
    return Source(TEXT, "parquet", path.stat().st_size, path)


def test_documents_come_whole_whatever_split_cut_them(folder: Path) -> None:
    choice = Choice([])
    taps: list[int] = []
    found = []
    for document in kept.read(source(folder), choice, taps.append):
        text = document.text if document.blocks is None else "".join(document.blocks)
        found.append((text, document.label, document.columns, document.source))
    assert found[0] == ("Come at five", "ham", {"kind": "ham", "text": "Come at five"}, "sms.csv")
    assert found[1] == ("x" * 40_000, None, None, "b.txt")
    assert found[2] == (LONG, None, None, "book.txt")
    assert (choice.columns, choice.text, choice.label) == (["kind", "text"], "text", "kind")
    assert sum(taps) == source(folder).stored


def test_only_a_document_file_beside_its_manifest_is_kept(folder: Path) -> None:
    assert kept.is_kept(source(folder))
    assert kept.name_of(source(folder)) == "Small stories (dataset)"
    (folder / "dataset.json").unlink()
    assert not kept.is_kept(source(folder))
    assert not kept.is_kept(Source("pasted text", "txt", 3, pasted="abc"))
