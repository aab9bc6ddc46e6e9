"""F1 explains the row that has the keyboard, and elsewhere the tab."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from llmstudio.config.option import describe
from llmstudio.config.train import PretrainConfig
from llmstudio.gui import glossary, helping
from llmstudio.gui.forms.form import Form
from llmstudio.gui.session import Session
from llmstudio.gui.tabs import registry
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.popover import Popover
from llmstudio.gui.widgets.sheet import Sheet
from llmstudio.gui.window import Window
from tests.gui.forms.options import Small


def test_a_row_is_found_from_its_editor(session: Session, qtbot: QtBot) -> None:
    form = Form(session, describe(Small), prefix="train")
    qtbot.addWidget(form)
    assert helping._row_of(form.rows["width"].editor) is form.rows["width"]
    assert helping._row_of(form) is None
    assert helping._row_of(None) is None


def test_topics_are_read_as_plain_paragraphs() -> None:
    title, text = helping.topic("train")
    assert title == "Train"
    assert "\n\n" in text
    assert "#" not in text


def test_a_place_without_help_says_so() -> None:
    title, text = helping.topic("nonsense")
    assert title == ""
    assert "Ctrl+K" in text


def test_the_preset_that_was_measured_tells_how(session: Session, qtbot: QtBot) -> None:
    form = Form(session, describe(PretrainConfig), prefix="train")
    qtbot.addWidget(form)
    row = form.rows["preset"]
    row.editor.set_value("studio-small")
    assert helping.topic("studio-small")[1] in helping._told_of(row)[1]
    assert "|" not in helping.topic("studio-small")[1]  # its tables are for wide pages
    row.editor.set_value("llama")
    assert helping._told_of(row) == row.explanation()


def test_a_row_named_after_a_term_tells_what_it_means(session: Session, qtbot: QtBot) -> None:
    form = Form(session, describe(PretrainConfig), prefix="train")
    qtbot.addWidget(form)
    term = glossary.find("Weight decay")
    assert term is not None
    assert term.text in helping._told_of(form.rows["weight_decay"])[1]


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    window = Window(session, qapp)
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    qtbot.waitUntil(lambda: not session.background.busy())
    window.close_for_good()
    window.deleteLater()


@pytest.mark.parametrize("tab", [tab.key for tab in registry.TABS])
def test_f1_explains_the_tab_and_leads_to_its_page(window: Window, tab: str, qtbot: QtBot) -> None:
    window.show_tab(tab)
    qtbot.waitUntil(lambda: not window.session.background.busy())
    window.stack.currentWidget().setFocus()
    qtbot.keyClick(window, Qt.Key.Key_F1)
    popover = window.findChild(Popover, "explanation")
    assert popover is not None
    assert helping.topic(tab)[1].split("\n\n")[0] in popover.accessibleName()
    assert window.rect().contains(popover.geometry().adjusted(20, 20, -20, -20))
    qtbot.keyClick(popover.findChild(Button, "explanation.link"), Qt.Key.Key_Space)
    assert window.pages["manual"].page == tab  # type: ignore[attr-defined]


def test_f1_on_the_first_page_opens_the_manual(window: Window, qtbot: QtBot) -> None:
    window.show_welcome()
    helping.explain_here(window)
    assert window.pages["manual"].page == "start"  # type: ignore[attr-defined]
    helping.explain_here(window)  # in the manual there is nothing more to say
    assert window.findChild(Popover, "explanation") is None


def test_f1_in_a_sheet_explains_its_row(window: Window, qtbot: QtBot) -> None:
    sheet, form = Sheet(window.theme, "Settings"), Form(window.session, describe(Small), prefix="x")
    sheet.add(form)
    window.session.dialogs.sheet(sheet)
    sheet.help_wanted.emit(form.rows["width"].editor)
    popover = sheet.findChild(Popover, "explanation")
    assert popover is not None
    assert popover.findChild(Button, "explanation.link") is None  # it would lead behind the sheet
    sheet.reject()
