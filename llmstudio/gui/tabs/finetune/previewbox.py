"""Rows as the model will read them, one at a time: what is learned in ink, what is only given faint."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QTextEdit, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.data.preview import Run, Shown
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import icon_button
from llmstudio.gui.widgets.card import Well
from llmstudio.gui.widgets.text import ElidedLabel, Label
from llmstudio.gui.widgets.textview import TextView

HEIGHT = 180


class PreviewBox(QWidget):
    """Left and right walk through the rows."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows: tuple[Shown, ...] = ()
        self._at = 0
        self.title = Label("What the model reads", "caption-strong")
        self.where = ElidedLabel("", "caption", "muted")
        self.earlier = icon_button(theme, "chevron-left", "Earlier row", lambda: self.move_by(-1))
        self.later = icon_button(theme, "chevron-right", "Later row", lambda: self.move_by(1))
        self.view = _Text(theme, self)
        self.legend = Label("", "caption", "muted", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(theme.px(8))
        head.addWidget(self.title)
        head.addWidget(self.where, 1)
        head.addWidget(self.earlier)
        head.addWidget(self.later)
        well = Well(padding=12, spacing=4)
        well.body.addWidget(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        column.addLayout(head)
        column.addWidget(well)
        column.addWidget(self.legend)
        theme.changed.connect(self._show)
        self._show()

    @property
    def shown_row(self) -> Shown | None:
        """The row that is looked at."""
        return self._rows[self._at] if self._rows else None

    def show_rows(self, rows: tuple[Shown, ...]) -> None:
        """Show other rows."""
        if rows != self._rows:
            self._rows, self._at = rows, min(self._at, max(0, len(rows) - 1))
            self._show()

    def move_by(self, count: int) -> None:
        """Show an earlier or later row."""
        if self._rows:
            self._at = min(max(self._at + count, 0), len(self._rows) - 1)
            self._show()

    def _show(self) -> None:
        row = self.shown_row
        self.earlier.setEnabled(self._at > 0)
        self.later.setEnabled(self._at < len(self._rows) - 1)
        if row is None:
            self.where.setText("")
            self.view.show_text("")
            self.legend.setText("")
            return
        self.where.setText(where(row))
        self.view.show_runs(row)
        self.legend.setText(legend(row))
        self.view.setAccessibleDescription(f"{where(row)}. {legend(row)}")


class _Text(TextView):
    """The row; its arrow keys belong to the box."""

    def __init__(self, theme: Theme, box: PreviewBox) -> None:
        super().__init__(theme, "What the model reads", "body")
        self._box = box
        self.setFixedHeight(theme.px(HEIGHT))

    def show_runs(self, row: Shown) -> None:
        """Show the stretches of a row, each in its ink."""
        runs = written(row)
        self.show_text("".join(run.text for run in runs))
        marks, at = [], 0
        for run in runs:
            end = at + len(run.text.encode("utf-16-le")) // 2  # Qt counts UTF-16 units
            marks.append(self._mark(at, end, run))
            at = end
        self.setExtraSelections(marks)
        if not row.answer:
            self._reveal(runs)

    def _reveal(self, runs: tuple[Run, ...]) -> None:
        """Scroll so far down that the end of what is learned first can be seen."""
        end, seen = 0, False
        for run in runs:
            if seen and not run.trained:
                break
            seen = seen or run.trained
            end += len(run.text.encode("utf-16-le")) // 2
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(end, self.document().characterCount() - 1) if seen else 0)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def _mark(self, start: int, end: int, run: Run) -> QTextEdit.ExtraSelection:
        look = QTextCharFormat()
        look.setForeground(QColor(self._theme.colour("text" if run.trained else "faint")))
        if run.special:
            look.setForeground(QColor(self._theme.colour("accent" if run.trained else "muted")))
        if run.trained:
            look.setBackground(QColor(self._theme.colour("accent-soft")))
        look.setFontStrikeOut(run.cut)
        cursor = QTextCursor(self.document())
        last = self.document().characterCount() - 1
        cursor.setPosition(min(start, last))
        cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
        mark = QTextEdit.ExtraSelection()
        mark.cursor, mark.format = cursor, look
        return mark

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right walk through the rows, the rest scrolls."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self._box.move_by(step)
        else:
            super().keyPressEvent(event)


def written(row: Shown) -> tuple[Run, ...]:
    """The stretches of a row, with a head's answer at the end, which is learned."""
    if not row.answer:
        return row.runs
    return (*row.runs, Run(f"  →  {row.answer}", True, False, False))


def where(row: Shown) -> str:
    """Which row it is and how long."""
    words = f"row {units.number(row.row)}, {units.plural(row.tokens, 'token')}"
    if row.answer:
        return f"{words}, learns “{row.answer}”"
    return f"{words}, {units.number(row.trained)} learned"


def legend(row: Shown) -> str:
    """What the inks mean."""
    parts = ["Marked is what it learns to say; faint is only read."]
    if any(run.cut for run in row.runs):
        parts.append("Struck out is longer than it reads.")
    if row.hidden:
        parts.append(f"{units.plural(row.hidden, 'token')} more.")
    return " ".join(parts)
