"""The buttons of the design, made in one line: one primary per screen, second, quiet, danger, link, icon."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QPushButton, QSizePolicy, QWidget

from llmstudio.gui import icons
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.text import set_property, set_tip

FILLED = ("primary", "start", "welcome")
INKS = {"link": "accent", "danger": "danger", "item": "muted", "picker": "muted", "icon": "muted"}


class Button(QPushButton):
    """A button of a kind: "second", "primary", "start" (40 high), "quiet", "danger", "link", "item"."""

    def __init__(
        self,
        text: str,
        kind: str = "second",
        *,
        icon: str = "",
        theme: Theme | None = None,
        run: Callable[[], object] | None = None,
        name: str = "",
        tip: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = icon
        self.setProperty("kind", kind)
        self.setObjectName(name)
        self.setText(text)
        set_tip(self, tip)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if kind in ("link", "quiet"):
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._dress()
        if run is not None:
            self.clicked.connect(lambda _checked=False: run())

    def setText(self, text: str) -> None:
        """Show `text`; an ampersand is an ampersand."""
        super().setText(text.replace("&", "&&"))
        self.setAccessibleName(text)

    def set_kind(self, kind: str) -> None:
        """Look like another kind."""
        set_property(self, "kind", kind)
        self._dress()

    def set_icon(self, name: str) -> None:
        """Show another icon, or none."""
        self._icon_name = name
        self._dress()

    def set_role(self, role: str) -> None:
        """Links and items can warn: "warning" or "danger"."""
        set_property(self, "textRole", role)
        self._dress()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus, as the space bar does: never another one, as in Qt's dialogs."""
        if not pressed_by_enter(self, event):
            super().keyPressEvent(event)

    def _dress(self) -> None:
        if self._theme is None or not self._icon_name:
            self.setIcon(QIcon())
            return
        kind = str(self.property("kind"))
        ink = "accent-text" if kind in FILLED else INKS.get(kind, "text")
        role = self.property("textRole")
        size = 18 if kind == "icon" else 16
        self.setIcon(icons.icon(self._icon_name, str(role) if role else ink, size, theme=self._theme))
        side = self._theme.px(size)
        self.setIconSize(QSize(side if not self.text() else side + self._theme.px(4), side))


def pressed_by_enter(button: QAbstractButton, event: QKeyEvent) -> bool:
    """Press a button by Enter, once however long it is held; False for any other key."""
    enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
    if not enter or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return False
    if not event.isAutoRepeat():
        button.click()
    return True


def icon_button(
    theme: Theme,
    icon: str,
    title: str,
    run: Callable[[], object] | None = None,
    *,
    name: str = "",
    parent: QWidget | None = None,
) -> Button:
    """A button without words: the title is its tool tip and its accessible name."""
    button = Button("", "icon", icon=icon, theme=theme, run=run, name=name, tip=title, parent=parent)
    button.setAccessibleName(title)
    return button
