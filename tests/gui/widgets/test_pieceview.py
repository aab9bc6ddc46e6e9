"""The piece view: keys, marks, selection, what is spoken, and long texts."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.data import pieces
from llmstudio.data.pieces import Piece
from llmstudio.data.tokenizers.byte import ByteTokenizer
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.pieceview import PieceView

TEXT = "Mira’s lantern"


def words(text: str) -> list[Piece]:
    """Every word with the space before it is a piece; its id is its length."""
    found, at = [], 0
    for word in text.split(" "):
        piece = f" {word}" if at else word
        data = piece.encode()
        found.append(Piece(len(piece), piece, at, at + len(piece), data, at, at + len(data), data.hex(" "), False))
        at += len(piece)
    return found


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[PieceView]:
    shown = PieceView(Theme())
    qtbot.addWidget(shown)
    shown.resize(400, 200)
    with qtbot.waitExposed(shown):
        shown.show()
    return shown


def test_arrows_walk_and_speak_the_pieces(view: PieceView) -> None:
    view.set_pieces(words("one two three"))
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.current == 0
    assert view.accessibleDescription() == "Piece 1 of 3: one, id 3, characters 0 to 3"
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.accessibleDescription() == "Piece 3 of 3: space, three, id 6, characters 7 to 13"
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.current == 2


def test_down_goes_to_the_piece_below(view: PieceView) -> None:
    view.resize(160, 200)
    view.set_pieces(words("one two three four five six"))
    view.set_current(0)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.current > 1
    top, below = view.piece_rect(0), view.piece_rect(view.current)
    assert below.top() == top.top() + 32
    assert below.left() == top.left()
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert view.current == 0


def test_copies_all_ids_or_the_selected_ones(view: PieceView) -> None:
    view.set_pieces(words("a bb ccc dddd"))
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "1 3 4 5"
    view.set_current(1)
    QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert list(view.selected()) == [1, 2]
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "3 4"


def test_space_pins_the_piece_against_pointing_elsewhere(view: PieceView) -> None:
    view.set_pieces(words("one two three"))
    view.set_current(0)
    QTest.keyClick(view, Qt.Key.Key_Space)
    QTest.mouseMove(view.viewport(), view.piece_rect(2).center())
    assert view.shown == view.pinned == 0
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert view.pinned == -1
    assert view.shown == 2


def test_pointing_tells_the_characters_and_leaving_takes_it_back(view: PieceView, qtbot: QtBot) -> None:
    view.set_pieces(words("one two three"))
    with qtbot.waitSignal(view.pointed) as told:
        QTest.mouseMove(view.viewport(), view.piece_rect(1).center())
    assert told.args == [(3, 7)]
    with qtbot.waitSignal(view.pointed) as told:
        QTest.mouseMove(view.viewport(), QPoint(390, 190))
    assert told.args == [None]


def test_marks_every_piece_that_holds_the_characters(view: PieceView) -> None:
    cut = pieces.inspect(ByteTokenizer(), TEXT)
    view.set_pieces(cut)
    view.mark((4, 5))  # the apostrophe: three bytes
    assert [cut[index].hex for index in view.marked()] == ["e2", "80", "99"]
    view.mark(None)
    assert view.marked() == []


def test_a_line_end_begins_a_new_row(view: PieceView) -> None:
    view.set_pieces(words("one\n two"))
    assert view.piece_rect(1).top() == view.piece_rect(0).top() + 32


def test_a_long_text_is_laid_out_little_by_little(view: PieceView, qtbot: QtBot) -> None:
    view.set_pieces(words(" ".join(["word"] * 30_000)))
    assert len(view._flow) < 5_000
    qtbot.waitUntil(lambda: len(view._flow) == 30_000)
    assert view.verticalScrollBar().maximum() == view._flow.rows * 32 - view.viewport().height()


def test_the_end_of_a_long_text_is_reached_at_once(view: PieceView) -> None:
    view.set_pieces(words(" ".join(["word"] * 20_000)))
    view.set_current(19_999)
    assert view.viewport().rect().contains(view.piece_rect(19_999))


def test_zoom_and_theme_are_followed(view: PieceView) -> None:
    theme = view._theme
    view.set_pieces(words("one two"))
    narrow = view.piece_rect(0).width()
    theme.set_zoom(1.5)
    assert view.piece_rect(0).width() > narrow
    assert view.piece_rect(0).height() == 36
    theme.set_mode("dark")
    image = view.grab().toImage()
    box = view.piece_rect(0)
    assert image.pixelColor(box.left() + 3, box.center().y()) == theme.piece(3)


def test_an_empty_view_takes_keys_and_pointing(view: PieceView) -> None:
    view.set_pieces([])
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_End):
        QTest.keyClick(view, key)
    assert view.shown == -1
    assert view._at(QPointF(5, 5)) == -1
