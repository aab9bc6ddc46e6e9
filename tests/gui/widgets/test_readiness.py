"""Readiness says what a start waits for and leads to the row."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.readiness import Check, Readiness

CHECKS = [
    Check("good", "Dataset and tokenizer belong together"),
    Check("wrong", "Heads must divide the embedding width", "n_head", "Go to Heads"),
    Check("warning", "Needs 13.1 of 16 GB; close other programs"),
]


def test_crosses_block_and_are_named(theme: Theme, qtbot: QtBot) -> None:
    readiness = Readiness(theme)
    qtbot.addWidget(readiness)
    readiness.set_checks(CHECKS)
    readiness.show()
    assert [check.row for check in readiness.blockers()] == ["n_head"]
    assert readiness.waiting_for() == "Start is waiting for one thing: Heads."
    links = [b for b in readiness.findChildren(Button) if b.isVisible()]
    with qtbot.waitSignal(readiness.row_requested) as row:
        links[0].click()
    assert row.args == ["n_head"]


def test_fewer_checks_leave_no_lines(theme: Theme, qtbot: QtBot) -> None:
    readiness = Readiness(theme)
    qtbot.addWidget(readiness)
    readiness.show()
    readiness.set_checks(CHECKS)
    readiness.set_checks(CHECKS[:1])
    assert readiness.waiting_for() == ""
    assert sum(line.isVisible() for line in readiness._lines) == 1
    assert readiness._lines[0]._text.accessibleName().startswith("In order")
