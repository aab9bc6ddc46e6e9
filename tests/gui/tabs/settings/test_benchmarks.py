"""Benchmarks in the window: run, watched, stopped, kept and compared."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.base.errors import UserError
from llmstudio.config.benchmark import BenchmarkConfig
from llmstudio.gui.tabs.settings.benchmarks import BenchmarkCard
from llmstudio.jobs.create import create_run
from llmstudio.store import benchmarks
from llmstudio.store.events import Error, Stage
from tests.gui.tabs.desk import AnsweringDialogs, RememberingJobs, make_session


@pytest.fixture
def card(qtbot: QtBot, tmp_path: Path) -> BenchmarkCard:
    session = make_session(tmp_path)
    session.theme.apply()
    made = BenchmarkCard(session)
    qtbot.addWidget(made)
    made.resize(664, 600)
    made.show()
    return made


def jobs_of(card: BenchmarkCard) -> RememberingJobs:
    jobs = card._session.jobs
    assert isinstance(jobs, RememberingJobs)
    return jobs


def keep(card: BenchmarkCard, value: float) -> str:
    ws = card._session.workspace
    folder = create_run(ws, "benchmark", BenchmarkConfig(), title="Benchmark: Training")
    one = benchmarks.figure("train", "Training", "tokens/s", [value], ceilings=[100.0])
    benchmarks.save(folder, {"name": "Here", "threads": 2}, {"train": [one]})
    return folder.name


def press(card: BenchmarkCard, button: Any) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_benchmark_runs_and_its_figures_are_shown(card: BenchmarkCard, qtbot: QtBot) -> None:
    jobs = jobs_of(card)
    assert not card.stop_button.isVisible()
    card.what.set_current("train")
    press(card, card.run_button)
    kind, config, title = jobs.submitted[0]
    assert (kind, title) == ("benchmark", "Benchmark: Training")
    assert isinstance(config, BenchmarkConfig)
    assert config.name == "train"
    assert not card.run_button.isEnabled()
    state = jobs.states["run-1"]
    state.fold(Stage("Training, 124 M parameters"))
    jobs.events.emit("run-1", [])
    assert card.told.full_text == "Training, 124 M parameters"
    keep(card, 50.0)
    jobs.end("run-1", "finished")
    assert card.run_button.isEnabled()
    qtbot.waitUntil(lambda: card.table.rows_model.rowCount() == 1)
    assert card.table.rows_model.rows[0].ceiling == "50 %"


def test_it_can_be_stopped(card: BenchmarkCard) -> None:
    press(card, card.run_button)
    press(card, card.stop_button)
    assert jobs_of(card).stopped == ["run-1"]
    jobs_of(card).end("run-1", "cancelled")
    assert card.run_button.isEnabled()
    assert not card.stop_button.isVisible()


def test_a_failure_says_what_happened(card: BenchmarkCard) -> None:
    press(card, card.run_button)
    jobs_of(card).end("run-1", "failed", Error("No text is named.", "Choose one.", user=True))
    assert card.told.full_text == "No text is named. Choose one."


def test_what_cannot_be_started_is_told(card: BenchmarkCard) -> None:
    jobs_of(card).refusal = UserError("The disk is full.", "Make room.")
    press(card, card.run_button)
    assert card.run_button.isEnabled()
    assert card._session.notices.history


def test_kept_ones_are_compared_and_chosen(card: BenchmarkCard, qtbot: QtBot) -> None:
    first = keep(card, 40.0)
    second = keep(card, 50.0)
    card._read()
    qtbot.waitUntil(lambda: len(card.kept.entries) == 2)
    card.choose(second)
    shown = [row.before for row in card.table.rows_model.rows]
    card.choose(first)
    shown += [row.before for row in card.table.rows_model.rows]
    assert sorted(shown) in (["", "25 % better"], ["", "20 % worse"])  # made in the same second: either is newer
    assert card.kept.current() == first


def test_the_peer_and_the_text_are_remembered(card: BenchmarkCard, tmp_path: Path) -> None:
    dialogs: Any = card._session.dialogs
    assert isinstance(dialogs, AnsweringDialogs)
    dialogs.folder = tmp_path / "nano"
    card._choose_peer()
    card._choose_text()  # thought better of
    assert card.peer.full_text == str(tmp_path / "nano")
    assert card.text.full_text.startswith("None")
    press(card, card.run_button)
    config: Any = jobs_of(card).submitted[0][1]
    assert config.nanogpt == str(tmp_path / "nano")
