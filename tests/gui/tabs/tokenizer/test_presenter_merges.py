"""Merges of a word, and tokenizers that have none."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer.presenter_merges import MergesPresenter
from llmstudio.gui.tabs.tokenizer.shelf import Shelf
from tests.gui.tabs.data_fixtures import settle
from tests.gui.tabs.tokenizer_fixtures import keep_tokenizer


def test_the_joins_of_a_word_end_in_its_pieces(qtbot: QtBot, session: Session) -> None:
    kept = keep_tokenizer(session.workspace)
    shelf = Shelf(session.workspace)
    made = MergesPresenter(session, shelf)
    made.choose(kept.id)
    made.set_word(" lantern")
    qtbot.waitUntil(lambda: made.state.merges is not None and len(made.state.leaves) == 8)
    settle(qtbot, session)
    tokenizer = shelf.load(kept.id)
    assert made.state.merges is not None
    pieces = [tokenizer.token_bytes(token) for token in tokenizer.encode(" lantern")]
    assert list(made.state.merges.steps[-1].after) == pieces


def test_a_tokenizer_without_merges_and_a_long_word_are_told(qtbot: QtBot, session: Session) -> None:
    made = MergesPresenter(session, Shelf(session.workspace))
    made.choose("bytes")
    settle(qtbot, session)
    assert "does not work by merges" in made.state.trouble
    kept = keep_tokenizer(session.workspace)
    made.choose(kept.id)
    made.set_word("x" * 500)
    qtbot.waitUntil(lambda: "more than 400 bytes" in made.state.trouble)
