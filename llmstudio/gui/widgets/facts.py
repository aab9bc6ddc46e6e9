"""Names and values in two columns, in groups with headings: what a run or a model is made of."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from llmstudio.gui.widgets.card import line
from llmstudio.gui.widgets.text import ElidedLabel, Label, tell_term

Group = tuple[str, Sequence[tuple[str, str]]]
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Facts(QWidget):
    """Shows groups of (name, value); a group without a heading has none. Values elide, with tool tip.

    `gap` are the pixels between two rows.
    """

    def __init__(self, parent: QWidget | None = None, *, gap: int = 4) -> None:
        super().__init__(parent)
        self._gap = gap
        self._shown: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_groups(self, groups: Sequence[Group]) -> None:
        """Show other groups; the same again costs nothing."""
        wanted = tuple((heading, tuple(rows)) for heading, rows in groups)
        if wanted == self._shown:
            return
        self._shown = wanted
        self._clear()
        for at, (heading, rows) in enumerate(wanted):
            if at:
                self._column.addSpacing(4)
                self._column.addWidget(line())
                self._column.addSpacing(4)
            if heading:
                self._column.addWidget(Label(heading, "caption-strong", "muted"))
            self._column.addLayout(_grid(rows, self._gap))

    def _clear(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            for part in _widgets(item):
                part.hide()
                part.deleteLater()


def _grid(rows: Sequence[tuple[str, str]], gap: int) -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(gap)
    grid.setColumnStretch(1, 1)
    for at, (name, value) in enumerate(rows):
        label = ElidedLabel(value, "caption-strong")
        label.setAlignment(RIGHT)
        label.setAccessibleName(f"{name}: {value}")
        about = Label(name, "caption", "muted")
        tell_term(about, name)
        grid.addWidget(about, at, 0)
        grid.addWidget(label, at, 1)
    return grid


def _widgets(item: object) -> list[QWidget]:
    widget = item.widget()  # type: ignore[attr-defined]
    if widget is not None:
        return [widget]
    layout = item.layout()  # type: ignore[attr-defined]
    found: list[QWidget] = []
    while layout is not None and (inner := layout.takeAt(0)) is not None:
        found += _widgets(inner)
    return found
