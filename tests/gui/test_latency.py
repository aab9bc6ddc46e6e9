"""How long the event loop keeps one waiting: what is counted, and a whole measurement with a training."""

import json
import subprocess
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from llmstudio.gui import latency, plotlatency
from llmstudio.gui.latency import Beats
from llmstudio.jobs.process import own_command, own_environment
from llmstudio.store.workspace import Workspace
from tests.tasks import small


def test_a_blocked_loop_is_a_late_beat(qtbot: QtBot) -> None:
    beats = Beats()
    beats.start()
    qtbot.waitUntil(lambda: len(beats.delays) > 3)

    def block() -> None:
        until = time.perf_counter() + 0.08
        while time.perf_counter() < until:
            pass

    QTimer.singleShot(0, block)
    count = len(beats.delays)
    qtbot.waitUntil(lambda: len(beats.delays) > count + 2)
    assert max(beats.stop()) > 0.06


def test_delays_are_summed_up() -> None:
    found = latency.summary([0.001] * 99 + [0.5])
    assert found == {"median": 0.001, "p99": 0.5, "longest": 0.5, "beats": 100}
    assert latency.summary([])["p99"] == 0


@pytest.mark.usefixtures("tested_machine")
def test_a_training_is_started_watched_and_ended(tmp_path: Path) -> None:
    small.workspace(tmp_path / "ws").close()
    training = {**small.TINY, "name": "load", "max_steps": 1_000_000, "eval_every": 1_000_000, "save_every": 1_000_000}
    wishes = {
        "settle": 0.0,
        "seconds": 0.2,
        "patience": 100.0,
        "training": {**training, "sample_tokens": 0, "compile": "off"},
    }
    command = [*own_command(), "--profile-latency", json.dumps(wishes), "--workspace", str(tmp_path / "ws")]
    done = subprocess.run(command, env=own_environment(), capture_output=True, text=True, timeout=118, check=True)
    facts = json.loads(done.stdout.splitlines()[-1])
    assert facts["idle"]["beats"] > 0
    assert facts["plot"]["beats"] == plotlatency.UPDATES
    assert facts["load"]["p99"] <= facts["load"]["longest"]
    assert not list(Workspace.open(tmp_path / "ws").models.iterdir())  # it was stopped, nothing was kept
