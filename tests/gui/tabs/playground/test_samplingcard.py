"""The card of sampling settings by itself."""

from pathlib import Path

from PySide6.QtWidgets import QLineEdit, QSlider
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.presenter_sampling import SamplingRules
from llmstudio.gui.tabs.playground.samplingcard import SamplingCard
from tests.gui.tabs.desk import make_session


def test_every_editor_has_a_name_and_the_card_shows_the_settings(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    rules = SamplingRules(session)
    card = SamplingCard(session.theme, rules)
    qtbot.addWidget(card)
    for editor in (*card.findChildren(QLineEdit), *card.findChildren(QSlider)):
        assert editor.accessibleName(), editor
    rules.set_values({"seed": 5, "stop": ("END", "\n")})
    assert card.seed.text() == "5"
    assert card.stop.text() == "END, \\n"
    assert card.knobs["top_k"].field.text() == "40"
