"""A table column of coloured pieces."""

from pytestqt.qtbot import QtBot

from llmstudio.data import pieces
from llmstudio.data.pieces import Piece
from llmstudio.data.tokenizers.byte import ByteTokenizer
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.piececolumn import PieceColumn
from llmstudio.gui.widgets.table import Column, Table


def test_a_row_shows_its_piece_in_the_colour_of_its_id(qtbot: QtBot) -> None:
    theme = Theme()
    table = Table(theme, [Column("Piece", lambda piece: piece.text)], "Pieces")
    qtbot.addWidget(table)
    table.setItemDelegateForColumn(0, PieceColumn(theme, lambda piece: piece, table))
    found: list[Piece] = pieces.inspect(ByteTokenizer(), "ab")
    table.set_rows(found)
    table.resize(300, 200)
    table.show()
    for row, piece in enumerate(found):
        place = table.visualRect(table.rows_model.index(row, 0))
        image = table.viewport().grab().toImage()
        assert image.pixelColor(place.left() + 10, place.center().y()) == theme.piece(piece.id)
