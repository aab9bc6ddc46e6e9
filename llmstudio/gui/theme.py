"""The look of the application as one object: colours by role, fonts by style, motion and zoom.

It follows the system's light or dark scheme unless told otherwise. Widgets need no reference to it: they name
a role in a dynamic property and the style sheet does the rest; only what paints itself asks for colours.
"""

import re
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyle

from llmstudio.base.paths import resource
from llmstudio.gui import fonts, palette

MODES = ("system", "light", "dark")
ZOOMS = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
_SLOT = re.compile(r"\$\{([a-z-]+)(?::([0-9.-]+))?\}")
_GROUPS: dict[QPalette.ColorRole, str] = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "sunken",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "surface",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.Highlight: "selection",
    QPalette.ColorRole.HighlightedText: "text",
    QPalette.ColorRole.PlaceholderText: "faint",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.Mid: "control",
}


class Keep(Protocol):
    """Where choices are remembered: all the theme knows of the settings."""

    def get(self, key: str, default: Any = None) -> Any: ...

    def set(self, key: str, value: Any) -> None: ...


class Theme(QObject):
    """Colours, fonts, zoom and motion; `changed` is emitted after any of them changed."""

    changed = Signal()

    def __init__(self, settings: Keep | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.mode: str = self._recall("appearance.theme", "system", MODES)
        self.zoom: float = self._recall("appearance.zoom", 1.0, ZOOMS)
        self.family: str = self._recall("appearance.font", "System")
        self.reduced_motion: bool = bool(self._recall("appearance.reduced_motion", False))
        self._palettes = {name: palette.load(name) for name in ("light", "dark")}
        self._families = fonts.families(self.family)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)

    def _recall(self, key: str, default: Any, allowed: tuple[Any, ...] = ()) -> Any:
        value = self._settings.get(key, default) if self._settings else default
        return default if allowed and value not in allowed else value

    def _choose(self, attribute: str, key: str, value: Any) -> None:
        setattr(self, attribute, value)
        if self._settings:
            self._settings.set(key, value)
        self._families = fonts.families(self.family)
        self.apply()

    # -- choices

    def set_mode(self, mode: str) -> None:
        """Follow the "system", or stay "light" or "dark"."""
        self._choose("mode", "appearance.theme", mode if mode in MODES else "system")

    def set_zoom(self, zoom: float) -> None:
        """Scale text and controls; the nearest of `ZOOMS` is taken."""
        self._choose("zoom", "appearance.zoom", min(ZOOMS, key=lambda z: abs(z - zoom)))

    def zoom_by(self, steps: int) -> None:
        """One or more steps larger or smaller; 0 returns to 100 %."""
        at = min(max(ZOOMS.index(self.zoom) + steps, 0), len(ZOOMS) - 1)
        self.set_zoom(ZOOMS[at] if steps else 1.0)

    def set_family(self, family: str) -> None:
        """Use "System", or an installed family."""
        self._choose("family", "appearance.font", family)

    def set_reduced_motion(self, reduced: bool) -> None:
        """Let nothing move."""
        self._choose("reduced_motion", "appearance.reduced_motion", reduced)

    # -- colours

    @property
    def dark(self) -> bool:
        """Whether the dark palette is in use."""
        if self.mode != "system":
            return self.mode == "dark"
        return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark

    @property
    def palette(self) -> palette.Palette:
        """The palette in use, with more contrast where the system asks for it."""
        chosen = self._palettes["dark" if self.dark else "light"]
        return chosen.contrasting() if _wants_contrast() else chosen

    def hex(self, role: str) -> str:
        """The colour of a role as `#RRGGBB`."""
        return self.palette.roles[role]

    def colour(self, role: str, alpha: float = 1.0) -> QColor:
        """The colour of a role, optionally see-through (`alpha` 0 to 1)."""
        colour = QColor(self.hex(role))
        colour.setAlphaF(alpha)
        return colour

    def plot(self, index: int) -> tuple[QColor, list[float]]:
        """Colour and dash pattern (line widths, empty = solid) of the curve `index`, counted from 0."""
        at = index % len(palette.DASHES)
        return QColor(self.palette.plots[at]), list(palette.DASHES[at])

    def piece(self, index: int) -> QColor:
        """The ground of a piece: one id, one colour."""
        return QColor(self.palette.pieces[index % len(self.palette.pieces)])

    @property
    def shadow(self) -> QColor:
        """The black below what floats."""
        return QColor.fromRgbF(0, 0, 0, self.palette.shadow)

    # -- type, space, motion

    def font(self, style: str = "body") -> QFont:
        """The font of a style of `fonts.STYLES`."""
        return fonts.make(style, self._families, self.zoom)

    def line_height(self, style: str = "body") -> int:
        """The distance of two lines of a style in pixels."""
        return self.px(fonts.STYLES[style][1])

    def px(self, pixels: float) -> int:
        """A length at 100 % as it is at the present zoom."""
        return round(pixels * self.zoom)

    def motion(self, milliseconds: int) -> int:
        """How long a movement may last: 0 where motion is reduced."""
        style = QApplication.style()
        system = style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) if style else 0
        return 0 if self.reduced_motion or system == 0 else milliseconds

    # -- putting it on

    def apply(self) -> None:
        """Put palette, font and style sheet on the application and tell everybody who paints."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            sheet = self.stylesheet()
            if app.styleSheet() != sheet:  # styling every widget anew takes a while
                app.setPalette(self._qt_palette())
                app.setFont(self.font("body"))
                app.setStyleSheet(sheet)
        self.changed.emit()

    def stylesheet(self) -> str:
        """The style sheet with roles, lengths and fonts filled in."""
        text = resource("style.qss").read_text(encoding="utf-8")
        return _SLOT.sub(lambda match: self._slot(match[1], match[2]), text)

    def _slot(self, name: str, argument: str | None) -> str:
        if name == "px":
            return f"{round(float(argument or 0) * self.zoom)}px"
        if name == "font":
            return ", ".join(f'"{family}"' for family in self._families.text)
        if name == "mono":
            return ", ".join(f'"{family}"' for family in self._families.mono)
        if name == "strong":
            return str(self._families.strong)
        if name == "check":
            return resource(f"themes/check-{self.palette.name}.svg").as_posix()
        return self.hex(name)

    def _qt_palette(self) -> QPalette:
        result = QPalette()
        for role, name in _GROUPS.items():
            result.setColor(role, self.colour(name))
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
            result.setColor(QPalette.ColorGroup.Disabled, role, self.colour("disabled"))
        return result

    def _follow_system(self) -> None:
        if self.mode == "system":
            self.apply()


def _wants_contrast() -> bool:
    hints = QGuiApplication.styleHints()
    accessibility = getattr(hints, "accessibility", None)  # Qt 6.10 and later
    if accessibility is None:
        return False
    preference: Any = accessibility().contrastPreference()
    return str(preference).endswith("HighContrast")
