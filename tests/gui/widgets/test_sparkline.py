"""A sparkline scales to its box and takes no harm from gaps."""

from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.sparkline import Sparkline, polygon

BOX = QRectF(10, 10, 100, 20)


def test_first_point_left_highest_value_on_top() -> None:
    shape = polygon([(0, 4.0), (10, float("nan")), (50, 2.0), (100, 1.0)], BOX)
    assert (shape[0].x(), shape[0].y()) == (10, 10)
    assert (shape[2].x(), shape[2].y()) == (110, 30)
    assert len(shape) == 3


def test_an_unfinished_run_takes_its_share_of_the_width() -> None:
    assert polygon([(0, 4.0), (100, 1.0)], BOX, share=0.5)[1].x() == 60


def test_one_point_is_no_line() -> None:
    assert polygon([(0, 4.0)], BOX).isEmpty()
    assert polygon([(0, 2.0), (1, 2.0)], BOX)[0].y() == 30


def test_the_widget_paints(qtbot: QtBot) -> None:
    widget = Sparkline(Theme())
    qtbot.addWidget(widget)
    blank = widget.grab().toImage()
    widget.show_points([(0, 4.0), (1, 1.0)])
    assert widget.grab().toImage() != blank
