"""Earlier runs are looked up in the background, the newest of one kind."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.earlier import Earlier
from llmstudio.gui.session import Session
from llmstudio.store.run import RunState
from tests.gui.tabs import run_fixtures


def earlier(session: Session, kind: str = "pretrain", most: int = 2) -> Earlier:
    return Earlier(session.background, session.workspace, kind, most, session)


def test_the_newest_of_a_kind_are_found(session: Session, qtbot: QtBot) -> None:
    for name in ("One", "Two", "Three"):
        run_fixtures.make_run(session.workspace, name=name)
    found = earlier(session)
    assert found.known is None
    with qtbot.waitSignal(found.changed):
        found.look()
        found.look()  # is under way
    assert len(found.known or ()) == 2
    assert {state.title for state in found.known or ()} < {"One", "Two", "Three"}
    other = earlier(session, "finetune")
    with qtbot.waitSignal(other.changed):
        other.look()
    assert other.known == ()


def test_a_folder_that_cannot_be_read_keeps_what_was_known(session: Session, qtbot: QtBot) -> None:
    run_fixtures.make_run(session.workspace)
    found = earlier(session)
    with qtbot.waitSignal(found.changed):
        found.look()
    before = found.known

    def broken() -> list[RunState]:
        raise OSError("gone")

    found._list.refresh = broken  # type: ignore[method-assign]
    with qtbot.waitSignal(found.changed):
        found.look()
    assert before
    assert found.known == before
