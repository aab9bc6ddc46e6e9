"""A number with its slider: the label, a small field and the slider below, all three one setting."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSlider, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.text import Label, set_property, set_tip


class _Slider(QSlider):
    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls the page and never changes a setting."""
        event.ignore()


class Knob(QWidget):
    """One setting. `moved` carries a float (or the words typed, where they are no number)."""

    moved = Signal(object)

    def __init__(
        self, theme: Theme, title: str, low: float, high: float, step: float, decimals: int, effect: str = ""
    ) -> None:
        super().__init__()
        self._low, self._step, self._decimals = low, step, decimals
        self._value: float = low
        self.label = Label(title)
        self.field = QLineEdit()
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.setFixedWidth(theme.px(56))
        self.field.setProperty("compact", True)
        self.field.setAccessibleName(title)
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, round((high - low) / step))
        self.slider.setPageStep(max(1, self.slider.maximum() // 10))
        self.slider.setAccessibleName(f"{title}, slider")
        self.label.setBuddy(self.field)
        self._help = effect
        set_tip(self.label, effect)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.label, 0, 0)
        grid.addWidget(self.field, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.slider, 1, 0, 1, 2)
        self.slider.valueChanged.connect(self._slid)
        self.field.editingFinished.connect(self._typed)
        self.set_fault("")

    def set_value(self, value: float) -> None:
        """Show a value; one beyond the slider's ends is shown in the field all the same."""
        self._value = value
        self.slider.blockSignals(True)
        self.slider.setValue(round((value - self._low) / self._step))
        self.slider.blockSignals(False)
        if not (self.field.hasFocus() and self.field.isModified()):
            self.field.setText(f"{value:.{self._decimals}f}")

    def set_fault(self, words: str) -> None:
        """Say what is wrong with the value, or nothing."""
        set_property(self.field, "state", "fault" if words else "")
        set_tip(self.field, words or self._help)
        self.field.setAccessibleDescription(words or self._help)

    def _slid(self, at: int) -> None:
        value = round(self._low + at * self._step, 6)
        self.field.setText(f"{value:.{self._decimals}f}")
        self._value = value
        self.moved.emit(value)

    def _typed(self) -> None:
        if not self.field.isModified():
            return
        self.field.setModified(False)
        words = self.field.text().strip().replace(",", ".") if self._decimals else self.field.text().replace(",", "")
        try:
            value: object = float(words) if self._decimals else int(words)
        except ValueError:
            value = words
        self.moved.emit(value)
