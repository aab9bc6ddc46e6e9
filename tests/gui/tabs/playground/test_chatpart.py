"""The Chat page as a person uses it."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.chatpart import ChatPart
from tests.gui.tabs.chat_fixtures import Desk
from tests.gui.tabs.desk import keep_model

CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


class Stage(Desk):
    """The part in a window."""

    def __init__(self, qtbot: QtBot, root: Path) -> None:
        super().__init__(root, "Pell chat")
        self.session.theme.apply()
        self.part = ChatPart(self.session, self.presenter)
        self.window = QWidget()
        qtbot.addWidget(self.window)
        row = QHBoxLayout(self.window)
        row.addWidget(self.part)
        for button in self.part.buttons():
            row.addWidget(button)
        self.window.resize(1000, 700)
        self.window.show()
        self.part.fit("L")

    def type(self, text: str) -> None:
        QTest.keyClicks(self.part.card.composer.field, text)
        QTest.keyClick(self.part.card.composer.field, Qt.Key.Key_Return, CTRL)
        if self.state.held.phase == "loading":
            self.ready()

    @property
    def transcript(self) -> Any:
        return self.part.card.transcript


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    return Stage(qtbot, tmp_path)


def test_asking_and_reading(stage: Stage) -> None:
    stage.type("Why?")
    assert stage.part.card.composer.text() == ""
    assert stage.part.card.composer.button.accessibleName() == "Stop"
    stage.answer(" Be", "cause")
    assert stage.transcript.text() == "Why?\nBecause"
    assert stage.transcript.turns[1].facts.full_text == "2 tokens, 63 per second"
    assert stage.part.card.title.text() == "Why?"
    assert stage.part.card.meter.words.full_text == "22 of 512 tokens"
    assert stage.part.list.list.item(0).text() == "Today"
    assert stage.part.list.list.currentItem().text() == "Why?"


def test_loading_is_told_with_the_size(stage: Stage) -> None:
    QTest.keyClicks(stage.part.card.composer.field, "Why?")
    stage.part.primary()
    assert stage.part.card.hint.full_text.startswith("Loading Pell chat, ")
    stage.ready()
    assert not stage.part.card.hint.isVisible()


def test_a_model_that_was_not_taught_to_chat_says_so(stage: Stage) -> None:
    plain = keep_model(stage.session, "Stories")
    stage.holder.refresh()
    stage.holder.choose(plain.id)
    stage.ready()
    assert stage.part.card.hint.full_text.startswith("Stories was not taught to chat.")


def test_up_edits_the_last_turn_and_escape_leaves_it(stage: Stage) -> None:
    stage.ask("Why?", " Because")
    QTest.keyClick(stage.part.card.composer.field, Qt.Key.Key_Up)
    assert stage.part.card.composer.text() == "Why?"
    assert stage.part.card.composer.editing.isVisible()
    assert stage.part.escape()
    assert stage.part.card.composer.text() == ""
    assert not stage.part.escape()
    QTest.keyClick(stage.part.card.composer.field, Qt.Key.Key_Up)
    stage.part.card.composer.set_text("Why not?")
    stage.part.primary()
    stage.answer(" So")
    assert stage.transcript.text() == "Why not?\nSo"
    assert stage.part.card.which.text() == "Branch 2 of 2"
    QTest.mouseClick(stage.part.card.earlier, LEFT)
    assert stage.transcript.text() == "Why?\nBecause"


def test_deeds_of_a_turn(stage: Stage) -> None:
    stage.ask("Why?", " Because")
    answer = stage.transcript.turns[1]
    QTest.mouseClick(answer.buttons["copy"], LEFT)
    assert QGuiApplication.clipboard().text() == "Because"
    QTest.mouseClick(answer.buttons["regenerate"], LEFT)
    stage.answer(" So")
    assert stage.transcript.text() == "Why?\nSo"
    QTest.mouseClick(stage.transcript.turns[1].buttons["edit"], LEFT)
    assert stage.part.card.composer.button.accessibleName() == "Keep"
    stage.part.card.composer.set_text("My words")
    stage.part.primary()
    assert stage.transcript.text() == "Why?\nMy words"
    stage.ask("Who?", " Ada")
    QTest.mouseClick(stage.transcript.turns[1].buttons["branch"], LEFT)
    assert stage.transcript.text() == "Why?\nMy words"
    assert stage.part.card.which.text() == "New branch"


def test_a_token_shows_its_alternatives_and_enter_goes_on_from_one(stage: Stage, qtbot: QtBot) -> None:
    stage.ask("Why?", " Be", "cause")
    text = stage.transcript.turns[1].text
    qtbot.waitUntil(lambda: text.token_rect(1).width() > 0)
    QTest.mouseClick(text.viewport(), LEFT, pos=text.token_rect(1).center())
    popover: Any = stage.part.hover.popover
    qtbot.waitUntil(popover.rows.hasFocus)
    assert popover.title.full_text == "Token 2: “cause”"
    QTest.keyClick(popover.rows, Qt.Key.Key_Up)
    QTest.keyClick(popover.rows, Qt.Key.Key_Return)
    assert stage.asked["answer_ids"] == [100, 7]
    stage.answer(" more", first=200)
    assert stage.transcript.text() == "Why?\nBe or more"


def test_the_system_prompt_is_edited_in_its_row(stage: Stage) -> None:
    row = stage.part.card.system
    QTest.mouseClick(row.pencil, LEFT)
    QTest.keyClicks(row.field, "Be brief.")
    QTest.mouseClick(row.keep, LEFT)
    assert row.words.full_text == "System: Be brief."
    stage.type("Why?")
    assert stage.asked["messages"][0] == {"role": "system", "content": "Be brief."}
    stage.answer(" So")
    QTest.mouseClick(row.pencil, LEFT)
    assert stage.part.escape()
    assert not row.is_open


def test_chats_are_chosen_renamed_trashed_and_searched(stage: Stage) -> None:
    stage.ask("First words", " One")
    QTest.mouseClick(stage.part.list.new, LEFT)
    assert stage.transcript.text() == ""
    stage.ask("Second words", " Two")
    chats = stage.part.list.list
    assert [chats.item(at).text() for at in range(chats.count())] == ["Today", "Second words", "First words"]
    chats.setCurrentRow(2)
    assert stage.transcript.text() == "First words\nOne"
    dialogs: Any = stage.session.dialogs
    dialogs.text = "Renamed"
    QTest.keyClick(chats, Qt.Key.Key_F2)
    assert stage.part.card.title.text() == "Renamed"
    QTest.keyClicks(stage.part.list.search, "two")
    assert [chats.item(at).text() for at in range(chats.count())] == ["Today", "Second words"]
    stage.part.list.search.setText("nowhere")
    assert stage.part.list.nothing.text() == "No chat holds “nowhere”."
    stage.part.list.search.clear()
    chats.setCurrentRow(1)
    QTest.keyClick(chats, Qt.Key.Key_Delete)
    assert "Second words" not in [chats.item(at).text() for at in range(chats.count())]
    assert stage.part.search()


def test_copy_and_export(stage: Stage, tmp_path: Path) -> None:
    dialogs: Any = stage.session.dialogs
    assert not stage.part.export_button.isEnabled()
    stage.ask("Why?", " Because")
    stage.part.copy()
    assert QGuiApplication.clipboard().text().startswith("# Why?")
    for name, start in (("a.md", "# Why?"), ("a.jsonl", '{"title": "Why?"')):
        dialogs.save_to = tmp_path / name
        QTest.mouseClick(stage.part.export_button, LEFT)
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    dialogs.save_to = tmp_path / "missing" / "a.md"
    stage.part.export()
    assert stage.session.notices.history[0].tone == "danger"
    dialogs.save_to = None
    stage.part.export()


def test_a_failure_is_a_card_with_a_way_on(stage: Stage) -> None:
    stage.type("Why?")
    stage.jobs.end("run-1", "lost")
    card = stage.part.card
    assert card.trouble.isVisible()
    assert card.trouble.title.text() == "The model stopped"
    card.retry_requested.emit()
    assert not card.trouble.isVisible()
    stage.ready()
    stage.answer(" So")
    assert stage.transcript.text() == "Why?\nSo"


def test_small_windows_keep_the_list_in_a_drawer(stage: Stage) -> None:
    stage.part.fit("S")
    assert not stage.part.list.isVisible()
    QTest.mouseClick(stage.part.card.chats_button, LEFT)
    assert stage.part.list.isVisible()
    assert stage.part.escape()
    assert not stage.part.list.isVisible()
    stage.part.search()
    assert stage.part.list.isVisible()
    stage.part.fit("L")
    assert stage.part.list.isVisible()


def test_commands_say_why_they_cannot_run(stage: Stage) -> None:
    reasons = {command.id: command.enabled() for command in stage.part.commands()}
    assert reasons["chat.export"] == "Nothing was said yet."
    assert reasons["chat.again"] == "There is no answer yet."
    assert reasons["chat.new"] == ""
