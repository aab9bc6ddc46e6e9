"""The table of actions: no key twice, palette entries for kept things, and the list of keys."""

from collections import Counter

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from llmstudio.gui import windowactions
from llmstudio.gui.session import Session
from llmstudio.gui.tabs import registry
from llmstudio.gui.window import Window
from llmstudio.store import catalog
from tests.gui.conftest import AnsweringDialogs


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Window:
    window = Window(session, qapp)
    qtbot.addWidget(window)
    window.show()
    return window


def test_no_key_means_two_things_on_any_tab(window: Window) -> None:
    for tab in registry.TABS:
        window.show_tab(tab.key)
        keys = Counter(key.toString() for action in window.actions() for key in action.shortcuts())
        assert {key: count for key, count in keys.items() if count > 1} == {}, tab.key
        ids = Counter(action.id for action in windowactions.table(window))
        assert max(ids.values()) == 1, tab.key


def test_kept_things_can_be_opened(window: Window, session: Session) -> None:
    with catalog.keep(session.workspace, "dataset", "Small stories") as keeping:
        (keeping.folder / "x.txt").write_text("x")
    found = windowactions.kept(window)
    assert [(action.title, action.where) for action in found] == [("Small stories", "Data")]


def test_all_keys_are_listed(window: Window, session: Session) -> None:
    windowactions.show_keys(window)
    assert isinstance(session.dialogs, AnsweringDialogs)
    sheet = session.dialogs.sheets[0]
    assert sheet.isVisible()
    sheet.reject()


def test_the_theme_follows_the_palette(window: Window) -> None:
    actions = {action.id: action for action in windowactions.table(window)}
    actions["theme.dark"].run()
    assert window.theme.dark
    actions["theme.light"].run()
    assert not window.theme.dark
