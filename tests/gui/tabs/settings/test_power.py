"""The switch that keeps the machine awake, as a person uses it."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.base.errors import UserError
from llmstudio.gui.tabs.settings.power import PowerCard
from llmstudio.jobs import awake
from llmstudio.store.settings import Settings
from tests.gui.tabs.desk import make_session


@pytest.fixture
def card(qtbot: QtBot, tmp_path: Path) -> PowerCard:
    session = make_session(tmp_path)
    session.theme.apply()
    made = PowerCard(session)
    qtbot.addWidget(made)
    made.show()
    return made


def test_it_is_on_until_somebody_says_no_and_that_can_be_undone(card: PowerCard) -> None:
    settings = card._session.settings
    assert card.form.values()["awake"] is True
    QTest.mouseClick(card.form.rows["awake"].editor, Qt.MouseButton.LeftButton)
    assert not awake.wanted(Settings(settings.path))
    notice = card._session.notices.history[0]
    assert notice.action is not None
    notice.action.run()
    assert awake.wanted(Settings(settings.path))
    assert card.form.values()["awake"] is True


def test_settings_that_cannot_be_written_are_told(card: PowerCard, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise UserError("The disk is full.")

    monkeypatch.setattr(card._session.settings, "set", refuse)
    QTest.mouseClick(card.form.rows["awake"].editor, Qt.MouseButton.LeftButton)
    assert card._session.notices.history[0].text == "The disk is full."
