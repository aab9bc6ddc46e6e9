"""A conversation to read: turns one below the other. One Tab stop; arrows go from turn to turn, letters act on one."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QVBoxLayout, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.turnview import DEEDS, Answer, Line, OwnTurn, TurnView

KEYS = {getattr(Qt.Key, f"Key_{key}"): name for name, (_, _, key) in DEEDS.items()}
HELP = "Arrows go from turn to turn. C copies, E edits, R writes anew, B branches. Alt and arrows walk tokens."


class Transcript(QScrollArea):
    """`show_lines` shows turns; the signals carry a turn's id and what is meant."""

    deed = Signal(str, str)
    opened = Signal(str, int)
    pointed = Signal(str, int)
    walked = Signal(str, int)

    def __init__(self, theme: Theme, title: str = "Transcript", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.turns: list[TurnView] = []
        self._current = -1
        self._follows = True
        self.setAccessibleName(title)
        self.setAccessibleDescription(HELP)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        inside.setProperty("ground", "none")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, theme.px(8), 0, theme.px(8))
        self._column.setSpacing(theme.px(8))
        self._column.addStretch(1)
        self.setWidget(inside)
        self.newer = Button("Newer text", "second", icon="chevron-down", theme=theme, run=self.to_end, parent=self)
        self.newer.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # End does the same
        self.newer.hide()
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._grew)
        bar.valueChanged.connect(self._moved)

    # -- what is shown

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these turns; those that are there already stay."""
        same = 0
        while same < min(len(lines), len(self.turns)) and self.turns[same].id == lines[same].id:
            same += 1
        if same == 0 and lines:
            self._follows = True
        for view in self.turns[same:]:
            self._column.removeWidget(view)
            view.hide()
            view.deleteLater()
        del self.turns[same:]
        for line in lines[same:]:
            self._add(line)
        for view, line in zip(self.turns, lines, strict=True):
            if view.line != line or view.text.toPlainText() != line.text:
                view.show_line(line)
        if not 0 <= self._current < len(self.turns):
            self._set_current(-1)

    def _add(self, line: Line) -> None:
        view = (OwnTurn if line.own else Answer)(self._theme, line)
        view.deed.connect(self.deed)
        view.opened.connect(self.opened)
        view.pointed.connect(self.pointed)
        view.walked.connect(self.walked)
        view.show_line(line)
        self._column.insertWidget(len(self.turns), view)
        self.turns.append(view)

    def view_of(self, name: str) -> TurnView | None:
        """The turn with this id, where it is shown."""
        return next((view for view in self.turns if view.id == name), None)

    def current(self) -> str:
        """The id of the turn that the keys mean, or ""."""
        return self.turns[self._current].id if 0 <= self._current < len(self.turns) else ""

    def text(self) -> str:
        """All that is shown, a turn a line: for tests and screen readers."""
        return "\n".join(view.line.text for view in self.turns)

    def to_end(self) -> None:
        """Show the newest text, and follow it."""
        self._follows = True
        self.newer.hide()
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    # -- following

    def _grew(self, _low: int, high: int) -> None:
        if self._follows:
            self.verticalScrollBar().setValue(high)
        elif self.turns and self.turns[-1].line.live:
            self._place_newer()
            self.newer.show()
            self.newer.raise_()

    def _moved(self, value: int) -> None:
        self._follows = value >= self.verticalScrollBar().maximum() - self._theme.px(24)
        if self._follows:
            self.newer.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the button at the foot."""
        super().resizeEvent(event)
        self._place_newer()

    def _place_newer(self) -> None:
        size = self.newer.sizeHint()
        left = (self.viewport().width() - size.width()) // 2
        top = self.viewport().height() - size.height() - self._theme.px(8)
        self.newer.setGeometry(QRect(QPoint(left, top), size))

    # -- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from turn to turn; letters act; Alt and arrows walk tokens; Enter opens the marked one."""
        key, name = Qt.Key(event.key()), self.current()
        view = self.view_of(name)
        alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if alt and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._walk(1 if key == Qt.Key.Key_Right else -1)
        elif plain and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._step(1 if key == Qt.Key.Key_Down else -1)
        elif plain and key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self.turns:
            self._set_current(0 if key == Qt.Key.Key_Home else len(self.turns) - 1)
        elif plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and view is not None and view.line.marked >= 0:
            self.opened.emit(name, view.line.marked)
        elif plain and key in KEYS and view is not None and KEYS[key] in view.line.deeds and not view.line.live:
            self.deed.emit(KEYS[key], name)
        else:
            super().keyPressEvent(event)

    def _walk(self, steps: int) -> None:
        written = [view for view in self.turns if view.line.inks]
        view = self.view_of(self.current())
        if view is None or not view.line.inks:
            view = written[-1] if written else None
        if view is not None:
            self._set_current(self.turns.index(view))
            self.walked.emit(view.id, steps)

    def _step(self, by: int) -> None:
        if self.turns:
            last = len(self.turns) - 1
            self._set_current(last if self._current < 0 else min(max(self._current + by, 0), last))

    def _set_current(self, at: int) -> None:
        for number, view in enumerate(self.turns):
            view.set_current(number == at)
        self._current = at
        if 0 <= at < len(self.turns):
            view = self.turns[at]
            self.setAccessibleDescription(f"{view.text.accessibleName()}: {view.line.text} {view.line.facts}")
            QTimer.singleShot(0, view, lambda: self.ensureWidgetVisible(view, 0, 0))
        else:
            self.setAccessibleDescription(HELP)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Entered by keyboard, the last turn is meant."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason) and self._current < 0:
            self._step(1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Elsewhere no turn is meant."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._set_current(-1)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the turn, by name."""
        view = (
            self._at(event.pos()) if event.reason() == QContextMenuEvent.Reason.Mouse else self.view_of(self.current())
        )
        if view is None or view.line.live:
            return
        menu = QMenu(self)
        for name in view.line.deeds:
            _, words, key = DEEDS[name]
            menu.addAction(f"{words}\t{key}", partial(self.deed.emit, name, view.id))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def _at(self, place: QPoint) -> TurnView | None:
        page = self.widget()
        inside = page.mapFrom(self, place) if page is not None else place
        return next((view for view in self.turns if view.geometry().contains(inside)), None)
