"""The settings of the window as declared options, so that their rows, words and checks come from one place."""

from typing import Any, Literal

from llmstudio.config.option import Options, option
from llmstudio.store.network import HUB

MODES = {"system": "As the system", "light": "Light", "dark": "Dark"}


class Appearance(Options):
    """How the window looks and moves."""

    theme: Literal["system", "light", "dark"] = option("system", title="Theme", help="Colours of the window")
    font: str = option("System", title="Font", help="Of all but code and pieces")
    zoom: str = option("100", title="Zoom", help="Also Ctrl with plus, minus or 0")
    reduced_motion: bool = option(
        False,
        title="Reduced motion",
        help="Nothing slides or fades",
        long="Folds, drawers and popovers appear at once. The system's own setting is followed as well.",
    )


class NetworkUse(Options):
    """What may be asked for over the network."""

    offline: bool = option(
        False,
        title="Stay offline",
        help="Nothing is asked for, ever",
        long="Switched off, LLM Studio uses the network only when you look up or download a model.",
    )
    hub: str = option(HUB, title="Hub", help="Where models are looked up")


class NoticeUse(Options):
    """What is told when a long job ends."""

    system: bool = option(
        True,
        title="Tell the system",
        help="When a long job ends elsewhere",
        long="While another window is in front, a notice of the system says how a long job ended.",
    )
    sound: bool = option(False, title="Sound", help="When a long job ends", long="The system's own short sound.")


def zoom_entries(zooms: tuple[float, ...]) -> list[tuple[str, str]]:
    """(key, words) of every zoom."""
    return [(zoom_key(zoom), f"{zoom_key(zoom)} %") for zoom in zooms]


def zoom_key(zoom: float) -> str:
    """A zoom as a key: 1.25 is "125"."""
    return str(round(zoom * 100))


def values_of(theme: Any) -> dict[str, Any]:
    """The appearance as it is now."""
    return {
        "theme": theme.mode,
        "font": theme.family,
        "zoom": zoom_key(theme.zoom),
        "reduced_motion": theme.reduced_motion,
    }
