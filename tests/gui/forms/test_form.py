"""A form keeps what the person set and follows the proposal with the rest."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from llmstudio.config.option import Fault, check, describe
from llmstudio.gui.forms.form import AT_ONCE, PORTION, Form
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.picker import Entry
from llmstudio.gui.widgets.scroll import ScrollPage
from tests.gui.forms.options import Small


@pytest.fixture
def form(session: Session, qtbot: QtBot) -> Form:
    form = Form(session, describe(Small), prefix="train", pickers={"dataset": "data"})
    qtbot.addWidget(form)
    form.set_proposal({"width": 192, "heads": 6})
    form.resize(664, 600)
    form.show()
    return form


def type_into(form: Form, qtbot: QtBot, name: str, text: str) -> None:
    editor = form.rows[name].editor
    editor.setFocus()
    editor.selectAll()  # type: ignore[union-attr]
    qtbot.keyClicks(editor, text)


def test_rows_follow_the_proposal_until_the_person_sets_them(form: Form, qtbot: QtBot) -> None:
    assert form.values()["width"] == 192
    assert form.changed_values() == {}
    with qtbot.waitSignal(form.changed) as changed:
        type_into(form, qtbot, "width", "256")
    assert changed.args == ["width"]
    assert form.changed_values() == {"width": 256}
    form.set_proposal({"width": 320, "heads": 8})
    assert (form.values()["width"], form.values()["heads"]) == (256, 8)
    assert form.rows["heads"].editor.value() == 8
    assert form.count.text() == "1 changed from the proposal"


def test_the_proposal_typed_again_is_no_change(form: Form, qtbot: QtBot) -> None:
    type_into(form, qtbot, "width", "256")
    type_into(form, qtbot, "width", "192")
    assert form.changed_values() == {}


def test_an_emptied_row_that_may_be_left_out_returns_to_the_proposal(form: Form, qtbot: QtBot) -> None:
    type_into(form, qtbot, "width", "256")
    editor = form.rows["width"].editor
    editor.selectAll()  # type: ignore[union-attr]
    qtbot.keyClick(editor, Qt.Key.Key_Delete)
    editor.clearFocus()
    assert form.values()["width"] == 192
    assert editor.value() == 192


def test_an_emptied_row_that_is_needed_is_a_fault(form: Form, qtbot: QtBot) -> None:
    editor = form.rows["heads"].editor
    editor.setFocus()
    editor.selectAll()  # type: ignore[union-attr]
    qtbot.keyClick(editor, Qt.Key.Key_Delete)
    _, faults = check(Small, form.values())
    assert "heads" in faults


def test_words_in_a_number_reach_the_check(form: Form, qtbot: QtBot) -> None:
    type_into(form, qtbot, "heads", "six")
    _, faults = check(Small, form.values())
    assert faults["heads"].message == "Heads must be a whole number."


def test_reset_can_be_undone(form: Form, session: Session, qtbot: QtBot) -> None:
    form.set_values({"width": 256, "keep": False, "nonsense": 1})
    assert form.changed_values() == {"width": 256, "keep": False}
    form.reset_button.click()
    assert form.changed_values() == {}
    notice = session.notices.history[0]
    assert notice.action is not None
    notice.action.run()
    assert form.changed_values() == {"width": 256, "keep": False}


def test_simple_hides_what_is_advanced_and_is_remembered(form: Form, session: Session, qtbot: QtBot) -> None:
    assert not form.rows["schedule"].isVisible()
    form.segments.set_current("all")
    assert form.rows["schedule"].isVisible()
    again = Form(session, describe(Small), prefix="train")
    qtbot.addWidget(again)
    again.show()
    assert again.rows["schedule"].isVisible()


def test_rows_are_made_when_they_are_seen_and_told_what_was_said(form: Form, qtbot: QtBot) -> None:
    assert [name for name, _ in form.rows.made()] == [info.name for info in describe(Small) if not info.advanced]
    form.set_helps({"schedule": "How it falls"})
    form.set_proposal({"schedule": "linear"})
    form.set_read_only(True)
    below = QLabel("Below")
    form.put_below("schedule", below)
    assert not below.isVisible()
    form.segments.set_current("all")
    qtbot.waitUntil(lambda: not form.rows.missing(list(form.infos)))
    row = form.rows["schedule"]
    assert (row.help.full_text, row.editor.value(), below.isVisible()) == ("How it falls", "linear", True)
    assert not row.undo.isEnabled()


def test_what_needs_many_rows_gets_them_in_portions(session: Session, qtbot: QtBot) -> None:
    infos = [replace(describe(Small)[0], name=f"row_{at}", advanced=at >= 4) for at in range(AT_ONCE + 9)]
    many = Form(session, infos, prefix="many")
    qtbot.addWidget(many)
    many.show()
    assert len(many.rows.made()) == 4
    many.segments.set_current("all")
    assert len(many.rows.made()) == 4 + PORTION
    qtbot.waitUntil(lambda: len(many.rows.made()) == len(infos))

    def in_order() -> bool:
        places = [row.y() for _, row in many.rows.made()]
        return places == sorted(set(places))

    qtbot.waitUntil(in_order)


def test_tab_comes_to_a_row_made_late_in_its_place(session: Session, qtbot: QtBot) -> None:
    form = Form(session, describe(Small), prefix="train", hidden=["width"])
    qtbot.addWidget(form)
    form.show()
    qtbot.waitUntil(form.isActiveWindow)
    form.hide_rows([])
    form.rows["name"].editor.setFocus()
    seen = []
    for _ in range(4):
        widget = form.window().focusWidget()
        seen.append(widget.objectName())
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    assert seen == ["train.name", "train.dataset", "train.width", "train.heads"]


def test_a_fault_in_a_hidden_row_opens_the_full_view(form: Form) -> None:
    form.set_faults({"schedule": Fault("No such schedule.", "linear")})
    assert form.rows["schedule"].isVisible()
    form.rows["schedule"].remedy.click()
    assert form.values()["schedule"] == "linear"


def test_a_row_is_found_and_scrolled_to(form: Form, qtbot: QtBot) -> None:
    page = ScrollPage()
    page.resize(700, 200)
    page.add(form)
    page.show()
    form.focus_row("schedule")
    qtbot.waitUntil(form.rows["schedule"].editor.hasFocus)
    assert page.verticalScrollBar().value() > 0
    form.setParent(None)  # its fixture closes it
    page.close()


def test_a_row_is_scrolled_to_where_the_form_was_hidden_until_now(form: Form, qtbot: QtBot) -> None:
    """As in small windows, where the planner covers the form and a check leads back to a row."""
    page = ScrollPage()
    page.resize(700, 200)
    page.add(form)
    page.show()
    page.hide()
    form.set_faults({name: Fault("Not so.") for name in ("name", "width", "heads", "rate")}, at_once=True)
    page.show()
    form.focus_row("schedule")
    row = form.rows["schedule"]

    def whole() -> bool:
        top = row.mapTo(page.viewport(), row.rect().topLeft()).y()
        return top >= 0 and top + row.height() <= page.viewport().height()

    qtbot.waitUntil(whole)
    form.setParent(None)  # its fixture closes it
    page.close()


def test_pickers_offer_what_is_given(form: Form) -> None:
    form.set_entries("dataset", [Entry("a", "Small stories", "2 MB")])
    form.set_values({"dataset": "a"})
    assert form.rows["dataset"].editor.words() == "Small stories"  # type: ignore[union-attr]


def test_live_help_and_warnings(form: Form) -> None:
    form.set_helps({"heads": "32 numbers each", "keep": "After 5 evaluations"})
    form.set_warnings({"width": "Very wide"})
    assert form.rows["heads"].help.full_text == "32 numbers each"
    assert form.rows["width"].help.full_text == "Very wide"
    assert form.rows["keep"].editor.text() == "After 5 evaluations"  # type: ignore[union-attr]


def test_rows_without_meaning_can_be_left_out(form: Form) -> None:
    form.hide_rows(["rate", "keep"])
    assert not form.rows["rate"].isVisible()
    form.hide_rows([])
    assert form.rows["rate"].isVisible()


def test_read_only_shows_and_does_not_change(form: Form) -> None:
    form.set_read_only(True)
    assert form.rows["width"].editor.isReadOnly()  # type: ignore[union-attr]
    assert not form.rows["keep"].editor.isEnabled()


def test_tab_goes_down_the_rows(form: Form, qtbot: QtBot) -> None:
    form.rows["name"].editor.setFocus()
    seen = []
    for _ in range(5):
        widget = form.window().focusWidget()
        seen.append(widget.objectName())
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    assert seen == ["train.name", "train.dataset", "train.width", "train.heads", "train.rate"]


def test_every_editor_has_a_name(form: Form) -> None:
    form.show_all()
    assert all(row.editor.accessibleName() and row.undo.accessibleName() for row in form.rows.values())
