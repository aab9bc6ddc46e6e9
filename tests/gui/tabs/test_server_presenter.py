"""What the Server tab knows and does, without a widget."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.base.errors import UserError
from llmstudio.config.serve import ServeConfig
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.server import presenter as module
from llmstudio.gui.tabs.server.presenter import ServerPresenter
from llmstudio.store.events import Error
from tests.gui.tabs import desk
from tests.gui.tabs.desk import RememberingJobs
from tests.gui.tabs.server_fixtures import SERVING, Ring, put_ring, row, snapshot

TAKEN = Error("Port 8000 is taken.", "Use 8001.", user=True, remedy={"port": 8001})


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    return put_ring(monkeypatch)


@pytest.fixture
def session(tmp_path: Path, qtbot: QtBot, ring: Ring) -> Iterator[Session]:
    session = desk.make_session(tmp_path)
    desk.keep_model(session, "Tales")
    desk.keep_model(session, "Pell chat", task={"kind": "classify", "labels": ["up", "down"]})
    yield session
    session.background.close()


@pytest.fixture
def server(session: Session) -> ServerPresenter:
    presenter = ServerPresenter(session)
    presenter.refresh()
    return presenter


def jobs(session: Session) -> RememberingJobs:
    found = session.jobs
    assert isinstance(found, RememberingJobs)
    return found


def started(server: ServerPresenter, session: Session, qtbot: QtBot) -> str:
    server.start()
    qtbot.waitUntil(lambda: bool(jobs(session).sent))
    jobs(session).say_from_child("run-1", **SERVING)
    assert server.state.phase == "running"
    return "run-1"


def test_the_newest_model_is_proposed_and_another_can_be_chosen(server: ServerPresenter) -> None:
    assert [(model.title, model.note) for model in server.state.models] == [
        ("Pell chat", "sorts texts"),
        ("Tales", "3.41 million"),
    ]
    assert server.state.values["model"] == "pell-chat"
    server.choose("tales")
    server.choose("nothing")
    server.refresh()
    assert server.state.values["model"] == "tales"


def test_without_a_model_nothing_can_be_started(tmp_path: Path, qtbot: QtBot, ring: Ring) -> None:
    session = desk.make_session(tmp_path / "empty")
    server = ServerPresenter(session)
    server.refresh()
    assert "no model" in server.state.waiting_for()
    assert not server.state.faults
    server.start()
    assert not jobs(session).submitted
    desk.keep_model(session, "Tales")
    session.changed("model")
    assert server.state.waiting_for() == ""
    session.background.close()


def test_settings_are_checked_and_the_sound_ones_kept(server: ServerPresenter, session: Session) -> None:
    server.set_values({**server.state.values, "port": 9000, "slots": 2})
    server.set_values({**server.state.values, "lan": True, "key": False})
    assert server.state.faults["key"].suggestion is True
    assert server.state.waiting_for() == server.state.faults["key"].message
    server.start()
    assert not jobs(session).submitted
    again = ServerPresenter(session)
    again.refresh()
    assert (again.state.values["port"], again.state.values["slots"]) == (9000, 2)
    assert "lan" not in again.state.values


def test_the_first_start_makes_a_key_and_shows_it_once(
    server: ServerPresenter, session: Session, qtbot: QtBot, ring: Ring
) -> None:
    started(server, session, qtbot)
    kind, config, title = jobs(session).submitted[0]
    assert (kind, title) == ("serve", "Serve Pell chat")
    assert isinstance(config, ServeConfig)
    key = server.state.key
    assert len(key) >= 40
    assert jobs(session).sent == [("run-1", {"op": "key", "key": key})]
    qtbot.waitUntil(lambda: ring.key == key)
    server.hide_key()
    assert (server.state.key, server.state.hint) == ("", f"sk-…{key[-4:]}")
    assert key not in repr(session.settings.get(module.SETTINGS))


def test_a_kept_key_is_used_again_and_not_shown(
    server: ServerPresenter, session: Session, qtbot: QtBot, ring: Ring
) -> None:
    ring.key = "sk-kept-before-and-long-enough"
    started(server, session, qtbot)
    assert jobs(session).sent[0][1]["key"] == ring.key
    assert (server.state.key, server.state.hint) == ("", "sk-…ough")
    server.new_key()
    assert server.state.key == "", "not while it runs"
    jobs(session).end("run-1", "cancelled")
    server.new_key()
    assert server.state.key.startswith("sk-")
    assert server.state.key != "sk-kept-before-and-long-enough"


def test_without_a_key_none_is_made(server: ServerPresenter, session: Session, ring: Ring) -> None:
    server.set_values({**server.state.values, "key": False})
    server.start()
    assert jobs(session).submitted
    assert (jobs(session).sent, ring.key, server.state.hint) == ([], "", "")


def test_it_runs_and_is_stopped(server: ServerPresenter, session: Session, qtbot: QtBot) -> None:
    run = started(server, session, qtbot)
    assert server.state.served is not None
    assert server.state.served.addresses == ("http://127.0.0.1:8000",)
    server.start()
    assert len(jobs(session).submitted) == 1
    server.stop()
    server.stop()
    assert jobs(session).stopped == [run]
    assert server.state.phase == "stopping"
    jobs(session).end(run, "cancelled")
    assert (server.state.phase, server.state.served, server.state.failure) == ("idle", None, None)


def test_its_figures_are_asked_for_only_while_somebody_looks(
    server: ServerPresenter, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    server._timer.setInterval(5)
    run = started(server, session, qtbot)
    looks = lambda: [message for _, message in jobs(session).sent if message["op"] == "look"]  # noqa: E731
    assert not looks()
    server.watch(True)
    qtbot.waitUntil(lambda: len(looks()) >= 3)
    server.watch(False)
    count = len(looks())
    qtbot.wait(30)
    assert len(looks()) == count
    jobs(session).say_from_child(run, **snapshot(row(2, "writing"), row(1)))
    assert [one.id for one in server.state.picture.requests] == [2, 1]
    server.clear()
    jobs(session).say_from_child(run, **snapshot(row(3), row(2, "writing"), row(1)))
    assert [one.id for one in server.state.picture.requests] == [3, 2]
    jobs(session).say_from_child("another", **snapshot())
    assert server.state.picture.requests


@pytest.mark.parametrize(
    ("status", "error", "title", "port"),
    [
        ("failed", TAKEN, "Port 8000 is taken.", 8001),
        ("failed", Error("boom", details="Traceback"), "The server stopped", 0),
        ("lost", None, "The server stopped", 0),
    ],
)  # fmt: skip
def test_what_stopped_is_told_with_a_remedy(
    server: ServerPresenter, session: Session, qtbot: QtBot, status: str, error: Error | None, title: str, port: int
) -> None:
    run = started(server, session, qtbot)
    jobs(session).end(run, status, error)
    failure = server.state.failure
    assert failure is not None
    assert (failure.title, failure.port, server.state.phase) == (title, port, "idle")
    assert failure.text
    if port:
        server.try_port(port)
        assert server.state.failure is None
        config: Any = jobs(session).submitted[-1][1]
        assert config.port == 8001


def test_a_refused_job_is_told_too(server: ServerPresenter, session: Session) -> None:
    server.set_values({**server.state.values, "key": False})
    jobs(session).refusal = UserError("The workspace is read-only.", "Open another.")
    server.start()
    assert server.state.failure is not None
    assert server.state.phase == "idle"


def test_one_that_is_stopped_before_its_key_is_found_never_starts(
    server: ServerPresenter, session: Session, qtbot: QtBot
) -> None:
    server.start()
    server.stop()
    assert server.state.phase == "idle"
    qtbot.wait(50)
    assert not jobs(session).submitted
