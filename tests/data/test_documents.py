"""Pages, texts and streams of a dataset."""

from contextlib import closing
from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.data.documents import PART, Documents
from tests.data.corpus import make_dataset

TEXTS = [f"Document number {i}" + (" with Ähren" if i % 10 == 0 else "") for i in range(200)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sets") / "set"
    make_dataset(path, TEXTS)
    return path


@pytest.fixture
def documents(folder: Path) -> Documents:
    return Documents(folder)


def test_pages_follow_one_another(documents: Documents) -> None:
    rows = [row for offset in range(0, 210, 30) for row in documents.page(offset, 30)]
    assert [row.preview for row in rows] == TEXTS
    assert [row.id for row in rows] == list(range(200))
    assert documents.page(500, 10) == []


def test_pages_of_a_split_and_of_a_search(documents: Documents) -> None:
    total = 0
    for split in ("train", "val", "test"):
        rows = documents.page(0, 500, split)
        assert {row.split for row in rows} == {split}
        assert documents.count(split) == len(rows)
        total += len(rows)
    assert total == documents.count() == 200
    found = documents.page(5, 100, search="ähREN")
    assert [row.id for row in found] == [50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180, 190]
    assert documents.count(search="nowhere") == 0
    both = documents.page(0, 100, "train", "Ähren")
    assert all(row.split == "train" and row.id % 10 == 0 for row in both)


def test_search_takes_characters_literally(documents: Documents) -> None:
    assert documents.count(search="%") == 0
    assert documents.count(search="'; DROP TABLE parts") == 0


def test_a_long_text_is_read_from_any_place(tmp_path: Path) -> None:
    text = "".join(f"{number:07}\n" for number in range(6000))
    make_dataset(tmp_path / "set", [text, "short"])
    with closing(Documents(tmp_path / "set")) as documents:
        for start, limit in [(0, 10), (PART - 1, 5), (PART, 3 * PART), (len(text) - 4, 100), (len(text), 5)]:
            assert documents.text(0, start, limit) == text[start : start + limit]
        assert documents.text(1) == "short"
        assert documents.text(7) == ""


def test_a_stream_may_be_left_in_the_middle_of_a_document(tmp_path: Path) -> None:
    make_dataset(tmp_path / "set", ["a" * 3 * PART, "b", "c" * 2 * PART])
    with closing(Documents(tmp_path / "set")) as documents:
        firsts = [(parts.id, next(parts)[:1]) for parts in documents.iterate()]
    assert firsts == [(0, "a"), (1, "b"), (2, "c")]


def test_a_missing_file_is_a_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is missing"):
        Documents(tmp_path)


def test_records_are_whole_documents(tmp_path: Path) -> None:
    long = "word " * PART
    with closing(Documents(make_dataset(tmp_path / "set", ["first", long, "last"]))) as documents:
        assert [(record.id, record.text) for record in documents.records()] == [(0, "first"), (1, long), (2, "last")]
        assert [record.text for record in documents.records(1)] == ["first"]
        first = next(documents.records())
        assert (first.label, first.columns) == (None, None)
        assert first.split in ("train", "val", "test")


def test_documents_are_read_from_a_number_on(tmp_path: Path) -> None:
    with closing(Documents(make_dataset(tmp_path / "d", list("abcdef"), shares=(1, 0, 0)))) as documents:
        assert [(parts.id, "".join(parts)) for parts in documents.iterate(first=4)] == [(4, "e"), (5, "f")]
        assert [parts.id for parts in documents.iterate("train", 5)] == [5]
        assert documents.previews([3, 1]) == {1: "b", 3: "d"}
