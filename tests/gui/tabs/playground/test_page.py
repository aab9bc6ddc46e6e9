"""The Playground as a person uses it: keys, mouse, header, popover."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.page import PlaygroundPage
from tests.gui.tabs.desk import RememberingJobs, keep_model, make_session


class Stage:
    """The page in a window, with the child played by hand."""

    def __init__(self, qtbot: QtBot, root: Path, *models: str) -> None:
        self.session = make_session(root)
        for title in models:
            keep_model(self.session, title)
        self.session.theme.apply()
        self.jobs: RememberingJobs = self.session.jobs  # type: ignore[assignment]
        self.page = PlaygroundPage(self.session)
        self.window = QWidget()
        qtbot.addWidget(self.window)
        row = QHBoxLayout(self.window)
        row.addWidget(self.page)
        for widget in (self.page.picker, *self.page.header().buttons):
            row.addWidget(widget)
        self.window.resize(1300, 740)
        self.window.show()
        self.page.fit("L")
        self.page.shown()

    def press(self, name: str) -> None:
        button = self.window.findChild(QWidget, name)
        assert button is not None
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def answer(self, *words: str) -> None:
        request = [sent for _, sent in self.jobs.sent if sent["op"] == "generate"][-1]
        run = f"run-{len(self.jobs.submitted)}"
        self.jobs.say_from_child(run, op="prompt", id=request["id"], ids=[1, 2], pieces=[])
        tokens: list[dict[str, Any]] = [
            {"id": at, "text": word, "p": 0.5, "p_raw": 0.2, "top": [[50, " b", 0.3, 0.4], [at, word, 0.2, 0.5]]}
            for at, word in enumerate(words)
        ]
        self.jobs.say_from_child(run, op="tokens", id=request["id"], tokens=tokens)
        self.jobs.say_from_child(run, op="done", id=request["id"], reason="length", tokens_per_second=71.0)

    def write(self, *words: str) -> None:
        QTest.keyClicks(self.page.write.card.writing, "Once")
        self.press("playground.generate_button")
        self.jobs.say_from_child("run-1", op="ready")
        self.answer(*words)


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    return Stage(qtbot, tmp_path, "Pell stories")


def test_without_models_it_leads_to_training(qtbot: QtBot, tmp_path: Path) -> None:
    stage = Stage(qtbot, tmp_path)
    assert stage.page.empty.isVisible()
    assert stage.page.header().buttons == ()
    with qtbot.waitSignal(stage.session.go_requested) as told:
        QTest.mouseClick(stage.page.empty.button, Qt.MouseButton.LeftButton)
    assert told.args[0] == "train"


def test_typing_continuing_and_reading_by_the_fixed_names(stage: Stage) -> None:
    stage.write(" upon", " a", " time")
    output: Any = stage.window.findChild(QWidget, "playground.output")
    prompt: Any = stage.window.findChild(QWidget, "playground.prompt")
    assert output.toPlainText() == " upon a time"
    assert output.text() == " upon a time"
    assert output.property("text") == " upon a time"
    assert prompt.toPlainText() == "Once upon a time"
    assert stage.window.findChild(QWidget, "playground.model") is stage.page.picker
    assert "3 tokens written, 71 per second, seed" in stage.page.write.card.left.full_text
    assert stage.page.write.card.right.full_text == "Prompt 2 tokens, 5 of 256 in the context"


def test_the_primary_button_becomes_stop_while_writing(stage: Stage) -> None:
    QTest.keyClicks(stage.page.write.card.writing, "Once")
    stage.press("playground.generate_button")
    assert not stage.page.write.go_button.isEnabled()
    assert "Loading Pell stories" in stage.page.write.card.left.full_text
    stage.jobs.say_from_child("run-1", op="ready")
    assert stage.page.write.go_button.accessibleName() == "Stop"
    stage.press("playground.generate_button")
    assert stage.jobs.sent[-1][1] == {"op": "stop"}
    stage.answer(" upon")
    assert stage.page.write.go_button.accessibleName() == "Continue"


def test_a_click_on_a_token_shows_its_alternatives_and_enter_branches(stage: Stage, qtbot: QtBot) -> None:
    stage.write(" upon", " a", " time")
    writing = stage.page.write.card.writing
    QTest.mouseClick(writing.viewport(), Qt.MouseButton.LeftButton, pos=writing.token_rect(1).center())
    popover: Any = stage.page.write.hover.popover
    qtbot.waitUntil(popover.rows.hasFocus)
    assert popover.title.full_text == "Token 2: “a”"
    QTest.keyClick(popover.rows, Qt.Key.Key_Up)
    QTest.keyClick(popover.rows, Qt.Key.Key_Return)
    assert not popover.isVisible()
    assert stage.page.write.presenter.state.version.text == "Once upon b"
    assert stage.page.write.card.which.text() == "Version 2 of 2"
    assert stage.jobs.sent[-1][1]["prompt_ids"] == [1, 2, 0, 50]


def test_alt_arrows_enter_and_escape_work_without_a_mouse(stage: Stage) -> None:
    stage.write(" upon", " a")
    writing = stage.page.write.card.writing
    QTest.keyClick(writing, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert stage.page.write.presenter.state.cursor == 1
    assert stage.page.write.strip.bars.accessibleDescription().startswith("Token 2")
    QTest.keyClick(writing, Qt.Key.Key_Return)
    popover: Any = stage.page.write.hover.popover
    assert popover.isVisible()
    assert stage.page.escape()
    assert not popover.isVisible()
    assert stage.page.escape()
    assert stage.page.write.presenter.state.cursor == -1
    assert not stage.page.escape()


def test_versions_are_leafed_through(stage: Stage) -> None:
    stage.write(" upon")
    QTest.mouseClick(stage.page.write.again_button, Qt.MouseButton.LeftButton)
    stage.answer(" more")
    assert stage.page.write.card.writing.toPlainText() == "Once more"
    QTest.mouseClick(stage.page.write.card.earlier, Qt.MouseButton.LeftButton)
    assert stage.page.write.card.writing.toPlainText() == "Once upon"
    assert not stage.page.write.card.earlier.isEnabled()


def test_copy_and_save(stage: Stage, tmp_path: Path) -> None:
    stage.write(" upon")
    stage.page.write.copy()
    assert QGuiApplication.clipboard().text() == "Once upon"
    dialogs: Any = stage.session.dialogs
    for name, start in (("a.txt", "Once upon\n"), ("a.md", "**Once** upon"), ("a.jsonl", '{"model": "Pell stories"')):
        dialogs.save_to = tmp_path / name
        QTest.mouseClick(stage.page.write.save_button, Qt.MouseButton.LeftButton)
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    dialogs.save_to = tmp_path / "missing" / "a.txt"
    stage.page.write.save()
    assert stage.session.notices.history[0].tone == "danger"
    dialogs.save_to = None
    stage.page.write.save()
    assert len(stage.session.notices.history) == 5


def test_a_failure_is_a_card_and_the_text_stays(stage: Stage) -> None:
    stage.write(" upon")
    stage.jobs.end("run-1", "failed")
    card = stage.page.write.card
    assert card.trouble.isVisible()
    assert card.trouble.title.text() == "The model stopped"
    assert card.writing.toPlainText() == "Once upon"
    stage.page.write.presenter.try_again()
    assert not card.trouble.isVisible()
    assert len(stage.jobs.submitted) == 2


def test_sampling_follows_the_card(stage: Stage) -> None:
    card, presenter = stage.page.sampling, stage.page.write.presenter
    presenter.set_preset("inventive")
    assert card.preset.words() == "Inventive"
    QTest.keyClick(card.knobs["temperature"].slider, Qt.Key.Key_Right)
    assert presenter.values["temperature"] == pytest.approx(1.15)
    assert card.preset.words() == "Own settings"
    QTest.keyClicks(card.seed, "77")
    QTest.keyClick(card.seed, Qt.Key.Key_Return)
    assert presenter.values["seed"] == 77
    assert card.seed_lock.isChecked()
    QTest.mouseClick(card.seed_lock, Qt.MouseButton.LeftButton)
    assert presenter.values["seed"] is None
    QTest.keyClicks(card.stop, "END")
    QTest.keyClick(card.stop, Qt.Key.Key_Return)
    assert presenter.values["stop"] == ("END",)
    QTest.mouseClick(card.reset, Qt.MouseButton.LeftButton)
    assert card.preset.words() == "Balanced"
    assert not card.reset.isEnabled()


def test_a_wrong_knob_says_so_and_holds_writing_back(stage: Stage) -> None:
    knob = stage.page.sampling.knobs["temperature"]
    knob.field.selectAll()
    QTest.keyClicks(knob.field, "9")
    QTest.keyClick(knob.field, Qt.Key.Key_Return)
    assert stage.page.sampling.trouble.isVisible()
    assert "Temperature" in stage.page.sampling.trouble.text()
    assert not stage.page.write.go_button.isEnabled()


def test_small_windows_keep_sampling_in_a_drawer(stage: Stage) -> None:
    stage.page.fit("S")
    assert not stage.page.sampling.isVisible()
    QTest.mouseClick(stage.page.write.card.sampling_button, Qt.MouseButton.LeftButton)
    assert stage.page.sampling.isVisible()
    assert stage.page.escape()
    assert not stage.page.sampling.isVisible()
    stage.page.fit("L")
    assert stage.page.sampling.isVisible()


def test_write_with_it_chooses_the_model_and_begins_with_the_prompt(stage: Stage) -> None:
    kept = keep_model(stage.session, "Other")
    stage.page.open(model=kept.id, prompt="Once, in Pell,")
    assert stage.page.write.presenter.state.model == kept.id
    assert stage.page.picker.words() == "Other"
    assert stage.page.write.card.writing.toPlainText() == "Once, in Pell,"
    assert stage.page.write.presenter.state.phase == "loading"


def test_commands_say_why_they_cannot_run(stage: Stage) -> None:
    reasons = {command.id: command.enabled() for command in stage.page.commands()}
    assert reasons["playground.continue"] == ""
    assert reasons["playground.again"] == "Nothing was written yet."
    assert reasons["playground.copy"] == "The page is empty."


def test_the_parts_share_one_model_and_the_last_one_is_remembered(stage: Stage, qtbot: QtBot) -> None:
    page = stage.page
    stage.write(" upon")
    with qtbot.waitSignal(page.header_changed):
        page.segments.set_current("chat")
    assert page.part is page.chat
    assert page.header().buttons == (page.chat.export_button, page.chat.compare_button)
    page.chat.card.composer.set_text("Why?")
    page.primary()
    assert len(stage.jobs.submitted) == 1, "the model that wrote answers too"
    assert stage.jobs.sent[-1][1]["op"] == "chat"
    page.segments.set_current("tasks")
    assert not page.tasks.go_button.isEnabled()
    assert page.header().buttons[-1] is page.tasks.go_button
    again = PlaygroundPage(stage.session)
    qtbot.addWidget(again)
    assert again.segments.current() == "tasks"


def test_comparing_stands_in_for_the_chat_and_leads_back(stage: Stage) -> None:
    page: Any = stage.page
    keep_model(stage.session, "Other")
    page.open(part="chat")
    page.chat.compare_button.click()
    assert page.part is page.compare
    assert page.picker.isHidden()
    page.segments.set_current("write")
    assert page.part is page.write
    assert not page.picker.isHidden()
    page.segments.set_current("chat")
    assert page.part is page.compare
    page.compare.back_button.click()
    assert page.part is page.chat


def test_every_part_offers_the_ways_to_the_others(stage: Stage) -> None:
    for key in ("write", "chat", "tasks"):
        stage.page.segments.set_current(key)
        ways = [command.id for command in stage.page.commands() if command.id.startswith("playground.part.")]
        assert len(ways) == 2
        assert f"playground.part.{key}" not in ways


def test_in_middle_windows_the_chat_keeps_sampling_in_a_drawer(stage: Stage) -> None:
    stage.page.open(part="chat")
    stage.page.fit("M")
    assert not stage.page.sampling.isVisible()
    QTest.mouseClick(stage.page.chat.card.sampling_button, Qt.MouseButton.LeftButton)
    assert stage.page.sampling.isVisible()
    assert stage.page.escape()
    assert not stage.page.sampling.isVisible()
    stage.page.segments.set_current("write")
    assert stage.page.sampling.isVisible()
    assert stage.page.search() is False


def test_a_model_is_opened_for_what_it_was_taught(stage: Stage) -> None:
    taught = keep_model(stage.session, "Taught", chat={"template": "chatml", "source": "", "end": []})
    judge = keep_model(stage.session, "Judge", task={"kind": "classify", "labels": ["a", "b"]})
    page = stage.page
    page.tasks.presenter.choose("summarise")
    for model, part in ((taught, "chat"), (judge, "tasks")):
        page.open(model=model.id)
        assert page.segments.current() == part
    assert page.tasks.presenter.state.judges
    page.open(model=taught.id, prompt="Once")
    assert page.segments.current() == "write"
    page.open(model=taught.id, part="tasks")
    assert page.segments.current() == "tasks"


def test_a_foreign_chat_template_is_told_where_one_talks(qtbot: QtBot, tmp_path: Path) -> None:
    stage = Stage(qtbot, tmp_path)
    chat = {"template": "jinja", "source": "<|im_start|>"}
    kept = keep_model(stage.session, "Foreign", chat=chat)
    stage.session.changed("model")
    page = stage.page
    for part, told in (("write", False), ("chat", True), ("tasks", True)):
        page.segments.set_current(part)
        page._show_part(part)
        assert page.notice.isVisible() == told
    assert page.notice.text.full_text == "Its own chat template is off until you have read it; ChatML is used."
    sheets: list[Any] = []
    stage.session.dialogs.sheet = sheets.append  # type: ignore[assignment,method-assign]
    page.notice.action.click()
    qtbot.addWidget(sheets[0])
    page.holder.load()
    stage.jobs.say_from_child("run-1", op="ready")
    sheets[0].decided.emit(True)
    assert not page.notice.isVisible()
    assert stage.jobs.stopped == []
    page.holder.ask({"op": "chat"})  # now it is loaded anew, with its own template
    assert stage.jobs.stopped == ["run-1"]
    assert len(stage.jobs.submitted) == 2
    assert page.holder.state.chosen is not None
    assert (page.holder.state.chosen.id, page.holder.state.chosen.chat) == (kept.id, "its own")
