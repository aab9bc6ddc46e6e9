"""Imports and downloads under way, paused ones, and why one stopped."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from llmstudio.base import jsonl
from llmstudio.config.download import hub_name
from llmstudio.config.importing import ImportModelConfig
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.models.work import Work, model_of, resting
from llmstudio.jobs import create
from llmstudio.store import hub
from llmstudio.store.events import Error, Progress, Stage, Status, to_record
from llmstudio.store.run import RunState
from tests.gui.tabs.desk import make_session

NAME = "HuggingFaceTB/SmolLM2-135M"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = make_session(tmp_path)
    made.theme.apply()
    yield made
    made.background.close()


@pytest.fixture
def work(qtbot: QtBot, session: Session) -> Any:
    made = Work(session)
    qtbot.addWidget(made.panel)
    made.panel.show()
    return made


def submit(session: Session, path: str = NAME) -> str:
    run = session.jobs.submit("import_model", ImportModelConfig(path=path, name="x"), title="Import x")
    jobs: Any = session.jobs
    jobs.states[run].config = {"path": path, "name": "x"}
    jobs.started.emit(run)
    return str(run)


def press(widget: Any, words: str) -> None:
    button = next(b for b in widget.findChildren(QPushButton) if b.accessibleName() == words)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_job_under_way_has_a_card_and_its_end_brings_the_model(qtbot: QtBot, session: Session, work: Any) -> None:
    run = submit(session)
    assert work.cards[0].run_id == run
    assert work.cards[0].isVisibleTo(work.panel)
    jobs: Any = session.jobs
    jobs.states[run].result = {"id": "x"}
    with qtbot.waitSignal(work.made) as told:
        jobs.end(run, "finished")
    assert told.args == ["x"]


def test_a_failed_download_can_be_tried_again(session: Session, work: Any) -> None:
    run = submit(session)
    jobs: Any = session.jobs
    resumed: list[str] = []
    jobs.resume = resumed.append
    jobs.end(run, "failed", Error("The connection broke.", "What came is kept."))
    assert work.trouble.title.text() == "Import x stopped"
    assert work.trouble.evidence.text() == "The connection broke. What came is kept."
    press(work.trouble, "Try again")
    assert resumed == [run]
    assert not work.trouble.isVisibleTo(work.panel)


def test_a_file_that_cannot_be_read_asks_for_another(qtbot: QtBot, session: Session, work: Any) -> None:
    run = submit(session, "/tmp/broken.gguf")
    jobs: Any = session.jobs
    jobs.end(run, "failed", Error("This file is damaged.", "Get it again."))
    with qtbot.waitSignal(work.again) as told:
        press(work.trouble, "Choose another")
    assert told.args == ["/tmp/broken.gguf"]


def test_other_jobs_are_not_its_business(session: Session, work: Any) -> None:
    run = session.jobs.submit("probe", ImportModelConfig(path="x"), title="Probe")
    jobs: Any = session.jobs
    jobs.started.emit(run)
    jobs.end(run, "failed", Error("No."))
    assert not work.panel.isVisible()


def paused(session: Session) -> str:
    folder = create.create_run(
        session.workspace, "import_model", ImportModelConfig(path=NAME, name="x"), title="Import x"
    )
    steps = (
        Status("running", attempt=1),
        Stage("Downloading"),
        Progress(34e6, 270e6, "bytes"),
        Status("paused", attempt=1),
    )
    for event in steps:
        jsonl.append(folder / "events.jsonl", to_record(event))
    return folder.name


def test_a_paused_download_goes_on_or_is_thrown_away(qtbot: QtBot, session: Session, work: Any) -> None:
    run = paused(session)
    work.refresh()
    qtbot.waitUntil(work.paused.isVisible)
    assert work.paused.words.full_text == "Paused, 34 MB of 270 MB. Nothing of it is lost."
    jobs: Any = session.jobs
    resumed: list[str] = []
    jobs.resume = resumed.append
    press(work.paused, "Go on")
    assert resumed == [run]
    work.refresh()
    qtbot.waitUntil(work.paused.isVisible)
    named = hub_name(NAME)
    assert named is not None
    place = hub.place(session.workspace.root, named)
    place.mkdir(parents=True)
    (place / "model.part").write_bytes(b"x")
    press(work.paused, "Throw away")
    assert jobs.stopped == [run]
    assert not place.exists()


def test_only_names_of_the_hub_can_be_fetched_again(tmp_path: Path) -> None:
    state = RunState(id="r", kind="import_model", title="Import x", status="lost", config={"path": str(tmp_path)})
    assert model_of(state) == ""
    assert resting(state).words == "Stopped when the program ended, begun. Nothing of it is lost."
    state.config = {"path": NAME}
    assert model_of(state) == NAME
    state.kind = "export_model"
    assert model_of(state) == ""
