"""Flow begins a new line where there is no more room."""

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.flow import Flow


def test_lines_break(theme: Theme, qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    flow = Flow(widget, gap=8, line_gap=4)
    labels = [QLabel(f"word {at}") for at in range(12)]
    for label in labels:
        flow.addWidget(label)
    labels[3].hide()
    widget.resize(160, 400)
    widget.show()
    assert len({label.y() for label in labels if label.isVisible()}) > 2
    assert all(label.geometry().right() <= 160 for label in labels if label.isVisible())
    assert flow.heightForWidth(2000) < flow.heightForWidth(160)
    assert flow.hasHeightForWidth()
    assert flow.count() == 12
    flow.clear()
    assert flow.count() == 0
    assert flow.itemAt(0) is None
