"""Write by itself; the whole is driven in test_page."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.presenter import WritePresenter
from llmstudio.gui.tabs.playground.writepart import WritePart
from tests.gui.tabs.desk import keep_model, make_session


def test_it_offers_three_buttons_and_says_when_the_model_is_taken(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    keep_model(session, "Pell stories")
    presenter = WritePresenter(session)
    presenter.refresh()
    part = WritePart(session, presenter)
    qtbot.addWidget(part)
    assert [button.accessibleName() for button in part.buttons()] == ["Save", "Again", "Continue"]
    assert part.go_button.isEnabled()
    presenter.holder.ask({"op": "chat"})
    session.jobs.message.emit("run-1", {"op": "ready"})
    assert presenter.state.occupied
    assert not presenter.state.busy
    assert not part.go_button.isEnabled()
    assert "elsewhere" in part.go_button.toolTip()
    assert not part.escape(), "the answer of another part is not stopped from here"
