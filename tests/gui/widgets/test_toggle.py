"""A switch switches by mouse and keyboard."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.toggle import Toggle


def test_words_and_track_switch(theme: Theme, qtbot: QtBot) -> None:
    for first in (False, True):
        toggle = Toggle(theme, "Colour by probability", words_first=first)
        qtbot.addWidget(toggle)
        toggle.resize(toggle.sizeHint())
        toggle.show()
        off = toggle.grab().toImage()
        qtbot.mouseClick(toggle, Qt.MouseButton.LeftButton, pos=toggle.rect().center())
        assert toggle.isChecked()
        assert toggle.grab().toImage() != off
        qtbot.keyClick(toggle, Qt.Key.Key_Space)
        assert not toggle.isChecked()
        assert toggle.accessibleName() == "Colour by probability"
