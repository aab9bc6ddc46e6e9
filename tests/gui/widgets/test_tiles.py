"""Tiles show a figure with its unit and scope, and read it out."""

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.tiles import Tiles


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
