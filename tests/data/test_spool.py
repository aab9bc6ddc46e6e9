"""What goes through the spool comes out the same: text, order, labels, columns and cuts."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.base.errors import Interrupt
from llmstudio.data import chunks
from llmstudio.data.documents import PART, Documents
from llmstudio.data.split import Plan, decide
from llmstudio.data.spool import Spool


def written(folder: Path, spool: Spool, plan: Plan | None = None, by: str = "document") -> Documents:
    fractions, characters = np.frombuffer(spool.fractions), np.frombuffer(spool.characters, dtype=np.int64)
    plan = plan or decide(by, (0.8, 0.1, 0.1), fractions, characters, tables=False)  # type: ignore[arg-type]
    spool.write(folder, plan)
    spool.close()
    return Documents(folder)


def texts(documents: Documents, split: str | None = None) -> list[str]:
    return ["".join(parts) for parts in documents.iterate(split)]


@given(
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30), min_size=1, max_size=8),
    st.lists(st.integers(0, 200), min_size=2, max_size=2).map(sorted),
)
@settings(max_examples=25, deadline=None)
def test_any_cut_by_position_falls_exactly_there(
    tmp_path_factory: pytest.TempPathFactory, given_texts: list[str], cuts: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("set")
    spool = Spool(folder / "spool", 0)
    for text in given_texts:
        spool.add(text)
    whole = "".join(given_texts)
    first, second = (min(cut, len(whole)) for cut in cuts)
    with closing(written(folder, spool, Plan("position", "", (1, 0, 0), (first, second)))) as documents:
        assert texts(documents) == given_texts
        parts = ["".join(texts(documents, name)) for name in ("train", "val", "test")]
        assert parts == [whole[:first], whole[first:second], whole[second:]]
        assert [documents.facts()["splits"][name]["characters"] for name in ("train", "val", "test")] == [
            len(part) for part in parts
        ]


def test_a_cut_inside_a_document_leaves_it_open_and_its_parts_numbered(tmp_path: Path) -> None:
    text = "".join(chr(65 + i % 26) for i in range(3 * PART))
    spool = Spool(tmp_path / "spool", 0)
    spool.add(text, source="a.txt")
    with closing(written(tmp_path, spool, Plan("position", "", (1, 0, 0), (PART + 7, 2 * PART)))) as documents:
        rows = documents.page(0, 9)
        assert [(row.split, row.characters) for row in rows] == [("train", PART + 7), ("val", PART - 7), ("test", PART)]
        assert rows[1].preview == text[PART + 7 :][: len(rows[1].preview)]
        assert [parts.closed for parts in documents.iterate("train")] == [False]
        assert [parts.closed for parts in documents.iterate("test")] == [True]
        assert documents.text(0, PART - 3, 20) == text[PART - 3 : PART + 17]
        found = documents._execute("SELECT part, start FROM parts ORDER BY start").fetchall()
        assert found == [(0, 0), (1, PART), (2, PART + 7), (3, 2 * PART)]


def test_labels_columns_and_sources_stay_with_their_document(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", 0)
    spool.add("first", label="ham", columns={"n": 1, "ö": None}, source="a.csv")
    spool.add("x" * (PART + 1), label=None, columns=None, source="b.txt")
    with closing(written(tmp_path, spool, by="document")) as documents:
        assert documents.columns(0) == {"n": 1, "ö": None}
        assert documents.columns(1) == {}
        assert [(row.label, row.source) for row in documents.page(0, 5)] == [("ham", "a.csv"), (None, "b.txt")]
        assert documents.labels() == {"ham": 1}


def test_a_long_document_comes_in_blocks_or_is_dropped_without_a_trace(tmp_path: Path) -> None:
    blocks = ["ab" * PART, "c", "d" * (PART + 5), ""]
    spool = Spool(tmp_path / "spool", 0)
    spool.add("before")
    assert not spool.add_long(blocks, "x", lambda length: False)
    assert not spool.add_long([], "x", lambda length: True)
    assert spool.add_long(blocks, "x", lambda length: length == len("".join(blocks)))
    spool.add("after")
    with closing(written(tmp_path, spool)) as documents:
        assert texts(documents) == ["before", "".join(blocks), "after"]


def test_many_small_files_are_joined_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "FLUSH_ROWS", 7)
    spool = Spool(tmp_path / "spool", 0)
    for number in range(50):
        spool.add(f"document {number}")
    with closing(written(tmp_path, spool)) as documents:
        assert texts(documents) == [f"document {number}" for number in range(50)]
        assert sum(len(texts(documents, name)) for name in ("train", "val", "test")) == 50
        assert all(documents.facts()["splits"][name]["documents"] for name in ("train", "val", "test"))


def test_writing_can_be_cancelled(tmp_path: Path) -> None:
    def stop() -> None:
        raise Interrupt("cancel")

    spool = Spool(tmp_path / "spool", 0)
    spool.add("text")
    spool.check = stop
    with pytest.raises(Interrupt):
        written(tmp_path, spool)
