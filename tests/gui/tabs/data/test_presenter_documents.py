"""Pages of documents, the search, and long documents read in slices."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.data.documents import Row
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.data import presenter_documents
from llmstudio.gui.tabs.data.presenter_documents import PAGE, SLICE, DocumentsPresenter, heading
from tests.gui.tabs.data_fixtures import keep_dataset, settle


@pytest.fixture
def documents(qtbot: QtBot, session: Session, tmp_path: Path) -> DocumentsPresenter:
    made = DocumentsPresenter(session)
    made.show(keep_dataset(session.workspace, tmp_path))
    settle(qtbot, session)
    return made


def test_the_first_page_and_its_first_document_are_shown(documents: DocumentsPresenter) -> None:
    state = documents.state
    assert len(state.rows) == PAGE
    assert state.page_words() == "1 to 50 of 60"
    assert state.row == state.rows[0]
    assert state.text.startswith("Mira found the lantern.")


def test_pages_are_turned_and_the_ends_hold(documents: DocumentsPresenter, qtbot: QtBot) -> None:
    documents.turn(1)
    settle(qtbot, documents.session)
    assert documents.state.page_words() == "51 to 60 of 60"
    documents.turn(1)
    assert documents.state.offset == PAGE
    documents.turn(-1)
    settle(qtbot, documents.session)
    assert documents.state.offset == 0


def test_the_search_finds_in_any_case_and_says_when_nothing_fits(documents: DocumentsPresenter, qtbot: QtBot) -> None:
    documents.search("LANTERN")
    qtbot.waitUntil(lambda: documents.state.total == 12)
    assert all("lantern" in row.preview for row in documents.state.rows)
    documents.search("zeppelin")
    qtbot.waitUntil(lambda: documents.state.total == 0)
    settle(qtbot, documents.session)
    assert documents.state.page_words() == "Nothing found"
    assert documents.state.row is None
    assert documents.state.text == ""


def test_a_split_is_shown_alone(documents: DocumentsPresenter, qtbot: QtBot) -> None:
    documents.filter("val")
    settle(qtbot, documents.session)
    assert documents.state.rows
    assert {row.split for row in documents.state.rows} == {"val"}


def test_a_long_document_is_read_in_slices(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    text = "".join(f"line {number:06}\n" for number in range(4_000))
    (tmp_path / "long.txt").write_text(text, encoding="utf-8")
    made = DocumentsPresenter(session)
    paths = (str(tmp_path / "long.txt"),)
    made.show(keep_dataset(session.workspace, tmp_path, "Long", documents="file", paths=paths, split="100,0,0"))
    settle(qtbot, session)
    assert made.state.text == text[:SLICE]
    assert made.state.slice_words() == f"Characters 1 to 20,000 of {len(text):,}"
    made.slide(1)
    settle(qtbot, session)
    assert made.state.text == text[SLICE : 2 * SLICE]
    made.slide(-1)
    made.slide(-1)
    settle(qtbot, session)
    assert made.state.start == 0


def test_a_damaged_dataset_is_told_in_a_sentence(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    kept = keep_dataset(session.workspace, tmp_path)
    (kept.path / "index.parquet").unlink()
    made = DocumentsPresenter(session)
    made.show(kept)
    settle(qtbot, session)
    assert "index.parquet is missing" in made.state.trouble


def test_a_document_is_named_by_its_first_words() -> None:
    assert heading(Row(0, "train", "\n\n  The map  \nSecond", 20, None, "a")) == "The map"
    long = heading(Row(0, "train", "word " * 40, 200, None, "a"))
    assert len(long) <= presenter_documents.TITLE
    assert long.endswith("…")
