"""One tokenizer on the Inspect page: its picker, its figures, the pieces (or their table), and the chosen piece."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.data.pieces import Piece, Report
from llmstudio.gui.tabs.tokenizer.presenter import Side
from llmstudio.gui.tabs.tokenizer.shelf import Choice
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets import piecetext
from llmstudio.gui.widgets.button import Button, icon_button
from llmstudio.gui.widgets.card import line
from llmstudio.gui.widgets.chip import Chip
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.pieceview import PieceView
from llmstudio.gui.widgets.table import Column, Table
from llmstudio.gui.widgets.text import ElidedLabel, Label, Paragraph

HINT = "Arrows walk the pieces, Space pins one, Ctrl+C copies ids."


class SideCard(QFrame):
    """Shows a `Side`. The first side has "Compare" and more; the second can be closed."""

    chosen = Signal(str)
    action_requested = Signal()  # Compare on the first side, close on the second
    more_requested = Signal(object)  # the button to open the menu at

    def __init__(self, theme: Theme, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.setAccessibleName(title)
        self._theme = theme
        self._pieces: Sequence[Piece] = ()
        first = name == "a"
        self.picker = Picker(theme, title, icon="tokenizer", name=f"tokenizer.{name}")
        self.picker.setFixedWidth(theme.px(200))
        self.note = ElidedLabel("", "caption", "muted")
        if first:
            self.action = Button("Compare", "quiet", icon="compare", theme=theme, run=self.action_requested.emit)
            self.action.setObjectName("tokenizer.compare_button")
        else:
            self.action = icon_button(theme, "close", "Stop comparing", self.action_requested.emit)
        self.more = icon_button(theme, "more", "More", lambda: self.more_requested.emit(self.more))
        if not first:
            self.more.hide()
        self.figures = Figures(theme)
        self.view = PieceView(theme, f"Pieces of {title}")
        self.table = Table(theme, _columns(), f"Table of pieces of {title}", compact=True)
        self.trouble = Paragraph("", "body", "muted")
        self.foot = PieceLine(theme)
        self._lay_out()
        self.picker.chosen.connect(self.chosen)
        self.view.shown_changed.connect(self._describe)
        self.table.picked.connect(self._picked)

    def show_state(self, side: Side, choices: Sequence[Choice], *, spaces: bool) -> None:
        """Show a state."""
        self.picker.set_entries([Entry(c.name, c.title, "", "tokenizer") for c in choices])
        self.picker.set_current(side.name)
        choice = next((c for c in choices if c.name == side.name), None)
        self.note.setText(choice.note if choice else "")
        self.view.set_show_spaces(spaces)
        if side.cut is not self._pieces and not side.busy:
            self._pieces = side.cut
            self.view.set_pieces(side.cut)
            self.table.set_rows(list(enumerate(side.cut)))
            self._describe(self.view.shown)
        if not side.busy:
            self.figures.show_report(side.report)
            self.trouble.setText(side.trouble)
        self._show_part()

    def show_table(self, on: bool) -> None:
        """Show the table of pieces in place of the coloured ones."""
        self._as_table = on
        self._show_part()

    def _show_part(self) -> None:
        part = 2 if self.trouble.text() else 1 if self._as_table else 0
        self._stack.setCurrentIndex(part)

    def _lay_out(self) -> None:
        self._as_table = False
        head = QHBoxLayout()
        head.setContentsMargins(15, 15, 12, 0)
        head.setSpacing(16)
        head.addWidget(self.picker)
        head.addWidget(self.note, 1)
        head.addWidget(self.action)
        head.addWidget(self.more)
        self._stack = QStackedLayout()
        for widget in (self.view, self.table, _top(self.trouble)):
            widget.setParent(self)  # a page without a parent would flash up as a window
            self._stack.addWidget(widget)
        middle = QVBoxLayout()
        middle.setContentsMargins(11, 11, 8, 8)
        middle.addLayout(self._stack)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.figures)
        column.addWidget(line())
        column.addLayout(middle, 1)
        column.addWidget(line())
        column.addWidget(self.foot)

    def _picked(self, row: tuple[int, Piece] | None) -> None:
        if row is not None:
            self.view.set_current(row[0])

    def _describe(self, index: int) -> None:
        pieces = self.view.pieces
        partial = any(isinstance(piece, Piece) and piece.partial for piece in pieces[:2000])
        if 0 <= index < len(pieces):
            self.foot.show_piece(pieces[index], pinned=index == self.view.pinned)
        else:
            self.foot.show_words("Underlined pieces are bytes: a part of a character." if partial else HINT)


def _top(widget: QWidget) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(5, 5, 8, 8)
    column.addWidget(widget)
    column.addStretch(1)
    return holder


def _columns() -> list[Column]:
    return [
        Column("No.", lambda row: units.number(row[0] + 1), 64, number=True),
        Column("Piece", lambda row: piecetext.face(row[1]).text, style="mono"),
        Column("Id", lambda row: str(row[1].id), 80, number=True, style="mono"),
        Column("Bytes", lambda row: _short(piecetext.spaced_hex(row[1])), 144, style="mono"),
        Column("Offset", lambda row: piecetext.offsets(row[1]), 104, style="mono"),
    ]


def _short(text: str) -> str:
    return text if len(text) <= 48 else text[:47] + "…"


class Figures(QWidget):
    """Tokens, characters and bytes in each, and whether the text comes back exactly."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(15, 12, 15, 10)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(0)
        self._values: dict[str, Label] = {}
        titles = ("Tokens", "Characters each", "Bytes each", "Round trip")
        for column, title in enumerate(titles):
            grid.addWidget(Label(title, "caption", "muted"), 0, column)
            self._values[title] = Label("–", "strong")
            grid.addWidget(self._values[title], 1, column)
            grid.setColumnStretch(column, 1)

    def show_report(self, report: Report | None) -> None:
        """Show the figures of a cut text; None shows dashes."""
        trip = self._values["Round trip"]
        if report is None:
            for value in self._values.values():
                value.setText("–")
            trip.set_role("text")
            return
        self._values["Tokens"].setText(units.number(report.tokens))
        self._values["Characters each"].setText(f"{report.characters_per_token:.2f}")
        self._values["Bytes each"].setText(f"{report.bytes_per_token:.2f}")
        place = f"Differs from character {units.number((report.differs_at or 0) + 1)}"
        trip.setText("✓ Exact" if report.round_trip else place)
        trip.setAccessibleName("Round trip: exact" if report.round_trip else f"Round trip: {place}")
        trip.set_role("positive" if report.round_trip else "warning")


