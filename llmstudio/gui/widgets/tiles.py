"""Tiles: a label, a large figure with its unit, and a note; and a row of them."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from llmstudio.gui import glossary
from llmstudio.gui.widgets.text import ElidedLabel, Label, set_tip


class Tile(QFrame):
    """A card 88 high (64 when compact) for one number; `extra` may hold a sparkline at the right."""

    def __init__(self, label: str = "", *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self._term: glossary.Term | None = None
        self._compact = False
        self.label = ElidedLabel(label, "caption", "muted")
        self.figure = Label("", "figure")
        self.unit = ElidedLabel("", "body", "muted")
        self.note = ElidedLabel("", "caption", "muted")
        self._words = QVBoxLayout()
        self._words.setContentsMargins(0, 0, 0, 0)
        self._words.setSpacing(0)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.figure)
        line.addWidget(self.unit, 1, Qt.AlignmentFlag.AlignBottom)
        self._words.addWidget(self.label)
        self._words.addLayout(line)
        self._words.addWidget(self.note)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(15, 9, 15, 6)
        self._row.addLayout(self._words, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_compact(False)

    def show_figure(
        self, figure: str, unit: str = "", note: str = "", *, label: str | None = None, role: str = "text"
    ) -> None:
        """Show a figure; `role` colours it ("muted" for one that is out of date)."""
        if label is not None:
            self.label.setText(label)
        self.figure.setText(figure)
        self.unit.setText(unit)
        self.note.setText(note)
        self.figure.set_role(role)
        self.setAccessibleName(" ".join(f"{self.label.full_text}: {figure} {unit}. {note}".split()))
        self._explain()

    def _explain(self) -> None:
        """Where the label is a term of the field, the tool tip says in two sentences what it means."""
        term = glossary.find(self.label.full_text)
        if term is not self._term:
            self._term = term
            set_tip(self, term.text if term is not None else "")
            self.setAccessibleDescription(term.text if term is not None else "")

    def set_extra(self, widget: QWidget) -> None:
        """Put a small picture at the right."""
        self._row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)

    def set_compact(self, compact: bool) -> None:
        """Leave the note out, for small windows."""
        self._compact = compact
        self.note.setVisible(not compact)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Larger text takes a higher tile."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _fit(self) -> None:
        lines = (self.label, self.figure) if self._compact else (self.label, self.figure, self.note)
        needed = sum(line.fontMetrics().height() for line in lines) + 15
        self.setFixedHeight(max(64 if self._compact else 88, needed))


class Tiles(QWidget):
    """A row of equally wide tiles, by key."""

    def __init__(self, tiles: Sequence[tuple[str, str]], *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        self.tiles = {key: Tile(label) for key, label in tiles}
        for tile in self.tiles.values():
            row.addWidget(tile, 1)

    def __getitem__(self, key: str) -> Tile:
        return self.tiles[key]

    def add(self, widget: QWidget, stretch: int = 1) -> None:
        """Put another widget after the tiles."""
        layout = self.layout()
        assert isinstance(layout, QBoxLayout)
        layout.addWidget(widget, stretch)

    def set_compact(self, compact: bool) -> None:
        """Leave the notes out, for small windows."""
        for tile in self.tiles.values():
            tile.set_compact(compact)
