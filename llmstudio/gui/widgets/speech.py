"""What a screen reader is told beside what it reads by itself."""

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def speak(widget: QWidget, text: str) -> None:
    """Tell a screen reader, if one listens; `text` interrupts nothing."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))
