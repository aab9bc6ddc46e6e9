"""The Tokenizer tab as a person meets it: typing, comparing, looking things up, training, keeping."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer.page import TokenizerPage
from llmstudio.gui.tabs.tokenizer.trainsheet import TrainSheet
from llmstudio.store import catalog
from tests.gui.tabs.data_fixtures import keep_dataset, run_inline, settle
from tests.gui.tabs.tokenizer_fixtures import keep_tokenizer


@pytest.fixture
def page(qtbot: QtBot, session: Session, tmp_path: Path) -> Iterator[TokenizerPage]:
    run_inline(session)
    keep_dataset(session.workspace, tmp_path)
    keep_tokenizer(session.workspace)
    made = TokenizerPage(session)
    qtbot.addWidget(made)
    made.resize(1080, 700)
    made.fit("L")
    with qtbot.waitExposed(made):
        made.show()
    made.shown()
    settle(qtbot, session)
    yield made
    settle(qtbot, session)


def test_a_text_is_there_and_cut_at_the_start(page: TokenizerPage) -> None:
    assert page.inspect.state.a.name == "stories-pieces"
    assert page.inspect_page.a.view.pieces
    assert page.inspect_page.count.full_text.startswith(f"{len(page.inspect.state.text)} characters")
    assert page.inspect_page.a.figures._values["Round trip"].text() == "✓ Exact"


def test_typing_recuts_and_pointing_tells_the_piece(page: TokenizerPage, qtbot: QtBot) -> None:
    page.inspect.choose("a", "bytes")
    page.inspect_page.editor.selectAll()
    QTest.keyClicks(page.inspect_page.editor, "ab")
    qtbot.waitUntil(lambda: len(page.inspect_page.a.view.pieces) == 2)
    page.inspect_page.a.view.set_current(1)
    shown = [value.full_text for _, value in page.inspect_page.a.foot._fields]
    assert shown == ["b", "98", "62", "1 to 2"]
    QTest.keyClick(page.inspect_page.a.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "97 98"


def test_pointing_at_a_piece_marks_the_same_characters_in_the_other(page: TokenizerPage, qtbot: QtBot) -> None:
    QTest.mouseClick(page.inspect_page.a.action, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.inspect.state.b is not None and page.inspect.state.b.report is not None)
    settle(qtbot, page.session)
    page.inspect_page.a.view.set_current(0)
    first = page.inspect_page.a.view.pieces[0]
    marked = page.inspect_page.b.view.marked()
    assert marked
    other = page.inspect_page.b.view.pieces
    assert other[marked[0]].start <= first.start
    assert other[marked[-1]].end >= first.end
    QTest.mouseClick(page.inspect_page.b.action, Qt.MouseButton.LeftButton)
    assert not page.inspect_page.b.isVisible()


def test_the_table_lists_the_same_pieces(page: TokenizerPage) -> None:
    page.inspect_page.views.set_current("table")
    table = page.inspect_page.a.table
    assert table.isVisible()
    assert table.rows_model.rowCount() == len(page.inspect_page.a.view.pieces)
    table.selectRow(3)
    assert page.inspect_page.a.view.current == 3


def test_the_whole_dataset_is_measured_from_its_card(page: TokenizerPage, qtbot: QtBot) -> None:
    card = page.inspect_page.dataset
    assert "Not measured with Stories pieces" in card.words.text()
    QTest.mouseClick(card.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.dataset.state.missing() == [] and bool(page.dataset.state.figures), timeout=20_000)
    settle(qtbot, page.session)
    assert not card.button.isVisible()
    assert card._grid.count() > 10


def test_the_vocabulary_is_searched(page: TokenizerPage, qtbot: QtBot) -> None:
    assert page.search()
    settle(qtbot, page.session)
    table = page.vocabulary_page.table
    assert table.rows_model.rowCount() == 300
    QTest.keyClicks(page.vocabulary_page.search, "an")
    qtbot.waitUntil(lambda: 0 < table.rows_model.rowCount() < 300)
    assert "found" in page.vocabulary_page.foot.full_text
    assert not page.vocabulary_page.grab().isNull()


def test_merges_are_stepped_and_played(page: TokenizerPage, qtbot: QtBot) -> None:
    page.tabs.set_current("merges")
    settle(qtbot, page.session)
    merges = page.merges_page
    qtbot.waitUntil(lambda: merges.tree.steps > 0)
    assert merges.tree.step == merges.tree.steps
    QTest.mouseClick(merges.back, Qt.MouseButton.LeftButton)
    assert merges.tree.step == merges.tree.steps - 1
    merges.toggle_play()
    merges._timer.setInterval(1)
    qtbot.waitUntil(lambda: merges.tree.step == merges.tree.steps)
    qtbot.waitUntil(lambda: merges.play.text() == "Play")


def test_a_tokenizer_is_trained_from_the_sheet(page: TokenizerPage, qtbot: QtBot) -> None:
    page.train_button.click()
    qtbot.waitUntil(lambda: bool(page.session.dialogs.sheets))  # type: ignore[attr-defined]
    sheet = page.session.dialogs.sheets[0]  # type: ignore[attr-defined]
    assert isinstance(sheet, TrainSheet)
    sheet.form.set_values({"vocab_size": 290, "name": "Tiny"})
    assert sheet.train_button.isEnabled()
    sheet.train_button.click()
    qtbot.waitUntil(lambda: page.inspect.state.a.name == "tiny", timeout=30_000)
    settle(qtbot, page.session)
    assert catalog.find(page.session.workspace, "tokenizer", "Tiny").manifest["vocab_size"] == 290


def test_a_training_that_fails_is_told_with_a_way_on(page: TokenizerPage, qtbot: QtBot) -> None:
    page.open_sheet()
    qtbot.waitUntil(lambda: bool(page.session.dialogs.sheets))  # type: ignore[attr-defined]
    sheet = page.session.dialogs.sheets[0]  # type: ignore[attr-defined]
    sheet.form.set_values({"vocab_size": 30_000})
    sheet.start()
    qtbot.waitUntil(page.trouble.isVisible, timeout=30_000)
    settle(qtbot, page.session)
    assert "too small" in page.trouble.title.text()


def test_kept_tokenizers_are_exported_renamed_deleted_and_brought_back(
    page: TokenizerPage, qtbot: QtBot, tmp_path: Path
) -> None:
    page.tabs.set_current("saved")
    saved, dialogs = page.saved_page, page.session.dialogs
    assert saved.table.current_row().title == "Stories pieces"
    dialogs.saved = tmp_path / "out.json"  # type: ignore[attr-defined]
    QTest.mouseClick(saved.buttons["export"], Qt.MouseButton.LeftButton)
    settle(qtbot, page.session)
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["model"]["type"] == "BPE"
    dialogs.text = "Small pieces"  # type: ignore[attr-defined]
    QTest.keyClick(saved, Qt.Key.Key_F2)
    settle(qtbot, page.session)
    qtbot.waitUntil(lambda: saved.table.current_row().title == "Small pieces")
    QTest.mouseClick(saved.buttons["delete"], Qt.MouseButton.LeftButton)
    settle(qtbot, page.session)
    qtbot.waitUntil(lambda: not catalog.exists(page.session.workspace, "tokenizer", "Small pieces"))
    notice = next(n for n in page.session.notices.history if n.action)
    notice.action.run()  # type: ignore[union-attr]
    settle(qtbot, page.session)
    assert catalog.exists(page.session.workspace, "tokenizer", "Small pieces")


def test_built_in_tokenizers_cannot_be_deleted(page: TokenizerPage) -> None:
    page.saved_page.table.select_where(lambda choice: choice.name == "gpt2")
    assert not page.saved_page.buttons["delete"].isEnabled()
    assert page.saved_page.buttons["export"].isEnabled()
    assert "Built in" in page.saved_page.note.full_text


def test_use_for_training_goes_there_with_the_tokenizer(page: TokenizerPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.session.go_requested) as told:
        page.use_button.click()
    assert told.args == ["train", {"tokenizer": "stories-pieces"}]


def test_text_is_taken_from_the_dataset(page: TokenizerPage, qtbot: QtBot) -> None:
    QTest.mouseClick(page.inspect_page.take, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.inspect.state.text.startswith("Mira found the lantern"))
    settle(qtbot, page.session)


def test_every_size_class_and_theme_is_painted(page: TokenizerPage, qtbot: QtBot) -> None:
    page.inspect.compare(True)
    settle(qtbot, page.session)
    for size, width, height in (("S", 780, 440), ("M", 950, 600), ("X", 1700, 900)):
        page.resize(width, height)
        page.fit(size)
        assert not page.grab().isNull()
        assert page.inspect_page.lengths.isVisible() == (size == "X")
    assert page.inspect_page.horizontalScrollBar().maximum() == 0


def test_every_control_that_takes_the_focus_has_a_name(page: TokenizerPage) -> None:
    nameless = [
        widget
        for widget in page.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.accessibleName()
        and not widget.isHidden()
        and not widget.objectName().startswith("qt_")
        and type(widget).__name__ != "QWidget"
    ]
    assert nameless == []
