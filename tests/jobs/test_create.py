"""Making a run folder."""

from dataclasses import replace

import pytest

from llmstudio.base.errors import UserError
from llmstudio.jobs.create import create_run
from llmstudio.jobs.job import Job
from llmstudio.store import run
from llmstudio.store.workspace import Workspace
from tests.jobs.fakes import CountConfig


def test_a_run_begins_queued(ws: Workspace) -> None:
    folder = create_run(ws, "count", CountConfig(steps=3), title=" Été 🙂 ", inputs=["d"])
    state = run.load(folder)
    assert (state.status, state.attempt, state.title, state.kind) == ("queued", 1, "Été 🙂", "count")
    assert Job.load(folder).config == {"steps": 3, "pace": 0.0, "save_every": 5, "trouble": ""}
    assert Job.load(folder).inputs == ("d",)
    assert "-ete-" in folder.name
    assert folder.name.isascii()


def test_runs_of_one_title_get_folders_of_their_own(ws: Workspace) -> None:
    folders = {create_run(ws, "count", CountConfig(), title="same") for _ in range(5)}
    assert len(folders) == 5


def test_a_run_without_a_title_gets_that_of_its_kind(ws: Workspace) -> None:
    assert run.load(create_run(ws, "quick", CountConfig(), title="")).title == "quick"


@pytest.mark.parametrize("title", ["a/b", "..", "a\\b", "a\x07"])
def test_path_tricks_are_refused(ws: Workspace, title: str) -> None:
    with pytest.raises(UserError):
        create_run(ws, "count", CountConfig(), title=title)
    assert list(ws.runs.iterdir()) == []


def test_a_read_only_workspace_makes_no_runs(ws: Workspace) -> None:
    with pytest.raises(UserError, match="another window"):
        create_run(replace(ws, read_only=True), "count", CountConfig(), title="x")
