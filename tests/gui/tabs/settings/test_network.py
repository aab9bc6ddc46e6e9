"""The hard switch of the network, as a person uses it."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.settings.network import NetworkCard
from llmstudio.store import network
from llmstudio.store.network import HUB
from tests.gui.tabs.desk import make_session


@pytest.fixture
def card(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NetworkCard:
    for name in ("HF_ENDPOINT", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    session = make_session(tmp_path)
    session.theme.apply()
    made = NetworkCard(session)
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_switch_applies_at_once_and_can_be_undone(card: NetworkCard) -> None:
    settings = card._session.settings
    QTest.mouseClick(card.form.rows["offline"].editor, Qt.MouseButton.LeftButton)
    assert network.is_offline(settings)
    notice = card._session.notices.history[0]
    assert notice.text == "Stay offline is changed"
    assert notice.action is not None
    notice.action.run()
    assert not network.is_offline(settings)
    assert card.form.values()["offline"] is False


def test_another_hub_is_checked_before_it_is_taken(card: NetworkCard) -> None:
    settings = card._session.settings
    card.form.set_values({"hub": "http://mirror.example"})
    card.form.changed.emit("hub")
    assert network.hub_of(settings) == HUB
    card.form.set_values({"hub": "https://mirror.example/"})
    card.form.changed.emit("hub")
    assert network.hub_of(settings) == "https://mirror.example"
    card.form.set_values({"hub": ""})
    card.form.changed.emit("hub")
    assert network.hub_of(settings) == HUB


def test_the_environment_is_told(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    made = NetworkCard(make_session(tmp_path))
    qtbot.addWidget(made)
    assert "HF_HUB_OFFLINE in the environment" in made.decided.text()
