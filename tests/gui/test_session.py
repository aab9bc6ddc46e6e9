"""The session hands things down and tells what changed."""

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session


@pytest.mark.parametrize("kind", ["dataset", "tokenizer", "model", "run"])
def test_changes_are_told_by_kind(session: Session, qtbot: QtBot, kind: str) -> None:
    with qtbot.waitSignal(getattr(session, f"{kind}s_changed")):
        session.changed(kind)


def test_a_job_that_ended_may_have_made_anything(session: Session, qtbot: QtBot) -> None:
    signals = [session.datasets_changed, session.tokenizers_changed, session.models_changed, session.runs_changed]
    with qtbot.waitSignals(signals):
        session.jobs.ended.emit("r1", "finished")


def test_going_somewhere_is_a_request(session: Session, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.go_requested) as going:
        session.go("train", dataset="d1")
    assert going.args == ["train", {"dataset": "d1"}]
    assert not session.read_only
