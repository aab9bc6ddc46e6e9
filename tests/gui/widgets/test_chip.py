"""Chips have words for every state of a run."""

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.chip import STATES, TONES, Chip
from llmstudio.jobs.job import Status


@pytest.mark.parametrize("status", [str(status) for status in Status])
def test_every_status_has_words_and_a_tone(theme: Theme, qtbot: QtBot, status: str) -> None:
    chip = Chip(theme)
    qtbot.addWidget(chip)
    chip.show_state(status)
    chip.show()
    words, tone, _ = STATES[status]
    assert chip.text() == words
    assert tone in TONES
    room = chip.width() - chip.fontMetrics().horizontalAdvance(words)
    assert room >= 18
    assert not chip.grab().isNull()


def test_an_unknown_state_is_shown_as_it_is(theme: Theme, qtbot: QtBot) -> None:
    chip = Chip(theme)
    qtbot.addWidget(chip)
    chip.show_state("dreaming")
    assert chip.text() == "Dreaming"
