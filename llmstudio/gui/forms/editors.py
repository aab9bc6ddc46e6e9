"""The editors of option forms. Each has `value`, `set_value`, `set_state` and the signals `edited` and `left`."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit

from llmstudio.config.option import OptionInfo
from llmstudio.gui.forms import numbers
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.text import set_property
from llmstudio.gui.widgets.toggle import Toggle


class LineEditor(QLineEdit):
    """A line with a unit inside, at the right. Ctrl+Backspace asks for the proposal back."""

    edited = Signal()
    left = Signal()
    revert_requested = Signal()

    def __init__(self, theme: Theme, info: OptionInfo) -> None:
        super().__init__()
        self.info = info
        self._theme = theme
        self.textEdited.connect(lambda _text: self.edited.emit())
        theme.changed.connect(self._fit)
        self._fit()

    def value(self) -> Any:
        """What was typed; None for nothing where nothing is allowed."""
        text = self.text()
        return None if self.info.optional and not text.strip() else text

    def set_value(self, value: Any) -> None:
        """Show a value, unless that is what the person is typing."""
        self._show("" if value is None else str(value))

    def set_state(self, state: str) -> None:
        """ "fault", "warning" or ""."""
        set_property(self, "state", state)

    def set_read_only(self, read_only: bool) -> None:
        """Show the value without a border."""
        self.setReadOnly(read_only)
        set_property(self, "readOnlyLook", read_only)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leaving is when faults are shown at once."""
        super().focusOutEvent(event)
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Backspace asks for the proposal."""
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() == Qt.Key.Key_Backspace and control:
            self.revert_requested.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The field, then the unit."""
        super().paintEvent(event)
        if not self.info.unit:
            return
        painter = QPainter(self)
        painter.setFont(self._theme.font("caption"))
        painter.setPen(self._theme.colour("muted" if self.isEnabled() else "disabled"))
        room = QRect(0, 0, self.width() - self._theme.px(12), self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.info.unit)
        painter.end()

    def sizeHint(self) -> QSize:
        """224 wide."""
        return QSize(self._theme.px(224), super().sizeHint().height())

    def _show(self, text: str) -> None:
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)

    def _fit(self) -> None:
        label = QLineEdit.fontMetrics(self).horizontalAdvance(self.info.unit) if self.info.unit else 0
        self.setTextMargins(0, 0, label + self._theme.px(4) if label else 0, 0)


class NumberEditor(LineEditor):
    """A whole or real number with thousands separators; arrows step, and the wheel changes nothing."""

    def value(self) -> Any:
        """The number, or the text where it is none (the check says what is wrong with it)."""
        return numbers.read(self.text(), self.info.kind)

    def set_value(self, value: Any) -> None:
        """Show a number, unless the text means that number already."""
        if not (self.hasFocus() and self.value() == value):
            self._show(self._shown(value))

    def _shown(self, value: Any) -> str:
        return numbers.shown(value, name=self.info.scale == "name")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Put the separators in."""
        value = self.value()
        if isinstance(value, int | float):
            self._show(self._shown(value))
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down step."""
        value = self.value()
        arrows = (Qt.Key.Key_Up, Qt.Key.Key_Down)
        if event.key() in arrows and isinstance(value, int | float) and not self.isReadOnly():
            moved = numbers.stepped(value, event.key() == Qt.Key.Key_Up, self.info)
            self._show(self._shown(moved))
            self.edited.emit()
        else:
            super().keyPressEvent(event)


class ChoiceEditor(Picker):
    """One of a few words, or of the entries given later (datasets, tokenizers)."""

    edited = Signal()
    left = Signal()
    revert_requested = Signal()

    def __init__(self, theme: Theme, info: OptionInfo, icon: str = "") -> None:
        entries = [Entry(choice, choice) for choice in info.choices]
        super().__init__(theme, info.title, entries, icon=icon)
        self.info = info
        self._wanted: Any = None
        self.chosen.connect(self._picked)

    def value(self) -> Any:
        """The key chosen; None for nothing where nothing is allowed."""
        return self.current() or self._wanted or (None if self.info.optional else "")

    def set_value(self, value: Any) -> None:
        """Choose a key; one that is not offered yet is kept until it is."""
        self._wanted = value
        self.set_current(str(value) if value is not None else "")

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Offer other entries."""
        super().set_entries(entries)
        wanted = getattr(self, "_wanted", None)
        if wanted is not None and not self.current():
            self.set_current(str(wanted))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Backspace asks for the proposal."""
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() == Qt.Key.Key_Backspace and control:
            self.revert_requested.emit()
        else:
            super().keyPressEvent(event)

    def _picked(self, key: str) -> None:
        self._wanted = key
        self.edited.emit()


class ToggleEditor(Toggle):
    """On or off, with the help as its words."""

    edited = Signal()
    left = Signal()
    revert_requested = Signal()

    def __init__(self, theme: Theme, info: OptionInfo) -> None:
        super().__init__(theme, info.help)
        self.info = info
        self.clicked.connect(self.edited)

    def value(self) -> Any:
        """True or False."""
        return self.isChecked()

    def set_value(self, value: Any) -> None:
        """Switch."""
        self.setChecked(bool(value))

    def set_state(self, state: str) -> None:
        """A switch cannot be wrong by itself; the line below it tells."""

    def set_read_only(self, read_only: bool) -> None:
        """Show without switching."""
        self.setEnabled(not read_only)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Backspace asks for the proposal."""
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() == Qt.Key.Key_Backspace and control:
            self.revert_requested.emit()
        else:
            super().keyPressEvent(event)


Editor = LineEditor | ChoiceEditor | ToggleEditor


def make_editor(theme: Theme, info: OptionInfo, *, icon: str = "", picker: bool = False) -> Editor:
    """The editor for an option; `picker` makes a text option a searchable choice."""
    if picker or info.kind == "choice":
        return ChoiceEditor(theme, info, icon)
    if info.kind == "bool":
        return ToggleEditor(theme, info)
    if info.kind in ("int", "float"):
        return NumberEditor(theme, info)
    return LineEditor(theme, info)
