"""The trash: what was deleted, the way back, and the end for good only after a word."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui import trashsheet
from llmstudio.gui.session import Session
from llmstudio.gui.trashsheet import NOTHING, TrashSheet
from llmstudio.store import catalog, trashcan
from tests.gui.conftest import AnsweringDialogs
from tests.gui.tabs.desk import keep_model


@pytest.fixture
def sheet(session: Session, qtbot: QtBot) -> Iterator[TrashSheet]:
    for title in ("First", "Second <b>one"):
        catalog.trash(session.workspace, keep_model(session, title))
    sheet = TrashSheet(session)
    qtbot.addWidget(sheet)
    qtbot.waitUntil(lambda: len(sheet.table.rows_model.rows) == 2)
    yield sheet
    qtbot.waitUntil(lambda: not session.background.busy())


def test_what_was_deleted_is_listed_as_plain_text(sheet: TrashSheet) -> None:
    titles = {row.title for row in sheet.table.rows_model.rows}
    assert titles == {"First", "Second <b>one"}
    assert sheet.restore.isEnabled()
    assert trashsheet.when(sheet.table.rows_model.rows[0]) != ""


def test_a_thing_is_brought_back(sheet: TrashSheet, session: Session, qtbot: QtBot) -> None:
    sheet.table.select_where(lambda row: row.title == "First")
    with qtbot.waitSignal(session.models_changed):
        sheet.restore.click()
    assert catalog.exists(session.workspace, "model", "First")
    qtbot.waitUntil(lambda: len(sheet.table.rows_model.rows) == 1)


def test_what_cannot_come_back_is_told(sheet: TrashSheet, session: Session) -> None:
    sheet.table.select_where(lambda row: row.title == "First")
    keep_model(session, "First")  # its place is taken
    sheet.bring_back()
    assert session.notices.history[0].tone == "danger"


def test_emptying_asks_for_the_word(sheet: TrashSheet, session: Session, qtbot: QtBot) -> None:
    dialogs = session.dialogs
    assert isinstance(dialogs, AnsweringDialogs)
    for answer in (None, "yes"):
        dialogs.text = answer
        sheet.empty.click()
    assert len(trashcan.contents(session.workspace)) == 2
    dialogs.text = "empty"
    sheet.empty.click()
    qtbot.waitUntil(lambda: not sheet.table.rows_model.rows)
    assert trashcan.contents(session.workspace) == []
    assert not sheet.nothing.isHidden()
    assert sheet.nothing.text() == NOTHING
    assert not sheet.restore.isEnabled()
    assert not sheet.empty.isEnabled()


def test_a_time_that_is_not_recorded_is_left_out() -> None:
    assert trashsheet.when(trashcan.Trashed("t", "model", "M", "models/m", "")) == ""


def test_it_opens_over_the_window(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    trashsheet.show(session)
    dialogs = session.dialogs
    assert isinstance(dialogs, AnsweringDialogs)
    assert dialogs.sheets[0].isVisible()
    qtbot.waitUntil(lambda: not session.background.busy())
    dialogs.sheets[0].reject()
