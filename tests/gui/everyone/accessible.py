"""What a machine can see of a window's openness: names for all controls, their order, and the contrast of words."""

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible, QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QScrollBar,
    QTextBrowser,
    QTextEdit,
    QToolButton,
    QWidget,
)

from llmstudio.gui.palette import contrast
from tests.end_to_end import looks

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
)
PARTS = (QScrollBar, QHeaderView)  # of something that has a name itself
LEAST = 4.5
LEAST_FOR_SHAPES = 3.0


def name_of(widget: QWidget) -> str:
    """What a screen reader says of a widget before anything else."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return (interface.text(QAccessible.Text.Name) if interface is not None else widget.accessibleName()).strip()


def is_control(widget: QWidget) -> bool:
    """Whether a person works something with it; also what has a keyboard focus of its own."""
    if isinstance(widget, PARTS) or isinstance(widget.parentWidget(), QComboBox | QAbstractSpinBox | QHeaderView):
        return False
    if isinstance(widget, CONTROLS):
        return True
    inner = isinstance(widget.parentWidget(), QAbstractScrollArea) or isinstance(widget, QScrollArea)
    return widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not inner


def controls(root: QWidget) -> list[QWidget]:
    """All controls below `root`, whether they can be seen now or not."""
    return [widget for widget in root.findChildren(QWidget) if is_control(widget)]


def unnamed(root: QWidget) -> list[str]:
    """Controls that a screen reader could not tell: no name, or the name of a class of Qt or of ours."""
    found = []
    for widget in controls(root):
        name = name_of(widget)
        classes = {type(widget).__name__, widget.metaObject().className()}
        if (not name and not widget.isHidden()) or (name in classes and not widget.accessibleName()):
            found.append(looks._name(widget))
    return found


def wordless(root: QWidget) -> list[str]:
    """Buttons of an icon alone without a tool tip: who sees the icon must be able to ask what it does."""
    return [
        looks._name(button)
        for button in root.findChildren(QAbstractButton)
        if not button.isHidden() and not button.text() and not button.icon().isNull() and not button.toolTip()
    ]


def unlabelled(root: QWidget) -> list[str]:
    """Fields whose label on the screen says something else than their name: who speaks to the machine is lost."""
    found = []
    for label in root.findChildren(QLabel):
        buddy = label.buddy()
        if buddy is not None and label.text() and label.text() not in name_of(buddy):
            found.append(f"{looks._name(buddy)} is called {name_of(buddy)!r}, its label says {label.text()!r}")
    return found


# -- size


def squeezed(window: QWidget) -> list[str]:
    """Visible labels and buttons that are lower than the letters in them."""
    found = []
    for widget in window.findChildren(QWidget):
        if isinstance(widget, QToolButton) and not widget.icon().isNull():
            continue  # its words are told and not shown
        if isinstance(widget, QLabel | QAbstractButton) and widget.isVisible() and widget.text():
            letters = widget.fontMetrics().height()
            if widget.height() < letters - 1 and not widget.visibleRegion().isEmpty():
                found.append(f"{looks._name(widget)} {widget.text()!r} is {widget.height()} high, needs {letters}")
    return found


# -- contrast


def faint(window: QWidget) -> list[str]:
    """Visible, enabled words whose ink is too close to the ground they stand on (WCAG 2.2: 4.5 to 1)."""
    picture = window.grab().toImage()
    found = []
    for widget in window.findChildren(QWidget):
        words = isinstance(widget, QLabel | QAbstractButton) and bool(widget.text())
        if not words or not widget.isEnabled() or not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        ratio = _ratio(window, widget, picture)
        if ratio is not None and ratio < LEAST:
            found.append(f"{looks._name(widget)} {widget.text()!r}: {ratio:.2f}")  # type: ignore[attr-defined]
    return found


def _ratio(window: QWidget, widget: QWidget, picture: QImage) -> float | None:
    seen = widget.visibleRegion().boundingRect()
    if seen.width() < 8 or seen.height() < 8:
        return None
    box = QRect(widget.mapTo(window, seen.topLeft()), seen.size()).intersected(picture.rect())
    if box.isEmpty():
        return None
    image = picture.copy(box).convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32)
    colours, counts = np.unique(pixels, return_counts=True)
    ground = QColor.fromRgb(int(colours[counts.argmax()])).name()
    ink = QColor(widget.palette().color(widget.foregroundRole())).name()
    return contrast(ink, ground)


# -- order


def tab_order(first: QWidget) -> list[QWidget]:
    """What Tab, pressed again and again, reaches from `first` on, until it is there again."""
    first.setFocus()
    found = [first]
    while len(found) < 150:
        QTest.keyClick(found[-1], Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        for _ in range(300 if isinstance(now, QTextBrowser) else 0):  # it goes from link to link first
            if now is found[-1]:
                QTest.keyClick(found[-1], Qt.Key.Key_Tab)
                now = QApplication.focusWidget()
        if now is found[-1]:  # a text field that takes tabs as text: Ctrl+Tab leaves it
            QTest.keyClick(now, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
            now = QApplication.focusWidget()
        assert now is not None, f"Tab on {looks._name(found[-1])} leads nowhere"
        assert now is not found[-1], f"Tab is caught in {looks._name(now)}"
        if now is first:
            break
        found.append(now)
    return found
