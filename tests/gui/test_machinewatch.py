"""The status bar says what is true of this machine."""

from collections import namedtuple

import psutil
import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.machinewatch import MachineWatch
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.statusbar import StatusBar
from llmstudio.store import machine
from llmstudio.store.run import RunState

Memory = namedtuple("Memory", "total available")


@pytest.mark.parametrize(("free", "role"), [(8e9, ""), (2e9, "warning"), (0.5e9, "danger")])
def test_memory_warns_when_it_runs_short(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, free: float, role: str
) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory(16e9, free))
    bar = StatusBar(session.theme)
    qtbot.addWidget(bar)
    MachineWatch(session, bar, lambda low: None)
    assert bar.buttons["memory"].property("textRole") == role
    assert "of 16 GB used" in bar.buttons["memory"].text()


def test_the_probe_is_taken_over(session: Session, qtbot: QtBot) -> None:
    bar = StatusBar(session.theme)
    qtbot.addWidget(bar)
    watch = MachineWatch(session, bar, lambda low: None)
    assert bar.buttons["precision"].text() == "Not tested"
    machine.save({"device": "cuda", "device_name": "Graphics <b>card</b>", "precision": "bf16"})
    watch.read_probe()
    assert bar.buttons["precision"].text() == "bf16"
    assert bar.buttons["device"].text() == "Graphics <b>card</b>"


def test_a_full_disk_is_reported(session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bool] = []
    bar = StatusBar(session.theme)
    qtbot.addWidget(bar)
    watch = MachineWatch(session, bar, told.append)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(10, 10, 5e8))
    watch.look()
    assert told[-1] is True


def test_the_switch_of_the_network_is_told(session: Session, qtbot: QtBot) -> None:
    bar = StatusBar(session.theme)
    qtbot.addWidget(bar)
    watch = MachineWatch(session, bar, lambda low: None)
    assert bar.buttons["network"].text() == "Online when asked"
    session.settings.set("network.offline", True)
    watch.look()
    assert bar.buttons["network"].text() == "Offline"


def test_a_server_that_runs_is_told_and_leads_to_its_tab(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bar = StatusBar(session.theme)
    qtbot.addWidget(bar)
    MachineWatch(session, bar, lambda low: None)
    button = bar.buttons["server"]
    assert button.isHidden()
    live = [RunState(id="run-1", kind="serve", title="Serve <b>Pell</b>", status="running")]
    monkeypatch.setattr(session.jobs, "live", lambda: live)
    session.jobs.changed.emit()
    assert not button.isHidden()
    assert button.text() == "Serving <b>Pell</b>"
    live.clear()
    session.jobs.changed.emit()
    assert button.isHidden()
