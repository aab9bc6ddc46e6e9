"""The type scale: which family, size, weight and line height each style of text has.

The system's own fonts come first; on a bare system that names none, Inter and JetBrains Mono where they are
installed, then DejaVu for its coverage.
"""

from dataclasses import dataclass

from PySide6.QtGui import QFont, QFontDatabase, QFontInfo

# style: pixels, line height, weight
STYLES: dict[str, tuple[int, int, int]] = {
    "display": (32, 48, 600),
    "figure": (24, 32, 600),
    "title": (20, 32, 600),
    "writing": (18, 40, 400),
    "read": (15, 24, 400),
    "section": (14, 24, 600),
    "body": (13, 20, 400),
    "strong": (13, 20, 550),
    "caption": (12, 20, 400),
    "caption-strong": (12, 20, 550),
    "tick": (11, 16, 400),
    "mono": (13, 20, 400),
}
# What fontconfig calls a font when nobody chose one.
ALIASES = {"", "sans serif", "sans-serif", "sans", "monospace", "mono"}


@dataclass(frozen=True)
class Families:
    """The two families in use and the weight that stands for 550 in the first."""

    text: tuple[str, ...]
    mono: tuple[str, ...]
    strong: int


def families(chosen: str = "System") -> Families:
    """The families for a choice of "System", "Inter" or any installed family."""
    general = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).families()
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).families()
    first = general if chosen == "System" else [chosen]
    text = _existing([*first, "Inter", "DejaVu Sans"])
    return Families(text, _existing([*fixed, "JetBrains Mono", "DejaVu Sans Mono"]), _strong(text[0]))


def _existing(wanted: list[str]) -> tuple[str, ...]:
    installed = set(QFontDatabase.families())
    found = [name for name in wanted if name.lower() not in ALIASES and _known(name, installed)]
    return tuple(dict.fromkeys(found)) or (QFontInfo(QFont()).family(),)


def _known(name: str, installed: set[str]) -> bool:
    # Private system families (".AppleSystemUIFont") are never listed but always there.
    return name in installed or name.startswith(".")


def _strong(family: str) -> int:
    # Only the variable fonts of a system have a cut at 550; static families draw it too light.
    return 550 if family.startswith(".") else 600


def make(style: str, chosen: Families, zoom: float = 1.0) -> QFont:
    """The font of a style with tabular digits; ligatures are off in mono.

    The size is in pixels, so that it stays on the grid of the layout; Qt scales pixels with the screen.
    """
    size, _, weight = STYLES[style]
    font = QFont(list(chosen.mono if style == "mono" else chosen.text))
    font.setPixelSize(round(size * zoom))
    font.setWeight(_weight(chosen.strong if weight == 550 else weight))
    font.setFeature(QFont.Tag("tnum"), 1)
    if style == "mono":
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setFeature(QFont.Tag("liga"), 0)
        font.setFeature(QFont.Tag("calt"), 0)
    return font


def _weight(value: int) -> QFont.Weight:
    # Qt's enumeration knows hundreds only, and 550 is drawn by the heavier neighbour of the static cuts.
    return QFont.Weight(600 if value == 550 else value)
