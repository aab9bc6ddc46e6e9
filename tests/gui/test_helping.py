"""F1 explains the row that has the keyboard, and elsewhere the tab."""

from pytestqt.qtbot import QtBot

from llmstudio.config.option import describe
from llmstudio.config.train import PretrainConfig
from llmstudio.gui import helping
from llmstudio.gui.forms.form import Form
from llmstudio.gui.session import Session
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
