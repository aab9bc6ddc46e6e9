"""Every contrast ratio the design lists holds, computed from the theme files."""

import pytest

from llmstudio.gui import palette
from llmstudio.gui.palette import Palette, contrast

GROUNDS = ("window", "surface", "sunken", "raised")
TEXTS = ("text", "muted", "faint", "accent", "positive", "warning", "danger")
SHAPES = ("control", "focus")
PAIRS = (
    ("accent-text", "accent"),
    ("accent-text", "accent-hover"),
    ("text", "selection"),
    ("text", "accent-soft"),
    ("accent", "accent-soft"),
    ("positive", "positive-soft"),
    ("warning", "warning-soft"),
    ("danger", "danger-soft"),
)


@pytest.fixture(params=["light", "dark"])
def colours(request: pytest.FixtureRequest) -> Palette:
    return palette.load(request.param)


@pytest.mark.parametrize("role", TEXTS)
def test_text_roles_can_be_read_on_every_ground(colours: Palette, role: str) -> None:
    assert min(contrast(colours.roles[role], colours.roles[ground]) for ground in GROUNDS) >= 4.5


@pytest.mark.parametrize("role", SHAPES)
def test_edges_and_focus_can_be_seen_on_every_ground(colours: Palette, role: str) -> None:
    assert min(contrast(colours.roles[role], colours.roles[ground]) for ground in GROUNDS) >= 3


@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_pairs_can_be_read(colours: Palette, front: str, back: str) -> None:
    assert contrast(colours.roles[front], colours.roles[back]) >= 4.5


def test_curves_stand_out_from_the_surface(colours: Palette) -> None:
    assert min(contrast(curve, colours.roles["surface"]) for curve in colours.plots) >= 3


@pytest.mark.parametrize("role", ["text", "muted"])
def test_words_on_pieces_can_be_read(colours: Palette, role: str) -> None:
    assert min(contrast(colours.roles[role], ground) for ground in colours.pieces) >= 4.5


def test_both_themes_have_the_same_roles_and_eight_colours() -> None:
    light, dark = palette.load("light"), palette.load("dark")
    assert set(light.roles) == set(dark.roles)
    assert len(light.plots) == len(dark.plots) == len(light.pieces) == len(dark.pieces) == len(palette.DASHES)
    assert len(set(palette.DASHES)) == len(palette.DASHES) == len(palette.END_MARKS)
    assert dark.dark
    assert not light.dark


def test_known_ratios() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#2554B4", "#FFFFFF") == pytest.approx(6.99, abs=0.01)


def test_more_contrast_draws_edges_in_ink(colours: Palette) -> None:
    strong = colours.contrasting()
    assert strong.roles["control"] == colours.roles["text"]
    assert strong.roles["accent-soft"] == colours.roles["surface"]
