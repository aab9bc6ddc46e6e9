"""Reads a theme file into colours by role, and knows the arithmetic of contrast.

It knows nothing of widgets: `Theme` decides which palette is in use.
"""

import tomllib
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtGui import QColor

from llmstudio.base.paths import resource

# On and off in line widths; the eighth repeats nothing of the others, so dash and hue tell the same story.
DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (4, 2.2),
    (1, 2),
    (6, 2, 1, 2),
    (9, 3),
    (6, 2, 1, 2, 1, 2),
    (3, 4),
    (2, 1),
)
END_MARKS = ("disc", "ring", "square", "triangle", "diamond", "plus", "cross", "star")


@dataclass(frozen=True)
class Palette:
    """The colours of one theme as `#RRGGBB`."""

    name: str
    title: str
    dark: bool
    shadow: float
    band: float
    roles: dict[str, str]
    plots: tuple[str, ...]
    pieces: tuple[str, ...]

    def contrasting(self) -> "Palette":
        """The same theme for people who asked their system for more contrast."""
        roles = dict(self.roles)
        roles |= {"control": roles["text"], "line": roles["muted"]}
        roles |= {f"{role}-soft": roles["surface"] for role in ("accent", "positive", "warning", "danger")}
        return replace(self, roles=roles)


def load(name: str) -> Palette:
    """The palette in `resources/themes/NAME.toml`."""
    raw = tomllib.loads(resource(f"themes/{name}.toml").read_text(encoding="utf-8"))
    return from_dict(name, raw)


def from_dict(name: str, raw: dict[str, Any]) -> Palette:
    """A palette from a parsed theme file: named colours, then roles that name them."""
    about = raw["about"]
    return Palette(
        name=name,
        title=about["title"],
        dark=about["dark"],
        shadow=about["shadow"],
        band=about["band"],
        roles={role: raw["colours"][colour] for role, colour in raw["roles"].items()},
        plots=tuple(raw["plots"]["colours"]),
        pieces=tuple(raw["pieces"]["colours"]),
    )


def luminance(colour: str) -> float:
    """Relative luminance of a colour, 0 black to 1 white (WCAG 2.2)."""
    parts = (QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF())
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
