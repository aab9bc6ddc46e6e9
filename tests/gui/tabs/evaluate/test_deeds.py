"""An evaluation is renamed, moved to the trash, and brought back."""

from collections.abc import Iterator

import pytest

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.evaluate import shelf
from llmstudio.gui.tabs.evaluate.deeds import EvaluationDeeds
from llmstudio.gui.tabs.evaluate.presenter import Row
from tests.gui.conftest import AnsweringDialogs
from tests.gui.tabs import evaluate_fixtures as fixtures


@pytest.fixture
def desk(session: Session) -> Iterator[Session]:
    fixtures.moods(session.workspace)
    yield session
    session.background.close()


def rows(session: Session) -> list[Row]:
    return [row for table in shelf.read(session.workspace).tables for row in table.rows]


def test_renaming_gives_the_evaluation_another_title(desk: Session) -> None:
    deeds, before = EvaluationDeeds(desk), rows(desk)
    assert isinstance(desk.dialogs, AnsweringDialogs)
    desk.dialogs.text = None
    deeds.rename(before[0])
    assert rows(desk) == before
    desk.dialogs.text = "All moods"
    deeds.rename(before[0])
    assert {row.evaluation for row in rows(desk)} == {"All moods"}


def test_the_trash_takes_all_its_rows_and_gives_them_back(desk: Session) -> None:
    deeds, before = EvaluationDeeds(desk), rows(desk)
    assert [words for words, _, _ in deeds.offers(before[0])] == [
        "Rename the evaluation",
        "Move the evaluation to the trash",
    ]
    deeds.trash(before[0])
    assert rows(desk) == []
    action = desk.notices.history[0].action
    assert action is not None
    action.run()
    assert rows(desk) == before


def test_what_is_being_measured_stays(desk: Session) -> None:
    deeds = EvaluationDeeds(desk)
    row = Row("r:0", "Pell", "running", run="r", evaluation="X")
    assert deeds.obstacle(row) == "It is being measured."
    assert deeds.offers(row) == []
    deeds.trash(row)
    assert rows(desk)
    assert deeds.obstacle(None) == "No row is chosen."
