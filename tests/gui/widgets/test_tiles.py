"""Tiles show a figure with its unit and scope, and read it out."""

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.tiles import Tile, Tiles


def test_a_figure_is_shown_and_spoken(theme: Theme, qtbot: QtBot) -> None:
    tiles = Tiles([("loss", "Validation loss"), ("speed", "Speed")])
    qtbot.addWidget(tiles)
    tiles.show()
    tiles["speed"].show_figure("74,500", "tokens/s", "steady for 4 minutes")
    assert tiles["speed"].figure.text() == "74,500"
    assert tiles["speed"].accessibleName() == "Speed: 74,500 tokens/s. steady for 4 minutes"
    assert tiles["speed"].height() == 88
    tiles.set_compact(True)
    assert tiles["speed"].height() == 64
    assert not tiles["speed"].note.isVisible()


def test_a_picture_can_stand_beside_it(theme: Theme, qtbot: QtBot) -> None:
    tiles = Tiles([("loss", "Validation loss")])
    qtbot.addWidget(tiles)
    extra, more = QLabel("curve"), QLabel("more")
    tiles["loss"].set_extra(extra)
    tiles.add(more)
    tiles.show()
    assert extra.isVisible()
    assert more.isVisible()


def test_a_term_is_explained_where_it_stands(qtbot: QtBot) -> None:
    tile = Tile("Bits per byte")
    qtbot.addWidget(tile)
    tile.show_figure("0.470", "bits")
    assert "tokenizer" in tile.toolTip()
    assert tile.accessibleDescription() in tile.toolTip()
    tile.show_figure("3", label="Documents")
    assert tile.toolTip() == tile.accessibleDescription() == ""


def test_larger_text_takes_a_higher_tile(qtbot: QtBot) -> None:
    tile = Tile("Loss")
    qtbot.addWidget(tile)
    assert tile.height() == 88
    for label in (tile.label, tile.figure, tile.note):
        label.setStyleSheet("font-size: 60px")
        label.ensurePolished()
    tile.set_compact(False)
    assert tile.height() > 150
