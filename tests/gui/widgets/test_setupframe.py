"""The frame of a form: what is needed beside it, or in small windows a foot that opens upward."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.needscard import NeedsCard
from llmstudio.gui.widgets.readiness import Check
from llmstudio.gui.widgets.setupframe import SetupFrame


class Form(SetupFrame):
    """Remembers where it was sent."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, NeedsCard(theme, "x", "Parameters", "By block"), "Start work", "x.start_button")
        self.gone: list[str] = []
        self.fit("L")

    def go_to(self, row: str) -> None:
        self.gone.append(row)
        self.close_side()


@pytest.fixture
def form(theme: Theme, qtbot: QtBot) -> Form:
    found = Form(theme)
    qtbot.addWidget(found)
    found.resize(1000, 640)
    found.show()
    return found


def test_a_cross_holds_start_back_and_leads_to_its_row(form: Form, qtbot: QtBot) -> None:
    missing = Check("wrong", "The name is missing.", "name", "Name it")
    form.show_readiness([missing], "7 min", can_start=False, busy=False)
    assert not form.start.isEnabled()
    assert form.waiting.text() == form.foot.words.full_text != ""
    form.go_to_first_fault()
    assert form.gone == ["name"]
    form.show_readiness([Check("good", "All is there.")], "7 min", can_start=True, busy=True)
    assert form.start.text() == "Start after the others"
    assert form.foot.words.full_text == "7 min"
    assert not form.waiting.isVisible()
    with qtbot.waitSignal(form.start_requested):
        QTest.mouseClick(form.start, Qt.MouseButton.LeftButton)
    form.go_to_first_fault()
    assert form.gone == ["name"]


def test_small_windows_have_a_foot_that_opens_upward(form: Form, qtbot: QtBot) -> None:
    assert form.side.isVisible()
    assert not form.foot.isVisible()
    form.fit("M")
    assert form.left.isVisible()
    assert not form.side.isVisible()
    assert form.foot.isAncestorOf(form.start)
    QTest.mouseClick(form.foot.opener, Qt.MouseButton.LeftButton)
    assert form.side.isVisible()
    assert not form.left.isVisible()
    form.go_to("name")
    assert form.left.isVisible()
    form.fit("L")
    assert form.left.isVisible()
    assert form.side.isVisible()
    assert form.ready.isAncestorOf(form.start)
