"""Icons are drawn in the ink of a role and follow the theme without being renewed."""

import re

import pytest
from PySide6.QtGui import QIcon, QImage

from llmstudio.base.errors import UserError
from llmstudio.base.paths import resource
from llmstudio.gui import icons
from llmstudio.gui.theme import Theme

NAMES = sorted(path.stem for path in resource("icons/data.svg").parent.glob("*.svg"))


def inks(image: QImage) -> set[str]:
    """The colours of all pixels that cover fully."""
    found = set()
    for y in range(image.height()):
        for x in range(image.width()):
            colour = image.pixelColor(x, y)
            if colour.alpha() == 255:
                found.add(colour.name())
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_icon_is_single_ink_and_not_empty(theme: Theme, name: str) -> None:
    picture = icons.pixmap(name, "accent", 40, theme=theme).toImage()
    found = inks(picture)
    assert found, f"{name} draws nothing"
    assert all(abs(int(c[5:], 16) - int(theme.hex("accent")[5:], 16)) <= 2 for c in found)


@pytest.mark.parametrize("name", NAMES)
def test_every_icon_keeps_to_the_grid(name: str) -> None:
    source = resource(f"icons/{name}.svg").read_text("utf-8")
    assert 'viewBox="0 0 20 20"' in source
    assert set(re.findall(r"#\w+", source)) == {"#000"}


def test_an_icon_follows_the_theme(theme: Theme) -> None:
    icon = icons.icon("check", "positive", theme=theme)
    light = icon.pixmap(20, 20).toImage()
    theme.set_mode("dark")
    assert icon.pixmap(20, 20).toImage() != light
    theme.set_mode("light")
    assert icon.pixmap(20, 20).toImage() == light


def test_a_disabled_icon_is_pale(theme: Theme) -> None:
    icon = icons.icon("check", "text", theme=theme)
    disabled = icon.pixmap(40, 40, QIcon.Mode.Disabled).toImage()
    assert inks(disabled) == {theme.hex("disabled").lower()}


def test_an_icon_that_is_not_there_is_an_error(theme: Theme) -> None:
    with pytest.raises(UserError):
        icons.icon("nonsense", theme=theme)


def test_the_application_icon_can_be_drawn(theme: Theme) -> None:
    assert not icons.app_icon().pixmap(64, 64).isNull()
