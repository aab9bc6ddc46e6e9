"""The fix-it card shows cause, evidence and remedies, takes the focus, and unfolds its details."""

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.fixit import FixIt, Remedy


@pytest.fixture
def card(theme: Theme, qtbot: QtBot) -> FixIt:
    card = FixIt(theme)
    qtbot.addWidget(card)
    card.resize(592, 168)
    return card


def test_remedies_run(card: FixIt, qtbot: QtBot) -> None:
    ran: list[str] = []
    remedies = [Remedy("Halve the batch", lambda: ran.append("halve")), Remedy("Look", lambda: ran.append("look"))]
    card.show_trouble("Training stopped: memory ran out", "The step needed 17.2 GB.", remedies, details="Traceback")
    buttons = {button.accessibleName(): button for button in card.findChildren(Button)}
    assert buttons["Halve the batch"].property("kind") == "primary"
    buttons["Look"].click()
    buttons["Halve the batch"].click()
    assert ran == ["look", "halve"]
    assert card.accessibleName() == "Training stopped: memory ran out"
    qtbot.waitUntil(card.hasFocus)


def test_details_unfold_and_are_copied(card: FixIt, qapp: QApplication) -> None:
    card.show_trouble("It stopped", "", details="<b>Traceback</b>")
    assert not card.view.isVisible()
    card.fold.click()
    assert card.view.isVisible()
    assert card.view.toPlainText() == "<b>Traceback</b>"
    card.copy.click()
    assert qapp.clipboard().text() == "<b>Traceback</b>"


def test_shown_again_it_does_not_steal_the_focus(card: FixIt, qtbot: QtBot) -> None:
    card.show_trouble("It stopped", "because", details="x")
    qtbot.waitUntil(card.hasFocus)
    card.fold.click()
    card.fold.setFocus()
    card.show_trouble("It stopped", "because", details="x", tone="warning")
    assert not card.hasFocus()
    assert card.view.isVisible()
