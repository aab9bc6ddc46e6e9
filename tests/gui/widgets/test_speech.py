"""What is said reaches the accessibility layer as an announcement of the widget."""

import pytest
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.widgets.speech import speak


def test_a_sentence_is_announced_for_its_widget(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[QAccessibleEvent] = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", told.append)
    widget = QWidget()
    qtbot.addWidget(widget)
    speak(widget, "Step 1,200, training 1.618")
    assert told[0].type() == QAccessible.Event.Announcement
    assert told[0].object() is widget
