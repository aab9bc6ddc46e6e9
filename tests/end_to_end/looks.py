"""What a machine can see of a window's looks: texts that are cut off, and Qt's own complaints."""

from html import escape

from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.picker import Picker
from llmstudio.gui.widgets.text import ElidedLabel

# Said by the offscreen platform of itself; no window can help it.
HARMLESS = ("This plugin does not support", "propagateSizeHints", "XDG_RUNTIME_DIR")


class Complaints:
    """Collects Qt's warnings from now on."""

    def __init__(self) -> None:
        self.found: list[str] = []
        qInstallMessageHandler(self._take)

    def _take(self, kind: QtMsgType, _context: object, message: str) -> None:
        grave = kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)
        if grave and not any(words in message for words in HARMLESS):
            self.found.append(message)


def clipped(window: QWidget) -> list[str]:
    """The visible labels and buttons whose words do not fit, and that do not say the rest in a tool tip."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        if isinstance(widget, QLabel) and not isinstance(widget, ElidedLabel):
            found += _label(widget)
        elif isinstance(widget, Button) and not isinstance(widget, Picker):
            found += _button(widget)
    return found


def outside(window: QWidget) -> list[str]:
    """Visible buttons that lie partly outside the widget they are in, where nobody can press them whole."""
    found = []
    for widget in window.findChildren(QAbstractButton):
        parent = widget.parentWidget()
        if (
            widget.isVisible()
            and parent is not None
            and not parent.rect().adjusted(-1, -1, 1, 1).contains(widget.geometry())
        ):
            found.append(f"{_name(widget)} stands out of {_name(parent)}: {widget.geometry()} in {parent.rect()}")
    return found


def _label(label: QLabel) -> list[str]:
    text = label.text()
    if not text or escape(text) in label.toolTip() or (label.pixmap() and not label.pixmap().isNull()):
        return []
    room = label.contentsRect()
    if label.wordWrap():
        needed = label.heightForWidth(label.width())
        return (
            [f"{_name(label)} needs {needed} of height, has {label.height()}: {text!r}"]
            if needed > label.height() + 2
            else []
        )
    needed = max(label.fontMetrics().horizontalAdvance(line) for line in text.split("\n"))
    return [f"{_name(label)} needs {needed}, has {room.width()}: {text!r}"] if needed > room.width() + 1 else []


def _button(button: Button) -> list[str]:
    text = button.text().replace("&&", "&")
    if not text or escape(text) in button.toolTip():
        return []
    icon = button.iconSize().width() + 4 if not button.icon().isNull() else 0
    needed = button.fontMetrics().horizontalAdvance(text) + icon
    return [f"{_name(button)} needs {needed}, has {button.width()}: {text!r}"] if needed > button.width() else []


def _name(widget: QWidget) -> str:
    names = []
    at: QWidget | None = widget
    while at is not None and len(names) < 4:
        names.append(at.objectName() or type(at).__name__)
        at = at.parentWidget()
    return "/".join(reversed(names))
