"""One row of a form: changed dot, label, editor with its unit, help, undo arrow, and a fault line below.

Label, description, bounds and faults reach the screen reader from here, so no form can forget them.
"""

from typing import Any

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QWidget

from llmstudio.config.option import Fault, OptionInfo
from llmstudio.gui import icons
from llmstudio.gui.forms import numbers
from llmstudio.gui.forms.editors import ToggleEditor, make_editor
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button, icon_button
from llmstudio.gui.widgets.text import ElidedLabel, Label

GUTTER, LABEL, EDITOR, GAP = 16, 152, 224, 16
PATIENCE_MS = 400  # a fault is shown this long after the last key


class FormRow(QWidget):
    """The row of one option. `edited` after the person changed it; `suggested` when they took a proposed value."""

    edited = Signal(str)
    revert_requested = Signal(str)
    suggested = Signal(str, object)

    def __init__(
        self,
        theme: Theme,
        info: OptionInfo,
        prefix: str,
        *,
        icon: str = "",
        picker: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.info = info
        self._theme = theme
        self._changed = False
        self._fault: Fault | None = None
        self._warning = ""
        self._help = info.help
        self.editor = make_editor(theme, info, icon=icon, picker=picker)
        self.editor.setObjectName(f"{prefix}.{info.name}")
        self.label = Label(info.title)
        self.label.setBuddy(self.editor)
        self.help = ElidedLabel(info.help, "caption", "muted")
        self.mark = QLabel()
        self.undo = icon_button(theme, "undo", f"Return {info.title} to the proposal", self._revert)
        self.undo.set_role("accent")
        self.trouble = ElidedLabel("", "caption", "danger")
        self.trouble_mark = QLabel()
        self.remedy = Button("", "link", run=self._take_suggestion)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE_MS)
        self._timer.timeout.connect(self._show_trouble)
        self._lay_out()
        self._connect()
        self._describe()
        self._show_trouble()
        self.set_changed(False)

    # -- what the form tells it

    def set_changed(self, changed: bool) -> None:
        """Whether the value differs from the proposal: the dot and the arrow."""
        self._changed = changed
        self.undo.setVisible(changed)
        self._describe()
        self.update()

    def set_fault(self, fault: Fault | None, *, at_once: bool = False) -> None:
        """Show what is wrong: 400 ms after the last key, or when the row is left; mended is mended at once."""
        self._fault = fault
        if fault is None or at_once or not self.editor.hasFocus():
            self._show_trouble()
        else:
            self._timer.start()

    def set_warning(self, text: str) -> None:
        """Show something to look at in place of the help; "" for nothing."""
        self._warning = text
        self._show_help()
        self._show_state()

    def set_help(self, text: str) -> None:
        """Replace the help, as by "32 numbers each"; "" returns to the option's own."""
        self._help = text or self.info.help
        if isinstance(self.editor, ToggleEditor):
            self.editor.setText(self._help)
        self._show_help()
        self._describe()

    def explanation(self) -> tuple[str, str]:
        """Title and long text for F1."""
        parts = [self.info.long or self.info.help, _bounds(self.info)]
        return self.info.title, "\n\n".join(part for part in parts if part)

    def has_fault(self) -> bool:
        """Whether the value is wrong (shown or not yet)."""
        return self._fault is not None

    # -- construction

    def _lay_out(self) -> None:
        toggle = isinstance(self.editor, ToggleEditor)
        grid = QGridLayout(self)
        grid.setHorizontalSpacing(0)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(3, 1)
        middle = Qt.AlignmentFlag.AlignVCenter
        grid.addWidget(self.label, 0, 0, middle)
        grid.addWidget(self.editor, 0, 1, 1, 3 if toggle else 1, middle)
        if not toggle:
            helped = QHBoxLayout()
            helped.setSpacing(6)
            helped.addWidget(self.mark)
            helped.addWidget(self.help, 1)
            grid.addLayout(helped, 0, 3, middle)
        grid.addWidget(self.undo, 0, 4, middle)
        below = QHBoxLayout()
        below.setSpacing(6)
        below.addWidget(self.trouble_mark)
        below.addWidget(self.trouble, 1)
        below.addWidget(self.remedy)
        grid.addLayout(below, 1, 1, 1, 4)
        self.help.setVisible(not toggle)
        self.mark.setVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._fit()

    def _fit(self) -> None:
        """Widths and heights at the zoom of now."""
        px, grid = self._theme.px, self.layout()
        assert isinstance(grid, QGridLayout), "it was laid out so"
        grid.setContentsMargins(px(GUTTER), 0, 0, 0)
        for column, wide in enumerate((LABEL, EDITOR, GAP)):
            grid.setColumnMinimumWidth(column, px(wide))
        grid.setRowMinimumHeight(0, px(40))
        if not isinstance(self.editor, ToggleEditor):
            self.editor.setFixedWidth(px(EDITOR))

    def _connect(self) -> None:
        self.editor.edited.connect(lambda: self.edited.emit(self.info.name))
        self.editor.left.connect(self._show_trouble)
        self.editor.revert_requested.connect(self._revert)
        self._theme.changed.connect(self._fit)

    def _describe(self) -> None:
        self.editor.setAccessibleName(self.info.title)
        parts = [self._help, f"in {self.info.unit}" if self.info.unit else "", _bounds(self.info)]
        parts.append("Differs from the proposal" if self._changed else "")
        parts.append(self._fault.message if self._fault and self.trouble.isVisibleTo(self) else self._warning)
        self.editor.setAccessibleDescription(". ".join(part.rstrip(".") for part in parts if part))

    # -- showing

    def _show_trouble(self) -> None:
        self._timer.stop()
        fault = self._fault
        words = fault.message if fault else ""
        suggestion = fault.suggestion if fault else None
        self.trouble.setText(words)
        for widget in (self.trouble, self.trouble_mark):
            widget.setVisible(fault is not None)
        self.remedy.setVisible(suggestion is not None)
        self.remedy.setText(f"Use {_named(suggestion)}" if suggestion is not None else "")
        if fault is not None:
            ratio = self.devicePixelRatioF()
            self.trouble_mark.setPixmap(icons.pixmap("warning", "danger", 16, theme=self._theme, ratio=ratio))
        self._show_help()
        self._show_state()
        self._describe()

    def _show_help(self) -> None:
        if isinstance(self.editor, ToggleEditor):
            return
        warned = bool(self._warning)
        self.help.setText(self._warning or self._help)
        self.help.set_role("warning" if warned else "muted")
        self.help.setVisible(not self.trouble.isVisibleTo(self))
        self.mark.setVisible(warned and self.help.isVisibleTo(self))
        if warned:
            ratio = self.devicePixelRatioF()
            self.mark.setPixmap(icons.pixmap("warning", "warning", 16, theme=self._theme, ratio=ratio))

    def _show_state(self) -> None:
        faulty = self._fault is not None and self.trouble.isVisibleTo(self)
        self.editor.set_state("fault" if faulty else "warning" if self._warning else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        """The dot that means "differs from the proposal"."""
        if not self._changed:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent"))
        painter.drawEllipse(QRectF(2, self.label.geometry().center().y() - 2.5, 6, 6))
        painter.end()

    # -- what the person does

    def _revert(self) -> None:
        if self._changed:
            self.revert_requested.emit(self.info.name)

    def _take_suggestion(self) -> None:
        if self._fault is not None:
            self.suggested.emit(self.info.name, self._fault.suggestion)


def _bounds(info: OptionInfo) -> str:
    name = info.scale == "name"
    low = numbers.shown(_plain(info.minimum, info), name=name) if info.minimum is not None else ""
    high = numbers.shown(_plain(info.maximum, info), name=name) if info.maximum is not None else ""
    if low and high:
        return f"From {low} to {high}"
    return f"At least {low}" if low else f"At most {high}" if high else ""


def _plain(value: float, info: OptionInfo) -> Any:
    return int(value) if info.kind == "int" else value


def _named(value: Any) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else numbers.shown(value)
