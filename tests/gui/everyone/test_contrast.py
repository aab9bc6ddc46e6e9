"""Words can be read on the ground they really stand on, in both themes, on every tab and in every sheet."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.window import Window
from tests.gui.everyone import accessible, stage

pytestmark = pytest.mark.usefixtures("tested_machine")


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    stage.fill(session)
    window = Window(session, qapp)
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(window.isVisible)
    yield window
    stage.rest(window, qtbot)
    window.theme.set_mode("light")
    window.close_for_good()
    window.deleteLater()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_words_can_be_read_everywhere(window: Window, qtbot: QtBot, mode: str) -> None:
    window.theme.set_mode(mode)
    for key in [*stage.KEYS, "manual"]:
        stage.show(window, key, qtbot)
        assert accessible.faint(window) == [], key
    for name, open_it in stage.DIALOGS.items():
        dialog = open_it(window, qtbot)
        assert accessible.faint(dialog) == [], name
        dialog.reject()


def test_ink_too_close_to_its_ground_is_seen(window: Window, qtbot: QtBot) -> None:
    page = stage.show(window, "settings", qtbot)
    label = next(label for label in page.findChildren(QLabel) if label.isVisible() and len(label.text()) > 3)
    label.setStyleSheet("color: #D8D8D8")
    assert any(repr(label.text()) in line for line in accessible.faint(window))
