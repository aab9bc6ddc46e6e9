"""The tokenizers there are, in words, and loaded once."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer.shelf import CHARACTERS, Shelf
from tests.gui.tabs.tokenizer_fixtures import keep_tokenizer


def test_some_tokenizers_are_always_there(session: Session) -> None:
    choices = Shelf(session.workspace).choices()
    assert [choice.name for choice in choices] == ["gpt2", "bytes", CHARACTERS]
    assert choices[0].note == "Byte pairs, 50,257 ids"
    assert [choice.merges for choice in choices] == [True, False, False]


def test_kept_ones_come_first_with_their_kind(session: Session, tmp_path: Path) -> None:
    keep_tokenizer(session.workspace)
    first = Shelf(session.workspace).choices()[0]
    assert (first.name, first.title, first.kind) == ("stories-pieces", "Stories pieces", "bpe")
    assert first.note == "Byte pairs, 300 ids"


def test_a_tokenizer_is_loaded_once_and_characters_for_each_text(session: Session) -> None:
    shelf = Shelf(session.workspace)
    assert shelf.load("bytes") is shelf.load("bytes")
    assert shelf.load(CHARACTERS, "abc").vocab_size != shelf.load(CHARACTERS, "abcdef").vocab_size
    assert shelf.load(CHARACTERS, "").vocab_size > 0


def test_an_unknown_name_is_a_sentence(session: Session, qtbot: QtBot) -> None:
    with pytest.raises(UserError, match="no tokenizer called"):
        Shelf(session.workspace).load("stories-9k")
