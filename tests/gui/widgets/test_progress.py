"""The bar shows a share, or travels slowly while the length is unknown and motion is wanted."""

from PySide6.QtCore import QVariantAnimation
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.progress import Progress


def test_the_share_is_painted_and_spoken(theme: Theme, qtbot: QtBot) -> None:
    bar = Progress(theme)
    qtbot.addWidget(bar)
    bar.resize(200, 4)
    bar.show()
    bar.set_share(0.6)
    image = bar.grab().toImage()
    assert image.pixelColor(100, 2) == theme.colour("accent")
    assert image.pixelColor(150, 2) == theme.colour("line")
    assert bar.accessibleDescription() == "60 %"
    assert bar.share() == 0.6


def test_reduced_motion_stands_still(theme: Theme, qtbot: QtBot) -> None:
    bar = Progress(theme)
    qtbot.addWidget(bar)
    bar.show()
    bar.set_share(None)
    assert bar._travel.state() == QVariantAnimation.State.Stopped
    theme.reduced_motion = False
    bar.set_share(0.1)
    bar.set_share(None)
    assert bar._travel.state() == QVariantAnimation.State.Running
    bar.hide()
    assert bar._travel.state() == QVariantAnimation.State.Stopped
