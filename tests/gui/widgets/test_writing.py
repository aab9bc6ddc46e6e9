"""The page of the Playground: text, tokens, pointer and keys."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.writing import Ink, Writing, strength

TEXT = "Once a 🦊 ran"
INK = [Ink(4, 6, 0.2), Ink(6, 8, 6.0), Ink(8, 12, 1.5)]


@pytest.fixture
def page(qtbot: QtBot) -> Writing:
    theme = Theme()
    theme.set_mode("light")
    writing = Writing(theme)
    qtbot.addWidget(writing)
    writing.resize(500, 200)
    writing.show()
    return writing


def test_underlines_grow_with_surprise() -> None:
    shares = [strength(bits) for bits in (0, 0.99, 1, 2, 3.5, 5, 20)]
    assert shares[:2] == [0, 0]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_typing_is_told_with_the_whole_text(page: Writing, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.edited) as told:
        QTest.keyClicks(page, "H")
    assert told.args == ["H"]


def test_showing_is_silent_and_twice_the_same_changes_nothing(page: Writing, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(page.edited):
        page.show_text(TEXT, INK)
        page.show_text(TEXT, INK)
    assert page.toPlainText() == TEXT


def test_growing_keeps_the_place_of_the_caret(page: Writing) -> None:
    page.show_text("Once", [])
    cursor = page.textCursor()
    cursor.setPosition(2)
    page.setTextCursor(cursor)
    page.show_text(TEXT, INK)
    assert page.textCursor().position() == 2


def test_what_was_written_can_be_undone_as_a_step(page: Writing, qtbot: QtBot) -> None:
    QTest.keyClicks(page, "Once")
    page.set_writing(True)
    page.show_text("Once a", INK[:1])
    page.show_text(TEXT, INK)
    page.set_writing(False)
    with qtbot.waitSignal(page.edited) as told:
        page.undo()
    assert told.args == ["Once"]


def test_tokens_are_found_by_place_also_after_an_emoji(page: Writing) -> None:
    page.show_text(TEXT, INK)
    boxes = [page.token_rect(index) for index in range(3)]
    assert boxes[0].right() <= boxes[1].left() + 1
    assert boxes[1].right() <= boxes[2].left() + 1
    for index, box in enumerate(boxes):
        assert page.token_at(box.center()) == index
    assert page.token_at(QPoint(400, 150)) == -1


def test_a_click_on_a_token_opens_it(page: Writing, qtbot: QtBot) -> None:
    page.show_text(TEXT, INK)
    with qtbot.waitSignal(page.opened) as told:
        QTest.mouseClick(page.viewport(), Qt.MouseButton.LeftButton, pos=page.token_rect(2).center())
    assert told.args == [2]


def test_resting_on_a_token_points_at_it(page: Writing, qtbot: QtBot) -> None:
    page.show_text(TEXT, INK)
    with qtbot.waitSignal(page.pointed, timeout=3000) as told:
        QTest.mouseMove(page.viewport(), page.token_rect(1).center())
    assert told.args == [1]


def test_alt_arrows_walk_and_enter_opens_only_what_is_marked(page: Writing, qtbot: QtBot) -> None:
    page.show_text(TEXT, INK)
    with qtbot.waitSignal(page.walked) as told:
        QTest.keyClick(page, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert told.args == [-1]
    page.mark(1)
    with qtbot.waitSignal(page.opened) as opened:
        QTest.keyClick(page, Qt.Key.Key_Return)
    assert opened.args == [1]
    page.mark(-1)
    with qtbot.waitSignal(page.edited):
        QTest.keyClick(page, Qt.Key.Key_Return)


def test_nobody_types_while_the_model_writes(page: Writing, qtbot: QtBot) -> None:
    page.show_text("Once", [])
    page.set_writing(True)
    with qtbot.assertNotEmitted(page.edited):
        QTest.keyClicks(page, "x")
    assert page.toPlainText() == "Once"


def test_a_marked_token_out_of_sight_is_brought_into_sight(page: Writing) -> None:
    text = "Once\n" * 40 + "end"
    page.show_text(text, [Ink(0, 4, 1.0), Ink(len(text) - 3, len(text), 1.0)])
    page.verticalScrollBar().setValue(0)
    page.mark(1)
    assert page.viewport().rect().contains(page.token_rect(1).center())


def test_written_text_is_in_ink_and_typed_text_muted(page: Writing) -> None:
    page.show_text(TEXT, INK)
    formats = page.document().firstBlock().layout().formats()
    colours = {one.start: one.format.foreground().color().name() for one in formats}
    assert colours[0] == Theme().colour("muted").name() or len(set(colours.values())) == 2


def test_it_paints_in_both_themes_and_at_another_zoom(page: Writing) -> None:
    page.show_text(TEXT, INK)
    page.mark(1)
    light = page.grab().toImage()
    page._theme.set_mode("dark")
    page._theme.set_zoom(1.5)
    assert page.grab().toImage() != light


def test_a_text_set_as_a_whole_keeps_the_height_of_lines(page: Writing, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.edited) as told:
        page.setPlainText("Once\nin Pell")
    assert told.args == ["Once\nin Pell"]
    document = page.document()
    heights = {document.findBlockByNumber(at).blockFormat().lineHeight() for at in range(document.blockCount())}
    assert heights == {page._theme.line_height("writing")}
