"""A banner says one sentence and offers one action."""

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.banner import Banner


@pytest.mark.parametrize("tone", ["info", "warning", "danger"])
def test_tones_differ_in_icon_or_ground(theme: Theme, qtbot: QtBot, tone: str) -> None:
    banner = Banner(theme, "Less than 1 GB is left on this disk.", tone, action="Free space", second="Later")
    qtbot.addWidget(banner)
    banner.resize(600, 40)
    banner.show()
    assert banner.second.isVisible()
    with qtbot.waitSignal(banner.action_requested):
        banner.action.click()
    assert banner.accessibleName() == "Less than 1 GB is left on this disk."
    ground = banner.grab().toImage().pixelColor(300, 36)
    assert ground == theme.colour("accent-soft" if tone == "info" else f"{tone}-soft")


def test_without_an_action_there_is_no_link(theme: Theme, qtbot: QtBot) -> None:
    banner = Banner(theme, "Read-only.")
    qtbot.addWidget(banner)
    banner.show()
    assert not banner.action.isVisible()
