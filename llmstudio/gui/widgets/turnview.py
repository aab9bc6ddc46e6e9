"""One turn of a transcript: one's own at the right on a soft ground, an answer on the bare page with its facts below.

It knows what can be done with a turn by name, but does nothing itself.
"""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from llmstudio.gui import icons
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button, icon_button
from llmstudio.gui.widgets.text import ElidedLabel
from llmstudio.gui.widgets.turntext import TurnText
from llmstudio.gui.widgets.writing import Ink

# what can be done with a turn: icon, words, key
DEEDS: dict[str, tuple[str, str, str]] = {
    "copy": ("copy", "Copy", "C"),
    "edit": ("edit", "Edit", "E"),
    "regenerate": ("regenerate", "Write the answer anew", "R"),
    "branch": ("branch", "Begin a branch after this answer", "B"),
    "go_on": ("play", "Write on from here", "W"),
}


@dataclass(frozen=True)
class Line:
    """One turn. `marked` is a token or -1; `spans` are stretches (characters) that stand out from another text."""

    id: str
    own: bool
    text: str
    inks: tuple[Ink, ...] = ()
    facts: str = ""
    deeds: tuple[str, ...] = ("copy",)
    marked: int = -1
    live: bool = False
    who: str = ""
    spans: tuple[tuple[int, int], ...] = ()


class TurnView(QWidget):
    """Shows a `Line`. The signals carry the turn's id."""

    deed = Signal(str, str)  # what is to be done, id
    opened = Signal(str, int)
    pointed = Signal(str, int)
    walked = Signal(str, int)

    def __init__(self, theme: Theme, line: Line) -> None:
        super().__init__()
        self.theme = theme
        self.id, self.own = line.id, line.own
        self.current = False
        self.line = line
        self.text = TurnText(theme, "You said" if line.own else f"{line.who or 'The model'} answered")
        self.text.opened.connect(lambda index: self.opened.emit(self.id, index))
        self.text.pointed.connect(lambda index: self.pointed.emit(self.id, index))
        self.text.walked.connect(lambda steps: self.walked.emit(self.id, steps))
        self.buttons = {name: self._button(name) for name in DEEDS}
        self._lay_out()

    def _lay_out(self) -> None:
        raise NotImplementedError

    def _button(self, name: str) -> Button:
        icon, words, key = DEEDS[name]
        button = icon_button(self.theme, icon, f"{words} ({key})", lambda: self.deed.emit(name, self.id))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the transcript is one Tab stop; the letters do the same
        return button

    def show_line(self, line: Line) -> None:
        """Show another state of the same turn."""
        self.line = line
        self.text.show_text(line.text, line.inks, coloured=False)
        self.text.mark(line.marked)
        self.text.set_spans(line.spans)
        self._offer()

    def set_current(self, current: bool) -> None:
        """Whether the keys of the transcript mean this turn."""
        if current != self.current:
            self.current = current
            self._offer()
            self.update()

    def _offer(self) -> None:
        for name, button in self.buttons.items():
            button.setVisible(name in self.line.deeds and self._offered())

    def _offered(self) -> bool:
        return not self.line.live

    def paintEvent(self, event: QPaintEvent) -> None:
        """An edge around the turn that the keys mean."""
        if self.current:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.theme.colour("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
            painter.end()


class Bubble(QFrame):
    """The soft ground of one's own words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent-soft"))
        painter.drawRoundedRect(self.rect(), 8, 8)
        painter.end()


class OwnTurn(TurnView):
    """At the right, as wide as its words; what can be done with it shows beside it while pointed at."""

    WIDEST = 0.86  # share of the page

    def _lay_out(self) -> None:
        px = self.theme.px
        self._pointed = False
        self.bubble = Bubble(self.theme)
        inside = QHBoxLayout(self.bubble)
        inside.setContentsMargins(px(16), px(8), px(16), px(8))
        inside.addWidget(self.text)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(4), px(4), px(4), px(4))
        row.setSpacing(px(4))
        row.addStretch(1)
        for button in self.buttons.values():
            button.hide()
            policy = button.sizePolicy()
            policy.setRetainSizeWhenHidden(False)
            button.setSizePolicy(policy)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.bubble)

    def show_line(self, line: Line) -> None:
        """Show another state of the same turn."""
        super().show_line(line)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As wide as the words, within the page."""
        super().resizeEvent(event)
        self._fit()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Offer what can be done."""
        super().enterEvent(event)
        self._pointed = True
        self._offer()

    def leaveEvent(self, event: QEvent) -> None:
        """Offer it no more."""
        super().leaveEvent(event)
        self._pointed = False
        self._offer()

    def _offered(self) -> bool:
        return self._pointed or self.current

    def _fit(self) -> None:
        px = self.theme.px
        room = self.width() - px(8) - (px(60) if self.width() > px(320) else 0)
        widest = min(int(room * self.WIDEST) if self.width() > px(480) else room, room)
        wide = max(min(self.text.natural_width(), widest - px(32)), px(24))
        if wide != self.text.width():
            self.text.setFixedWidth(wide)


class Answer(TurnView):
    """On the bare page: a mark, the text, and a line of facts with what can be done."""

    def _lay_out(self) -> None:
        px = self.theme.px
        self.facts = ElidedLabel("", "caption", "muted")
        column = QVBoxLayout()
        column.setSpacing(px(2))
        column.addWidget(self.text)
        foot = QHBoxLayout()
        foot.setSpacing(px(2))
        foot.addWidget(self.facts, 1)
        for button in self.buttons.values():
            foot.addWidget(button)
        column.addLayout(foot)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(36), px(4), px(4), px(2))
        row.addLayout(column, 1)

    def show_line(self, line: Line) -> None:
        """Show another state of the same turn."""
        super().show_line(line)
        self.facts.setText(line.facts)
        self.facts.setMinimumHeight(self.theme.px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The mark of an answer."""
        super().paintEvent(event)
        px = self.theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRect(px(4), px(6), px(20), px(20))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.colour("accent"))
        painter.drawRoundedRect(box, px(4), px(4))
        side = px(14)
        mark = QRect(box.center().x() - side // 2 + 1, box.center().y() - side // 2 + 1, side, side)
        icons.paint(painter, mark, "sparkle", "accent-text", theme=self.theme)
        painter.end()
