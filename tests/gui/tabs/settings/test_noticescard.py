"""The rows of the notices apply at once and can be undone."""

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui import announcing
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.settings import noticescard, presenter
from llmstudio.gui.tabs.settings.noticescard import NoticesCard


@pytest.fixture
def card(session: Session, qtbot: QtBot) -> NoticesCard:
    card = NoticesCard(session)
    qtbot.addWidget(card)
    return card


def test_at_first_the_system_is_told_and_there_is_no_sound(card: NoticesCard, session: Session) -> None:
    assert card.form.values() == noticescard.values_of(session) == {"system": True, "sound": False}


def test_a_change_applies_at_once_and_can_be_undone(card: NoticesCard, session: Session) -> None:
    card.form.rows["sound"].editor.set_value(True)
    card.form.rows["sound"].editor.edited.emit()
    assert session.settings.get(announcing.SOUND) is True
    assert session.notices.undoable() == "Sound is changed"
    assert session.notices.undo()
    assert session.settings.get(announcing.SOUND) is False
    assert card.form.values()["sound"] is False


def test_its_rows_are_found_by_name(card: NoticesCard) -> None:
    assert presenter.ROWS["notices"] == tuple(info.title for info in card.form.infos.values())
