"""The window on a disk that is really full, or sealed: it opens, says so, and closes."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from llmstudio.base import log
from llmstudio.gui import aftermath, app, machinewatch
from llmstudio.gui.tabs import registry
from llmstudio.store import summons
from llmstudio.store.settings import Settings
from llmstudio.store.workspace import Workspace
from tests.gui.tabs.train_fixtures import keep_dataset

pytestmark = pytest.mark.usefixtures("tested_machine")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("no memory disk can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def full(small: Path) -> Path:
    """The disk with a workspace on it and not a byte free."""
    Workspace.open(small / "ws").close()
    with (small / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(1 << 12))
    return small


@pytest.mark.faults
def test_the_window_opens_on_a_full_disk_and_says_what_is_missing(
    full: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aftermath.paths, "user_log", lambda: full / "log")
    assert not summons.call(full / "ws")
    alive = aftermath.watch(full / "ws")
    window = app.build(full / "ws", settings=Settings(full / "settings.json"))
    assert not window.session.read_only
    assert window.disk_banner.isVisible()
    assert "Free some space" in window.disk_banner.text.text()
    window.show_tab("settings")
    qtbot.waitUntil(lambda: not window.session.background.busy(), timeout=10_000)
    window.close_for_good()
    assert not window.isVisible()
    if alive is not None:
        alive.close()


@pytest.mark.faults
def test_the_log_is_no_reason_not_to_start(full: Path) -> None:
    assert log.set_up(full / "log" / "deep") is None or (full / "log").is_dir()


def test_the_banner_goes_once_there_is_room(
    tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 10

    monkeypatch.setattr(machinewatch.shutil, "disk_usage", lambda _path: Usage)
    window = app.build(tmp_path / "ws", settings=Settings(tmp_path / "settings.json"))
    assert window.disk_banner.isVisible()
    Usage.free = 1 << 40
    window.machine.look()
    assert not window.disk_banner.isVisible()
    window.close_for_good()


@pytest.mark.faults
def test_a_workspace_that_nobody_can_write_is_looked_at_in_every_tab(small: Path, qtbot: QtBot, tmp_path: Path) -> None:
    ws = Workspace.open(small / "ws")
    keep_dataset(ws)
    if subprocess.run(["mount", "-o", "remount,ro", str(small)], capture_output=True).returncode:
        pytest.skip("this disk cannot be sealed here")
    window = app.build(small / "ws", settings=Settings(tmp_path / "settings.json"))
    assert window.session.read_only
    assert window.read_only_banner.isVisible()
    assert "where nothing can be written" in window.read_only_banner.text.text()
    for tab in registry.TABS:
        window.show_tab(tab.key)
        qtbot.waitUntil(lambda: not window.session.background.busy(), timeout=20_000)
    assert [notice.text for notice in window.session.notices.history if notice.tone == "danger"] == []
    window.close_for_good()
