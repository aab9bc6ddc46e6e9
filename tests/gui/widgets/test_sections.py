"""The list of sections."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.sections import Sections


def test_filling_is_silent_and_marking_tells(qtbot: QtBot) -> None:
    sections = Sections(Theme())
    qtbot.addWidget(sections)
    with qtbot.assertNotEmitted(sections.currentItemChanged):
        sections.fill([("a", "Appearance"), ("b", "About")])
    with qtbot.waitSignal(sections.currentItemChanged):
        sections.mark("b")
    assert sections.currentItem().text() == "About"
    assert not sections.grab().isNull()
