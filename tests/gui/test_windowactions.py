"""The table of actions: no key twice, palette entries for kept things, and the list of keys."""

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from llmstudio.gui import windowactions
from llmstudio.gui.actions import Action
from llmstudio.gui.session import Session
from llmstudio.gui.tabs import registry
from llmstudio.gui.tour import Tour
from llmstudio.gui.window import Window
from llmstudio.store import catalog
from llmstudio.store.run import RunState
from tests.gui.conftest import AnsweringDialogs
from tests.gui.tabs.desk import keep_model


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


def test_a_delete_is_undone_by_a_key(window: Window, session: Session, qtbot: QtBot) -> None:
    assert action(window, "undo").enabled() != ""
    model = keep_model(session, "Writer")
    window.show_tab("models")
    page = window.pages["models"]
    qtbot.waitUntil(lambda: not session.background.busy())
    page.open(model=model.id)
    page.trash()  # type: ignore[attr-defined]
    assert not catalog.exists(session.workspace, "model", "Writer")
    assert action(window, "undo").where == "Writer is in the trash"
    window.setFocus()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert catalog.exists(session.workspace, "model", "Writer")
    qtbot.waitUntil(lambda: not session.background.busy())


def test_the_trash_and_the_manual_can_be_opened(window: Window, session: Session, qtbot: QtBot) -> None:
    action(window, "trash").run()
    assert isinstance(session.dialogs, AnsweringDialogs)
    assert session.dialogs.sheets[0].windowTitle() == "Trash"
    qtbot.waitUntil(lambda: not session.background.busy())
    session.dialogs.sheets[0].reject()
    action(window, "news").run()
    assert window.pages["manual"].page == "whats-new"  # type: ignore[attr-defined]


def action(window: Window, name: str) -> Action:
    """An action of the table."""
    return next(action for action in windowactions.table(window) if action.id == name)


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


def test_the_first_model_can_be_asked_for_by_name_and_by_key(
    window: Window, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Session] = []
    monkeypatch.setattr(Tour, "begin", begun.append)
    action(window, "first_model").run()
    assert begun == [session]
    assert action(window, "first_model").enabled() == ""
    monkeypatch.setattr(session.jobs, "live", lambda: [RunState("q", "quickstart", "Build my first model")])
    assert action(window, "first_model").enabled() == "It is under way"
    window.show_welcome()
    action(window, "primary").run()
    qtbot.waitUntil(lambda: len(begun) == 2)
