"""The vocabulary: found by text, number and bytes, with the counts of a measured dataset."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from llmstudio.data.encode import encode_dataset
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer.presenter_vocabulary import VocabularyPresenter
from llmstudio.gui.tabs.tokenizer.shelf import Shelf
from tests.gui.tabs.data_fixtures import keep_dataset, settle
from tests.gui.tabs.tokenizer_fixtures import keep_tokenizer


def test_ids_are_found_by_text_number_and_bytes(qtbot: QtBot, session: Session) -> None:
    made = VocabularyPresenter(session, Shelf(session.workspace))
    made.show("bytes", "", None)
    settle(qtbot, session)
    assert len(made.state.ids) == 257
    assert made.state.counted == ""
    for words, by in (("k", "text"), ("107", "id"), ("6b", "hex")):
        made.search(words, by)  # type: ignore[arg-type]
        settle(qtbot, session)
        assert 107 in made.state.ids
    made.search("no such piece", "text")
    settle(qtbot, session)
    assert made.state.ids == ()


def test_counts_come_from_the_measured_dataset(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    dataset, kept = keep_dataset(session.workspace, tmp_path), keep_tokenizer(session.workspace)
    shelf = Shelf(session.workspace)
    encode_dataset(dataset.path, shelf.load(kept.id))
    made = VocabularyPresenter(session, shelf)
    made.show(kept.id, "", dataset)
    made.search(order="count")
    settle(qtbot, session)
    assert made.state.counted == "Small stories"
    vocabulary = made.state.vocabulary
    assert vocabulary is not None
    counts = [vocabulary.entry(token).count or 0 for token in made.state.ids]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 0


def test_an_unknown_tokenizer_is_told(qtbot: QtBot, session: Session) -> None:
    made = VocabularyPresenter(session, Shelf(session.workspace))
    made.show("nobody", "", None)
    settle(qtbot, session)
    assert "no tokenizer called nobody" in made.state.trouble
