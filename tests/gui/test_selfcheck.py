"""The look at every tab: it sees what is drawn, and says so where nothing is or something was raised."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui import selfcheck
from llmstudio.gui.jobcentre import JobCentre
from llmstudio.gui.tabs import registry


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMSTUDIO_CONFIG", str(tmp_path / "settings"))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # put back afterwards


def looked(root: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    status = selfcheck.main(root)
    return status, json.loads(capsys.readouterr().out.splitlines()[-1])


def test_every_tab_is_drawn(
    qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "torch")  # another test of this process may have loaded it
    status, facts = looked(tmp_path / "ws", capsys)
    assert status == 0, facts
    assert list(facts["colours"]) == [tab.key for tab in registry.TABS]
    assert facts["platform"] == "offscreen"
    assert facts["plot"] > 20  # axes, a grid, a curve with soft edges


def test_a_page_that_draws_nothing_is_found(
    qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selfcheck, "seen_colours", lambda _window: 1)
    assert looked(tmp_path / "ws", capsys)[0] == 1


def test_a_plot_that_draws_nothing_is_found(
    qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selfcheck, "plot_colours", lambda _theme: 1)
    assert looked(tmp_path / "ws", capsys)[0] == 1


def test_what_is_raised_is_told(
    qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def raising() -> None:
        sys.excepthook(ValueError, ValueError("planted"), None)

    monkeypatch.setattr(selfcheck, "_turn", raising)
    status, facts = looked(tmp_path / "ws", capsys)
    assert status == 1
    assert "planted" in facts["raised"][0]


def test_one_colour_is_told_from_a_picture(qtbot: QtBot) -> None:
    blank, label = QWidget(), QLabel("Text has many greys")
    for widget in (blank, label):
        qtbot.addWidget(widget)
        widget.resize(300, 100)
    palette = QPalette(blank.palette())
    blank.setAutoFillBackground(True)
    blank.setPalette(palette)
    assert selfcheck.seen_colours(blank) == 1
    assert selfcheck.seen_colours(label) > 1


class Jobs(QObject):
    """One job that ends a little after it was asked to."""

    ended = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.running = ["probe"]

    def live(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(id=name) for name in self.running]

    def stop(self, run_id: str, how: str) -> None:
        assert how == "cancel"
        QTimer.singleShot(1, self._end)

    def _end(self) -> None:
        self.running.clear()
        self.ended.emit("probe", "cancelled")


def test_what_a_tab_began_by_itself_is_ended_and_waited_for(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selfcheck, "END_MS", 60_000)  # not this ends the wait
    jobs = Jobs()
    selfcheck.end_jobs(cast(JobCentre, jobs))
    assert not jobs.running
