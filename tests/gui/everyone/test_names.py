"""Every control of every tab, sheet and dialog has a name, and the check is seen to fail when one is removed."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.window import Window
from tests.gui.everyone import accessible, stage

pytestmark = pytest.mark.usefixtures("tested_machine")
PAGES = [*stage.KEYS, "manual"]


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    window = Window(session, qapp)
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(window.isVisible)
    yield window
    stage.rest(window, qtbot)
    window.close_for_good()
    window.deleteLater()


def complaints(root: QWidget) -> list[str]:
    """All that is wrong with names below a widget."""
    return [*accessible.unnamed(root), *accessible.wordless(root), *accessible.unlabelled(root)]


@pytest.mark.parametrize("full", [False, True], ids=["empty", "filled"])
def test_every_control_of_every_tab_has_a_name_and_is_missed_without(window: Window, qtbot: QtBot, full: bool) -> None:
    if full:
        stage.fill(window.session)
    for key in PAGES:
        stage.show(window, key, qtbot)
        assert complaints(window) == [], key
    for key in PAGES if full else ():
        window.show_tab(key)
        parts = (window.headers, window.pages[key])
        buttons = [one for part in parts for one in part.findChildren(Button) if one.isVisible()]
        with nameless(buttons[0]):
            assert len(accessible.unnamed(window)) == 1, key


@contextmanager
def nameless(button: Button) -> Iterator[None]:
    """As if somebody had forgotten its name."""
    words, tip, name = button.text(), button.toolTip(), button.accessibleName()
    button.setText("")
    button.setToolTip("")
    button.setAccessibleName("")
    yield
    button.setText(words.replace("&&", "&"))
    button.setToolTip(tip)
    button.setAccessibleName(name)


def test_the_first_page_has_names(window: Window, qtbot: QtBot) -> None:
    window.show_welcome()
    stage.rest(window, qtbot)
    assert complaints(window) == []


def test_every_sheet_and_dialog_has_names_and_is_missed_without(window: Window, qtbot: QtBot) -> None:
    stage.fill(window.session)
    for name, open_it in stage.DIALOGS.items():
        dialog = open_it(window, qtbot)
        assert dialog.accessibleName(), name
        assert complaints(dialog) == [], name
        with nameless(dialog.findChildren(Button)[-1]):
            assert len(accessible.unnamed(dialog)) == 1, name
        dialog.reject()


def test_what_floats_over_the_window_has_names(window: Window, qtbot: QtBot) -> None:
    window.session.notices.toast("Exported", ("Open", lambda: None), note="tokenizer.json")
    window.open_palette()
    assert accessible.unnamed(window) == []
    window.palette_box.dismiss()
    window.bell.click()
    assert accessible.unnamed(window) == []


def test_an_icon_without_words_and_a_wrong_label_are_missed(window: Window, qtbot: QtBot) -> None:
    page = stage.show(window, "settings", qtbot)
    assert accessible.wordless(window) == []
    window.bell.setToolTip("")
    assert accessible.wordless(window) != []
    label = next(label for label in page.findChildren(QLabel) if label.buddy() is not None and label.text())
    label.setText("Something else")
    assert accessible.unlabelled(page) != []
