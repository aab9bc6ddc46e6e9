"""The type scale is complete, and a bare system still gets a font with all its letters."""

import pytest
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication

from llmstudio.gui import fonts


@pytest.mark.parametrize("style", sorted(fonts.STYLES))
def test_every_style_has_its_size(qapp: QApplication, style: str) -> None:
    font = fonts.make(style, fonts.families())
    assert font.pixelSize() == fonts.STYLES[style][0]


def test_names_that_mean_no_font_are_passed_over(qapp: QApplication) -> None:
    chosen = fonts.families()
    assert not {name.lower() for name in (*chosen.text, *chosen.mono)} & fonts.ALIASES


def test_a_font_that_is_not_installed_falls_back(qapp: QApplication) -> None:
    assert "No Such Font" not in fonts.families("No Such Font").text


def test_mono_is_fixed(qapp: QApplication) -> None:
    assert QFontInfo(fonts.make("mono", fonts.families())).fixedPitch()


def test_zoom_scales(qapp: QApplication) -> None:
    assert fonts.make("body", fonts.families(), 1.5).pixelSize() == 20
