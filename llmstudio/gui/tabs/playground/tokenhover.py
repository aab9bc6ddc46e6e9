"""The popover of a token, wherever text that a model wrote is shown."""

from PySide6.QtCore import QObject, QPoint, QRect, QTimer, Signal
from PySide6.QtWidgets import QWidget

from llmstudio.gui.tabs.playground.versions import Token
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.tokenpopover import Candidate, TokenPopover, shown
from llmstudio.gui.widgets.writing import Writing


class TokenHover(QObject):
    """Opens beside a token; `taken` carries the line that was chosen to go on from."""

    taken = Signal(int)

    def __init__(self, theme: Theme, home: QWidget) -> None:
        super().__init__(home)
        self._theme, self._home = theme, home
        self.popover: TokenPopover | None = None

    @property
    def visible(self) -> bool:
        """Whether it is open."""
        return self.popover is not None and self.popover.isVisible()

    def open(self, writing: Writing, index: int, token: Token, *, may_take: bool, focus: bool) -> None:
        """Show the alternatives of the token at `index` of a text. `focus`: the arrows move in it at once."""
        rows = [Candidate(one.text, one.p_raw, one.p, one.id == token.id) for one in token.top]
        if all(not row.chosen for row in rows):
            rows.append(Candidate(token.text, token.p_raw, token.p, True))
        window = self._home.window()
        origin = writing.viewport().mapTo(window, QPoint(0, 0))
        box = writing.token_rect(index)
        middle = QRect(box.left(), box.center().y() - self._theme.px(15), box.width(), self._theme.px(30))
        floor = min(writing.text_bottom(), writing.viewport().height()) + origin.y()
        title = f"Token {index + 1}: “{shown(token.text).strip('·')}”"
        popover = self._make(window)
        popover.open_at(middle.translated(origin), floor, rows, title, active=may_take)
        if focus:
            QTimer.singleShot(0, popover, popover.take_focus)

    def close(self) -> None:
        """Close it."""
        if self.popover is not None:
            self.popover.dismiss()

    def _make(self, window: QWidget) -> TokenPopover:
        if self.popover is None or self.popover.parentWidget() is not window:
            if self.popover is not None:
                self.popover.deleteLater()
            self.popover = TokenPopover(self._theme, window)
            self.popover.taken.connect(self._taken)
        return self.popover

    def _taken(self, line: int) -> None:
        self.close()
        self.taken.emit(line)
