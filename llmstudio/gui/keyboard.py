"""Where the keyboard is when what had it is no longer there."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget


def left_to(page: QWidget | None) -> bool:
    """Give the keyboard to `page` if what had it in its window was hidden or switched off; whether that was so.

    Qt would hand it to the next widget of the window: a ring would light up at an entry that nobody chose.
    """
    had = QApplication.focusWidget()
    if page is None or had is None or had.window() is not page.window() or (had.isVisible() and had.isEnabled()):
        return False
    page.setFocus(Qt.FocusReason.OtherFocusReason)
    return True
