"""Text can be made twice as large: no words of a button or label are cut, and everything can still be reached."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.window import Window
from tests.end_to_end import looks
from tests.gui.everyone import accessible, stage

pytestmark = pytest.mark.usefixtures("tested_machine")


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    stage.fill(session)
    window = Window(session, qapp)
    window.show()
    window.theme.set_zoom(2.0)
    qtbot.waitUntil(window.isVisible)
    yield window
    stage.rest(window, qtbot)
    window.theme.set_zoom(1.0)
    window.close_for_good()
    window.deleteLater()


def complaints(window: QWidget) -> list[str]:
    """Words that are cut, lines that are too low, and buttons that stand out of what they are in."""
    return [*looks.clipped(window), *accessible.squeezed(window), *looks.outside(window)]


def test_no_words_are_cut_in_a_window_of_usual_size(window: Window, qtbot: QtBot) -> None:
    window.resize(1280, 800)
    for key in [*stage.KEYS, "manual"]:
        stage.show(window, key, qtbot)
        assert complaints(window) == [], key


def test_no_words_are_cut_when_the_size_changes_while_one_works(window: Window, qtbot: QtBot) -> None:
    window.resize(1920, 1080)
    window.theme.set_zoom(1.0)
    for key in [*stage.KEYS, "manual"]:
        stage.show(window, key, qtbot)
    window.theme.set_zoom(2.0)
    for key in [*stage.KEYS, "manual"]:
        window.show_tab(key)
        stage.settle(window, qtbot)
        assert complaints(window) == [], key


def test_no_words_of_a_sheet_are_cut_at_twice_the_size(window: Window, qtbot: QtBot) -> None:
    window.resize(1600, 1000)
    for name, open_it in stage.DIALOGS.items():
        dialog = open_it(window, qtbot)
        qtbot.wait(10)
        assert looks.clipped(dialog) + accessible.squeezed(dialog) == [], name
        dialog.reject()


def test_words_that_are_cut_are_seen(window: Window, qtbot: QtBot) -> None:
    window.resize(1920, 1080)
    page = stage.show(window, "settings", qtbot)
    button = next(button for button in page.findChildren(QAbstractButton) if button.isVisible() and button.text())
    button.setToolTip("")
    button.setStyleSheet("max-width: 20px; max-height: 8px; min-height: 0px;")
    qtbot.waitUntil(lambda: complaints(window) != [])
