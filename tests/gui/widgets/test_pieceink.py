"""How one piece is painted."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from llmstudio.data.pieces import Piece
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.pieceink import PieceInk


def draw(theme: Theme, piece: Piece, **how: bool) -> QImage:
    image = QImage(80, 32, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setFont(theme.font("mono"))
    PieceInk(theme).paint(painter, piece, QRectF(4, 4, 72, 24), **how)
    painter.end()
    return image


def piece(token: int, data: bytes) -> Piece:
    return Piece(token, data.decode("utf-8", "replace"), 0, 1, data, 0, len(data), data.hex(" "), False)


def test_one_id_has_one_colour(qtbot: QtBot) -> None:
    theme = Theme()
    one, other, again = (draw(theme, piece(token, b"a")) for token in (3, 4, 11))
    assert one.pixelColor(60, 16) == theme.piece(3) == again.pixelColor(60, 16)
    assert one.pixelColor(60, 16) != other.pixelColor(60, 16)


def test_half_characters_are_underlined_and_whole_ones_not(qtbot: QtBot) -> None:
    theme = Theme()
    assert draw(theme, piece(1, b"\x80")).pixelColor(60, 27) == theme.colour("control")
    assert draw(theme, piece(1, b"a")).pixelColor(60, 27) != theme.colour("control")


def test_widths_follow_the_words(qtbot: QtBot) -> None:
    ink = PieceInk(Theme())
    short, long = ink.face(piece(1, b"a"))[1], ink.face(piece(1, b"abcdef"))[1]
    assert long > short * 3
