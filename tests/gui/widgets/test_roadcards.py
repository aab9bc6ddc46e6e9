"""The five pictures of the first page."""

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.roadcards import STEPS, Road, RoadCard


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_each_card_paints_something_of_its_own(qtbot: QtBot, step: tuple[str, str, str], mode: str) -> None:
    theme = Theme()
    theme.set_mode(mode)
    kind, title, note = step
    card = RoadCard(theme, kind, title, note)
    qtbot.addWidget(card)
    card.resize(168, 144)
    image = card.grab().toImage()
    ground = theme.colour("surface").name()
    inked = sum(image.pixelColor(x, y).name() != ground for x in range(12, 150, 3) for y in range(14, 80, 2))
    assert inked > 20
    assert card.accessibleName() == f"{title}: {note}"


def test_the_road_has_all_five(qtbot: QtBot) -> None:
    road = Road(Theme())
    qtbot.addWidget(road)
    assert len(road.findChildren(RoadCard)) == 5
