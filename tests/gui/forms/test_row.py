"""A row tells its name, unit, bounds and faults to everybody, and shows faults when typing has paused."""

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.config.option import Fault, describe
from llmstudio.gui.forms.row import PATIENCE_MS, FormRow
from llmstudio.gui.theme import Theme
from tests.gui.forms.options import Small

INFOS = {info.name: info for info in describe(Small)}


@pytest.fixture
def row(theme: Theme, qtbot: QtBot) -> FormRow:
    row = FormRow(theme, INFOS["width"], "train")
    qtbot.addWidget(row)
    row.resize(664, 40)
    row.show()
    qtbot.waitUntil(row.editor.hasFocus)
    row.editor.clearFocus()
    return row


def test_names_for_tests_and_screen_readers(row: FormRow) -> None:
    assert row.editor.objectName() == "train.width"
    assert row.editor.accessibleName() == "Width"
    told = row.editor.accessibleDescription()
    assert all(words in told for words in ("Twice as wide", "in numbers", "From 8 to 4,096"))
    assert row.label.buddy() is row.editor


def test_a_fault_waits_until_typing_pauses(row: FormRow, qtbot: QtBot) -> None:
    row.editor.setFocus()
    qtbot.waitUntil(row.editor.hasFocus)
    row.set_fault(Fault("192 cannot be shared by 7 heads.", 6))
    assert not row.trouble.isVisible()
    qtbot.waitUntil(row.trouble.isVisible, timeout=PATIENCE_MS * 5)
    assert row.editor.property("state") == "fault"
    assert "192 cannot be shared" in row.editor.accessibleDescription()


def test_a_fault_shows_at_once_when_the_row_is_left(row: FormRow, qtbot: QtBot) -> None:
    row.editor.setFocus()
    qtbot.waitUntil(row.editor.hasFocus)
    row.set_fault(Fault("Too small."))
    row.editor.clearFocus()
    assert row.trouble.isVisible()
    assert not row.remedy.isVisible()


def test_a_mended_fault_goes_at_once(row: FormRow) -> None:
    row.set_fault(Fault("Too small.", 8))
    assert row.sizeHint().height() >= 60
    row.set_fault(None)
    assert not row.trouble.isVisible()
    assert row.editor.property("state") == ""


def test_the_suggestion_is_taken_with_one_press(row: FormRow, qtbot: QtBot) -> None:
    row.set_fault(Fault("Too small.", 4000))
    assert row.remedy.text() == "Use 4,000"
    with qtbot.waitSignal(row.suggested) as taken:
        row.remedy.click()
    assert taken.args == ["width", 4000]


def test_a_warning_takes_the_place_of_the_help(row: FormRow) -> None:
    row.set_warning("69 passes; about 20 are enough")
    assert row.help.full_text == "69 passes; about 20 are enough"
    assert row.editor.property("state") == "warning"
    row.set_warning("")
    assert row.help.full_text == INFOS["width"].help


def test_only_a_changed_row_can_be_returned(row: FormRow, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(row.revert_requested):
        row.editor.revert_requested.emit()
    row.set_changed(True)
    assert row.undo.isVisible()
    with qtbot.waitSignal(row.revert_requested):
        row.undo.click()


def test_f1_has_the_long_text_and_the_bounds(row: FormRow) -> None:
    title, text = row.explanation()
    assert title == "Width"
    assert "From 8 to 4,096" in text
