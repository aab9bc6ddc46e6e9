"""The comparison as a person uses it."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.comparepart import ComparePart
from tests.gui.tabs.compare_fixtures import Desk

CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


class Stage(Desk):
    """The part in a window."""

    def __init__(self, qtbot: QtBot, root: Path) -> None:
        super().__init__(root)
        self.session.theme.apply()
        self.part = ComparePart(self.session, self.presenter)
        self.window = QWidget()
        qtbot.addWidget(self.window)
        row = QHBoxLayout(self.window)
        row.addWidget(self.part)
        for button in self.part.buttons():
            row.addWidget(button)
        self.window.resize(1000, 640)
        self.window.show()

    def ask(self, text: str, left: str, right: str) -> None:
        QTest.keyClicks(self.part.composer.field, text)
        QTest.keyClick(self.part.composer.field, Qt.Key.Key_Return, CTRL)
        self.answer(0, left)
        self.answer(1, right)

    def texts(self) -> list[str]:
        return [side.transcript.text() for side in self.part.columns]


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    return Stage(qtbot, tmp_path)


def test_loading_is_told_at_each_side(stage: Stage) -> None:
    assert [side.hint.full_text[:12] for side in stage.part.columns] == ["Loading One,", "Loading Two,"]
    stage.ready()
    assert [side.hint.full_text for side in stage.part.columns] == ["", ""]


def test_one_question_two_answers_and_what_differs_is_marked(stage: Stage) -> None:
    stage.ready()
    stage.ask("Why?", " The bell is old", " The bell is new")
    assert stage.texts() == ["Why?\nThe bell is old", "Why?\nThe bell is new"]
    assert [side.transcript.turns[1].line.spans for side in stage.part.columns] == [((12, 15),), ((12, 15),)]
    assert stage.part.words.full_text == "1 of 4 words on the left and 1 of 4 on the right differ."
    assert stage.part.seed.text() == f"Seed {stage.state.rounds[0].seed}, the same for both"
    assert stage.part.composer.text() == ""
    view = stage.part.columns[0].transcript.turns[1]
    picture = view.text.grab().toImage()
    soft = stage.session.theme.colour("warning-soft")
    hits = [picture.pixelColor(x, y) == soft for x in range(picture.width()) for y in range(picture.height())]
    assert any(hits)


def test_the_button_stops_both(stage: Stage) -> None:
    stage.ready()
    stage.part.composer.set_text("Why?")
    stage.part.primary()
    assert stage.part.composer.button.accessibleName() == "Stop"
    assert not stage.part.back_button.isEnabled()
    assert stage.part.escape()
    assert [sent for _, sent in stage.jobs.sent].count({"op": "stop"}) == 2


def test_copy_export_and_clear(stage: Stage, tmp_path: Path) -> None:
    stage.ready()
    assert not stage.part.export_button.isEnabled()
    stage.ask("Why?", " a", " b")
    stage.part.copy()
    assert "**One**" in QGuiApplication.clipboard().text()
    stage.part.columns[1].transcript.deed.emit("copy", "a0")
    assert QGuiApplication.clipboard().text() == "b"
    dialogs: Any = stage.session.dialogs
    for name, start in (("a.md", "# Two models"), ("a.jsonl", '{"prompt": "Why?"')):
        dialogs.save_to = tmp_path / name
        QTest.mouseClick(stage.part.export_button, LEFT)
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    dialogs.save_to = tmp_path / "missing" / "a.md"
    stage.part.export()
    assert stage.session.notices.history[0].tone == "danger"
    reasons = {command.id: command.enabled() for command in stage.part.commands()}
    assert reasons["compare.export"] == ""
    stage.presenter.clear()
    assert stage.texts() == ["", ""]


def test_a_side_that_failed_says_why_in_its_place(stage: Stage) -> None:
    stage.ready()
    stage.part.composer.set_text("Why?")
    stage.part.primary()
    stage.jobs.say_from_child("run-1", op="error", id=stage.asked(0)["id"], message="Too long.", hint="Shorten it.")
    stage.answer(1, " So")
    assert stage.texts() == ["Why?\nToo long. Shorten it.", "Why?\nSo"]
    assert stage.part.words.full_text == ""


def test_the_same_model_on_both_sides_is_said(stage: Stage) -> None:
    stage.ready()
    stage.part.columns[1].picker.chosen.emit(stage.one)
    assert stage.part.words.full_text == "Both sides hold the same model."
    stage.part.fit("M")
    assert stage.part.sampling_button.isVisible()
