"""The Models tab's presenter."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.models.presenter import ModelsPresenter, proposed_copy
from llmstudio.store import catalog
from tests.gui.tabs.desk import keep_model, make_session

Wait = Callable[[Callable[[], bool]], None]


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Any:
    session = make_session(tmp_path)
    for title in ("Alpha stories", "Beta poems"):
        keep_model(session, title)
    yield session, ModelsPresenter(session)
    session.background.close()


def settle(qtbot: QtBot, presenter: ModelsPresenter, state: str = "sound") -> None:
    qtbot.waitUntil(lambda: presenter.state.soundness.state == state, timeout=5000)


def test_the_newest_is_looked_at_and_checked(qtbot: QtBot, desk: tuple[Session, ModelsPresenter]) -> None:
    _, presenter = desk
    presenter.refresh()
    settle(qtbot, presenter)
    assert [line.title for line in presenter.state.models] == ["Beta poems", "Alpha stories"]
    assert presenter.state.detail is not None
    assert presenter.state.detail.title == "Beta poems"
    assert presenter.state.free > 0


def test_search_and_choice(qtbot: QtBot, desk: tuple[Session, ModelsPresenter]) -> None:
    _, presenter = desk
    presenter.refresh()
    settle(qtbot, presenter)
    presenter.search("alp studio")
    assert [line.title for line in presenter.state.shown] == ["Alpha stories"]
    presenter.choose("Alpha stories")
    qtbot.waitUntil(lambda: presenter.state.detail is not None and presenter.state.detail.title == "Alpha stories")


def test_damage_is_found_with_what_is_wrong(qtbot: QtBot, desk: tuple[Session, ModelsPresenter]) -> None:
    session, presenter = desk
    kept = catalog.find(session.workspace, "model", "Beta poems")
    (kept.path / "model.safetensors").write_bytes(b"y" * 240_000)
    (kept.path / "card.md").unlink()
    presenter.refresh()
    settle(qtbot, presenter, "damaged")
    assert any("model.safetensors" in fault for fault in presenter.state.soundness.faults)
    assert any("card.md is missing" in fault for fault in presenter.state.soundness.faults)


def test_rename_copy_trash_and_undo(qtbot: QtBot, desk: tuple[Session, ModelsPresenter]) -> None:
    session, presenter = desk
    presenter.refresh()
    settle(qtbot, presenter)
    presenter.rename("Gamma")
    qtbot.waitUntil(lambda: any(line.title == "Gamma" for line in presenter.state.models))
    assert presenter.name_fault("gamma") == ""
    assert presenter.name_fault("Alpha stories")
    assert presenter.name_fault("a/b")
    presenter.copy("Gamma copy")
    qtbot.waitUntil(lambda: presenter.state.detail is not None and presenter.state.detail.title == "Gamma copy")
    presenter.trash()
    qtbot.waitUntil(lambda: all(line.title != "Gamma copy" for line in presenter.state.models))
    action = session.notices.history[0].action
    assert action is not None
    action.run()
    qtbot.waitUntil(lambda: presenter.state.detail is not None and presenter.state.detail.title == "Gamma copy")


def test_a_refused_name_is_told(qtbot: QtBot, desk: tuple[Session, ModelsPresenter]) -> None:
    session, presenter = desk
    presenter.refresh()
    settle(qtbot, presenter)
    presenter.rename("Alpha stories")
    assert session.notices.history[0].tone == "danger"


def test_a_model_asked_for_before_the_list_is_there_is_chosen(
    qtbot: QtBot, desk: tuple[Session, ModelsPresenter]
) -> None:
    _, presenter = desk
    presenter.choose("alpha-stories")
    presenter.refresh()
    qtbot.waitUntil(lambda: presenter.state.chosen == "alpha-stories")


def test_a_copy_gets_a_free_name() -> None:
    assert proposed_copy("A", set()) == "A copy"
    assert proposed_copy("A", {"a copy", "a copy 2"}) == "A copy 3"
