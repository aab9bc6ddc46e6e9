"""Notices tell, remember, and keep technical words in the details."""

import logging

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.base.errors import UserError
from llmstudio.gui.notices import KEPT, Notice, Notices


@pytest.fixture
def notices(qtbot: QtBot) -> Notices:
    return Notices()


def test_a_toast_is_posted_and_kept(notices: Notices, qtbot: QtBot) -> None:
    with qtbot.waitSignal(notices.posted) as posted:
        notices.toast("Exported", ("Open", lambda: None), note="tokenizer.json")
    notice = posted.args[0]
    assert isinstance(notice, Notice)
    assert (notice.text, notice.note, notice.action.title) == ("Exported", "tokenizer.json", "Open")
    assert notices.history == [notice]
    assert notices.unseen == 1
    notices.mark_seen()
    assert notices.unseen == 0


def test_a_mistake_is_told_in_its_own_words(notices: Notices) -> None:
    notices.error(UserError("192 cannot be shared by 7 heads.", "Use 6 or 8."), "Training")
    assert (notices.history[0].text, notices.history[0].note) == ("192 cannot be shared by 7 heads.", "Use 6 or 8.")
    assert not notices.history[0].details


def test_other_errors_keep_their_text_in_the_details(notices: Notices, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        notices.error(ValueError("secret inner words"), "Importing stories.csv")
    notice = notices.history[0]
    assert "secret" not in notice.text + notice.note
    assert "secret inner words" in notice.details
    assert "Importing stories.csv" in notice.text


def test_the_history_has_an_end(notices: Notices) -> None:
    for at in range(KEPT + 5):
        notices.toast(str(at))
    assert len(notices.history) == KEPT
    assert notices.history[0].text == str(KEPT + 4)
    notices.forget()
    assert notices.history == []


def test_what_can_be_undone_is_undone_once(notices: Notices) -> None:
    done: list[str] = []
    notices.toast("First is in the trash", ("Undo", lambda: done.append("first")))
    notices.toast("Exported", ("Open", lambda: done.append("opened")))
    notices.toast("Second is in the trash", ("Undo", lambda: done.append("second")))
    assert notices.undoable() == "Second is in the trash"
    assert notices.undo()
    assert notices.undoable() == "First is in the trash"
    told = notices.history[-1].action
    assert told is not None
    told.run()
    assert done == ["second", "first"]
    assert not notices.undo()
    told.run()
    assert done == ["second", "first"]
    assert notices.history[0].text == "This was undone before"


def test_emptying_the_list_leaves_the_way_back(notices: Notices) -> None:
    done: list[str] = []
    notices.toast("First is in the trash", ("Undo", lambda: done.append("first")))
    notices.forget()
    assert notices.undo()
    assert done == ["first"]