class PieceLine(QWidget):
    """The chosen piece in a line: piece, id, bytes, offset."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(15, 0, 15, 0)
        row.setSpacing(6)
        self.setFixedHeight(theme.px(42))
        self.words = ElidedLabel("", "caption", "muted")
        row.addWidget(self.words, 100)
        self._fields: list[tuple[Label, ElidedLabel]] = []
        for title in ("Piece", "Id", "Bytes", "Offset"):
            name, value = Label(title, "caption", "muted"), ElidedLabel("", "mono")
            row.addWidget(name)
            row.addWidget(value, 0, Qt.AlignmentFlag.AlignVCenter)
            row.addSpacing(10)
            self._fields.append((name, value))
        self.pin = Chip(theme, "pinned", "accent", icon="pin")
        row.addWidget(self.pin)
        row.addStretch(1)

    def show_words(self, words: str) -> None:
        """Show a hint in place of a piece."""
        self.words.setText(words)
        self._show(piece=False, pinned=False)

    def show_piece(self, piece: piecetext.PieceLike, *, pinned: bool) -> None:
        """Show a piece."""
        shown = piecetext.face(piece).text
        values = (shown, str(piece.id), _short(piecetext.spaced_hex(piece)), piecetext.offsets(piece))
        for (_, label), value in zip(self._fields, values, strict=True):
            label.setText(value)
        self._show(piece=True, pinned=pinned)

    def _show(self, *, piece: bool, pinned: bool) -> None:
        self.words.setVisible(not piece)
        self.pin.setVisible(pinned)
        for name, value in self._fields:
            name.setVisible(piece)
            value.setVisible(piece)
