"""The test of this machine as a job."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.base.errors import UserError
from llmstudio.gui.machineprobe import MachineProbe
from llmstudio.store.events import Error
from tests.gui.tabs.desk import RememberingJobs, make_session


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> tuple[MachineProbe, RememberingJobs, Path]:
    session = make_session(tmp_path)
    return MachineProbe(session), session.jobs, session.workspace.runs  # type: ignore[return-value]


def test_one_test_at_a_time_and_its_folder_goes(desk: tuple[MachineProbe, RememberingJobs, Path], qtbot: QtBot) -> None:
    probe, jobs, runs = desk
    probe.begin()
    probe.begin()
    assert len(jobs.submitted) == 1
    (runs / "run-1").mkdir()
    with qtbot.waitSignal(probe.changed):
        jobs.end("run-1", "finished")
    assert not probe.running
    assert not (runs / "run-1").exists()
    assert probe.failure == ""


def test_failures_are_in_words(desk: tuple[MachineProbe, RememberingJobs, Path]) -> None:
    probe, jobs, _ = desk
    probe.begin()
    jobs.end("run-1", "failed", Error("Too little memory.", user=True))
    assert probe.failure == "Too little memory."
    probe.begin()
    jobs.end("run-2", "cancelled")
    assert probe.failure == ""
    jobs.refusal = UserError("The disk is full.")
    probe.begin()
    assert (probe.running, probe.failure) == (False, "The disk is full.")
