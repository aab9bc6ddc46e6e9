"""Readiness: what a start waits for, as ticks, triangles and crosses with links to the rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from llmstudio.gui import icons
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.text import ElidedLabel

MARKS = {"good": ("check", "positive"), "warning": ("warning", "warning"), "wrong": ("close", "danger")}
SPOKEN = {"good": "In order", "warning": "Look at this", "wrong": "Missing"}


@dataclass(frozen=True)
class Check:
    """One condition: state "good", "warning" or "wrong", a sentence, and the name of the row it is about."""

    state: str
    text: str
    row: str = ""  # the row the link goes to
    link: str = ""  # the words of the link, as in "Go to Heads"


class Readiness(QWidget):
    """A list of checks; `row_requested` carries the name of the row whose link was pressed."""

    row_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: list[_Line] = []
        self.checks: tuple[Check, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_checks(self, checks: Sequence[Check]) -> None:
        """Show these checks, in this order."""
        self.checks = tuple(checks)
        while len(self._lines) < len(checks):
            line = _Line(self._theme)
            line.pressed.connect(self.row_requested)
            self._lines.append(line)
            self._column.addWidget(line)
        for at, line in enumerate(self._lines):
            line.setVisible(at < len(checks))
            if at < len(checks):
                line.show_check(checks[at])

    def blockers(self) -> list[Check]:
        """The checks with a cross."""
        return [check for check in self.checks if check.state == "wrong"]

    def waiting_for(self) -> str:
        """What the start waits for, in one sentence; "" if nothing."""
        wrong = self.blockers()
        if not wrong:
            return ""
        names = [check.link.removeprefix("Go to ") or check.text for check in wrong]
        count = "one thing" if len(wrong) == 1 else f"{len(wrong)} things"
        return f"Start is waiting for {count}: {', '.join(names)}."


class _Line(QWidget):
    """One check, 28 high."""

    pressed = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._row = ""
        self._mark = QLabel()
        self._text = ElidedLabel()
        self._link = Button("", "link", run=lambda: self.pressed.emit(self._row))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._text, 1)
        row.addWidget(self._link)
        self.setFixedHeight(theme.px(28))
        self._state = "good"
        theme.changed.connect(self._draw)

    def show_check(self, check: Check) -> None:
        self._row, self._state = check.row, check.state
        self._text.setText(check.text)
        self._text.setAccessibleName(f"{SPOKEN[check.state]}: {check.text}")
        self._link.setText(check.link)
        self._link.setVisible(bool(check.link))
        self._draw()

    def _draw(self) -> None:
        name, role = MARKS[self._state]
        ratio = self.devicePixelRatioF()
        self._mark.setPixmap(icons.pixmap(name, role, 18, theme=self._theme, ratio=ratio))
