"""The line that tells how much of the context is taken."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.contextmeter import ContextMeter


def test_it_says_what_is_taken_and_what_is_left_out(theme: Theme, qtbot: QtBot) -> None:
    meter = ContextMeter(theme, "Ctrl+Enter sends")
    qtbot.addWidget(meter)
    meter.resize(500, 24)
    meter.show()
    meter.show_context(186, 512)
    assert meter.words.full_text == "186 of 512 tokens"
    assert (meter.bar.value(), meter.bar.maximum()) == (186, 512)
    meter.show_context(600, 512, 4)
    assert meter.words.full_text == "600 of 512 tokens, first 4 turns left out"
    assert meter.bar.value() == 512
    assert not meter.hint.isVisible(), "what is left out comes first"
    meter.show_context(500, 512, 1)
    assert meter.bar.accessibleDescription().endswith("first turn left out")
    meter.show_context(0, 512)
    assert meter.words.full_text == "512 tokens"
    meter.show_context(0, 0)
    assert not meter.bar.isVisible()
