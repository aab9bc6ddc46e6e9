"""Tasks as a person uses them."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.taskspart import TasksPart
from tests.gui.tabs.chat_fixtures import told
from tests.gui.tabs.task_fixtures import Desk

LEFT = Qt.MouseButton.LeftButton


class Stage(Desk):
    """The part in a window."""

    def __init__(self, qtbot: QtBot, root: Path) -> None:
        super().__init__(root)
        self.session.theme.apply()
        self.part = TasksPart(self.session, self.presenter)
        self.window = QWidget()
        qtbot.addWidget(self.window)
        row = QHBoxLayout(self.window)
        row.addWidget(self.part)
        for button in self.part.buttons():
            row.addWidget(button)
        self.window.resize(1100, 700)
        self.window.show()


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    return Stage(qtbot, tmp_path)


def test_classifying_with_label_words(stage: Stage) -> None:
    stage.use(stage.taught)
    assert not stage.part.go_button.isEnabled()
    QTest.keyClicks(stage.part.text.field, "Free money")
    stage.part.text.line.setText("spam, ham")
    QTest.mouseClick(stage.part.go_button, LEFT)
    assert stage.part.go_button.accessibleName() == "Stop"
    stage.say(op="prompt", id=stage.asked()["id"], ids=[1] * 40)
    stage.say(op="classified", id=stage.asked()["id"], labels=[["spam", 0.9], ["ham", 0.1]])
    assert stage.part.result.bars.isVisible()
    assert stage.part.result.foot.full_text == "Prompt 40 tokens, the likeliest label"
    stage.part.copy()
    assert QGuiApplication.clipboard().text() == "spam\t90.0 %\nham\t10.0 %"
    assert stage.part.go_button.accessibleName() == "Classify"


def test_the_prompt_is_shown_on_demand(stage: Stage) -> None:
    stage.use(stage.base)
    card = stage.part.text
    assert not card.prompt.isVisible()
    QTest.mouseClick(card.show_prompt, LEFT)
    assert card.prompt.toPlainText() == "Write a text to see the prompt."
    QTest.mouseClick(card.sample, LEFT)
    assert card.prompt.toPlainText().endswith("Label:")
    assert "worked examples" in card.prompt_form.full_text
    stage.use(stage.taught)
    assert card.prompt.toPlainText().startswith("Which label fits")
    QTest.mouseClick(card.show_prompt, LEFT)
    assert not card.prompt.isVisible()


def test_another_task_asks_for_what_it_needs(stage: Stage) -> None:
    card = stage.part.text
    card.tasks.set_current("translate")
    assert stage.part.go_button.accessibleName() == "Translate"
    assert card.choice.isVisible()
    assert not card.line.isVisible()
    card.choice.chosen.emit("French")
    assert stage.state.extra == "French"
    card.tasks.set_current("answer")
    assert card.line.accessibleName() == "Question"
    card.tasks.set_current("summarise")
    assert not card.line.isVisible()
    assert not card.choice.isVisible()


def test_text_comes_as_it_is_written_and_ctrl_enter_runs(stage: Stage) -> None:
    stage.use(stage.base)
    stage.part.text.tasks.set_current("summarise")
    QTest.keyClicks(stage.part.text.field, "A long story")
    QTest.keyClick(stage.part.text.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    number = stage.asked()["id"]
    stage.say(op="prompt", id=number, ids=[1] * 300)
    stage.say(op="tokens", id=number, tokens=told(" <b>", "short", "</b>"))
    assert stage.part.result.written.toPlainText() == "<b>short</b>"
    assert stage.part.result.foot.full_text == "The prompt has 300 tokens; the model sees the last 256"
    assert stage.part.escape()
    stage.say(op="done", id=number, reason="stopped", tokens_per_second=5.0)
    assert stage.part.copy_button.isEnabled()
    reasons = {command.id: command.enabled() for command in stage.part.commands()}
    assert reasons["tasks.copy"] == ""
    assert reasons["tasks.stop"] == "Nothing is being written."


def test_a_classifier_needs_no_labels_and_says_which_it_has(stage: Stage) -> None:
    stage.use(stage.judge)
    card = stage.part.text
    assert not card.line.isVisible()
    assert card.own.text() == "Judge tells labels of its own: spam, ham"
    card.show_prompt.click()
    assert card.prompt.toPlainText() == "The model reads the text alone."
    stage.part.fit("S")
    assert card.sampling.isVisible()
    assert not stage.part.wants_sampling("M")


def test_a_failure_is_a_card(stage: Stage) -> None:
    stage.use(stage.base)
    QTest.keyClicks(stage.part.text.field, "x")
    stage.part.primary()
    stage.say(op="error", id=stage.asked()["id"], message="No.", hint="Shorten it.")
    assert stage.part.result.trouble.title.text() == "No."
    stage.part.result.retry_requested.emit()
    assert not stage.part.result.trouble.isVisible()
