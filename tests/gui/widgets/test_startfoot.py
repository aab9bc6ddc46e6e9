"""The foot of a form in small windows."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.startfoot import StartFoot


def test_what_start_waits_for_goes_before_the_figures(theme: Theme, qtbot: QtBot) -> None:
    asked: list[bool] = []
    foot = StartFoot(theme, lambda: asked.append(True))
    qtbot.addWidget(foot)
    foot.show_words("7 min, 0.9 of 16 GB", "")
    assert foot.words.full_text == "7 min, 0.9 of 16 GB"
    foot.show_words("7 min", "Start is waiting for one thing: Heads.")
    assert foot.words.full_text.startswith("Start is waiting")
    foot.opener.click()
    assert asked == [True]


def test_it_holds_start_and_points_the_way(theme: Theme, qtbot: QtBot) -> None:
    foot = StartFoot(theme, lambda: None)
    qtbot.addWidget(foot)
    start = Button("Start", "start", theme=theme)
    foot.take(start)
    assert start.parentWidget() is foot
    foot.set_open(True)
    assert foot.opener.text() == "Back to the form"
    foot.set_open(False)
    assert foot.opener.text() == "What it needs"
