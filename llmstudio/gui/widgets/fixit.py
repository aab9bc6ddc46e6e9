"""The fix-it card: what stopped, the evidence with numbers, a remedy that works, and technical details to copy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from llmstudio.gui import icons
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.flow import Flow
from llmstudio.gui.widgets.text import Label, Paragraph


@dataclass(frozen=True)
class Remedy:
    """A button of the card: its words, what it does, and its icon."""

    text: str
    run: Callable[[], object]
    icon: str = ""


class FixIt(QFrame):
    """Hidden until `show_trouble`; then it takes the focus, so that it is announced. Tone "danger" or "warning"."""

    def __init__(self, theme: Theme, *, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tone = "danger"
        self._details = ""
        self.setObjectName(name)
        self.setProperty("surface", "card")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.mark = QLabel()
        self.title = Label("", "section", wrap=True)
        self.evidence = Paragraph()
        self._remedies = Flow()
        self.fold = Button("Technical details", "item", icon="chevron-right", theme=theme, run=self._unfold)
        self.copy = Button("Copy", "link", run=lambda: QGuiApplication.clipboard().setText(self._details))
        self.view = QPlainTextEdit()
        self._lay_out()
        theme.changed.connect(self._draw)
        self.hide()

    def show_trouble(
        self,
        title: str,
        evidence: str,
        remedies: Sequence[Remedy] = (),
        *,
        details: str = "",
        tone: str = "danger",
        focus: bool = True,
    ) -> None:
        """Show what stopped. The first remedy is the primary one, the others look closer or let be."""
        same = self.isVisible() and self.title.text() == title and self.evidence.text() == evidence
        self._tone, self._details = tone, details
        self.title.setText(title)
        self.evidence.setText(evidence)
        self.evidence.setVisible(bool(evidence))
        self.setAccessibleName(title)
        self.setAccessibleDescription(evidence)
        self._set_remedies(remedies)
        for widget in (self.fold, self.copy):
            widget.setVisible(bool(details))
        self.view.setPlainText(details)
        if not same:
            self.view.hide()
            self.fold.set_icon("chevron-right")
        self._draw()
        self.show()
        if focus and not same:
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The card, and its coloured edge."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(self._tone))
        painter.drawRoundedRect(QRectF(0, 15, 4, self.height() - 30), 2, 2)
        painter.end()

    def _lay_out(self) -> None:
        self.view.setReadOnly(True)
        self.view.setProperty("frame", "field")
        self.view.setAccessibleName("Technical details")
        self.view.setFixedHeight(160)
        self.view.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 14, 16, 10)
        row.setSpacing(12)
        row.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(4)
        row.addLayout(column, 1)
        column.addWidget(self.title)
        column.addWidget(self.evidence)
        column.addSpacing(4)
        column.addLayout(self._remedies)
        foot = QHBoxLayout()
        foot.addWidget(self.fold)
        foot.addStretch(1)
        foot.addWidget(self.copy)
        column.addLayout(foot)
        column.addWidget(self.view)

    def _set_remedies(self, remedies: Sequence[Remedy]) -> None:
        self._remedies.clear()
        for at, remedy in enumerate(remedies):
            kind = ("primary", "second", "quiet")[min(at, 2)]
            self._remedies.addWidget(Button(remedy.text, kind, icon=remedy.icon, theme=self._theme, run=remedy.run))

    def _unfold(self) -> None:
        self.view.setVisible(not self.view.isVisible())
        self.fold.set_icon("chevron-down" if self.view.isVisible() else "chevron-right")

    def _draw(self) -> None:
        ratio = self.devicePixelRatioF()
        self.mark.setPixmap(icons.pixmap("warning", self._tone, 20, theme=self._theme, ratio=ratio))
        self.view.setFont(self._theme.font("mono"))
        self.update()
