"""The window on a disk that is really full: it opens, says so, and closes."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from llmstudio.base import log
from llmstudio.gui import aftermath, app, machinewatch
from llmstudio.store import summons
from llmstudio.store.settings import Settings
from llmstudio.store.workspace import Workspace

pytestmark = pytest.mark.usefixtures("tested_machine")


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A small disk with a workspace on it and not a byte free."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("no memory disk can be mounted here")
    Workspace.open(place / "ws").close()
    with (place / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(1 << 12))
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


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
