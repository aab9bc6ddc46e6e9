"""The sampling settings that Write, Chat and Tasks share."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.presenter_sampling import KEYS, SamplingRules
from tests.gui.tabs.desk import make_session


@pytest.fixture
def rules(qtbot: QtBot, tmp_path: Path) -> SamplingRules:
    return SamplingRules(make_session(tmp_path))


def test_sound_values_are_kept_and_wrong_ones_only_shown(rules: SamplingRules) -> None:
    rules.set_value("temperature", 0.5)
    assert rules._session.settings.get(KEYS["write"])["temperature"] == 0.5
    rules.set_value("temperature", 99.0)
    assert rules.waiting_for()
    assert rules._session.settings.get(KEYS["write"])["temperature"] == 0.5
    rules.reset()
    assert rules.waiting_for() == ""


def test_a_seed_is_drawn_anew_until_it_is_held(rules: SamplingRules) -> None:
    drawn = {rules.draw_seed() for _ in range(30)}
    assert len(drawn) > 1
    last = rules.last_seed
    rules.hold_seed()
    assert rules.values["seed"] == last
    assert {rules.draw_seed() for _ in range(5)} == {last}
    assert rules.request(7)["seed"] == 7
    rules.hold_seed()
    assert rules.values["seed"] is None


def test_talk_and_writing_keep_settings_of_their_own(rules: SamplingRules) -> None:
    rules.set_value("temperature", 1.5)
    rules.turn_to("talk")
    assert rules.values == rules.proposal
    rules.set_value("temperature", 0.1)
    rules.turn_to("write")
    assert rules.values["temperature"] == 1.5
    rules.turn_to("talk")
    assert rules.values["temperature"] == 0.1
    rules.reset()
    assert rules.values["temperature"] == rules.proposal["temperature"] == 0.3
