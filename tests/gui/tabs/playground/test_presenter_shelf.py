"""The list of kept conversations."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.presenter_shelf import ShelfPresenter
from llmstudio.store import conversation
from tests.gui.tabs.desk import make_session


@pytest.fixture
def shelf(qtbot: QtBot, tmp_path: Path) -> ShelfPresenter:
    shelf = ShelfPresenter(make_session(tmp_path))
    for text in ("Why has the bell been silent?", "Riddles for a goat"):
        shelf.files.save(conversation.said(conversation.begun(), "user", text))
    shelf.refresh()
    return shelf


def test_words_narrow_the_list(shelf: ShelfPresenter) -> None:
    shelf.search("goat")
    assert [talk.title for talk in shelf.shown] == ["Riddles for a goat"]
    shelf.refresh()
    assert len(shelf.shown) == 1
    assert len(shelf.all) == 2


def test_damage_is_counted_and_the_rest_stays(shelf: ShelfPresenter) -> None:
    folder = shelf.files.workspace.chats / "bad"
    folder.mkdir()
    (folder / "chat.json").write_text("{", encoding="utf-8")
    shelf.refresh()
    assert (len(shelf.shown), len(shelf.damaged)) == (2, 1)


def test_an_empty_title_is_refused(shelf: ShelfPresenter) -> None:
    name = shelf.all[0].id
    shelf.rename(name, "  ")
    assert shelf._session.notices.history[0].text == "The title is empty."
    shelf.rename(name, "Goats")
    assert shelf.find(name) is not None
    assert "Goats" in [talk.title for talk in shelf.shown]
    shelf.rename("unknown", "x")
    shelf.trash("unknown")
