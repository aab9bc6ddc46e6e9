"""Keeps the status bar true: device, precision, memory, workspace, disk, and a server that runs."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import psutil
from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices

from llmstudio.base import units
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.statusbar import Item, StatusBar
from llmstudio.store import machine, network

LOOK_MS = 2000
DISK_LOW = 1_000_000_000


class MachineWatch(QObject):
    """Looks every two seconds; `disk_low` is called with whether less than 1 GB is left."""

    def __init__(self, session: Session, bar: StatusBar, disk_low: Callable[[bool], object]) -> None:
        super().__init__(bar)
        self._session, self._bar, self._disk_low = session, bar, disk_low
        self._facts: dict[str, object] = {}
        bar.add("device", "chip")
        bar.add("precision", "precision")
        bar.add("memory", "memory")
        bar.add("workspace", "folder")
        bar.add("server", "server")
        bar.add("network", "offline", right=True)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        session.jobs.ended.connect(self._job_ended)
        session.jobs.changed.connect(self._show_server)
        self._show_server()
        self.read_probe()
        self.look()
        self._timer.start()

    def read_probe(self) -> None:
        """Take over what the last probe of this machine measured."""
        self._facts = dict(machine.load() or {})
        self._show_device()
        self._show_precision()
        self._show_workspace()

    def look(self) -> None:
        """Memory, disk and network as they are now."""
        self._show_memory()
        self._show_network()
        try:
            free = shutil.disk_usage(self._session.workspace.root).free
        except OSError:
            return
        self._disk_low(free < DISK_LOW)

    def _job_ended(self, run_id: str, _status: str) -> None:
        self.read_probe()

    def _show_device(self) -> None:
        cores = os.cpu_count() or 1
        device = str(self._facts.get("device", "cpu"))
        words = {"cpu": f"CPU, {units.plural(cores, 'core')}", "mps": "Apple GPU"}
        name = str(self._facts.get("device_name", "")) or words.get(device, "Graphics card")
        text = words["cpu"] if device == "cpu" else name
        told = "Training and writing run here. Choose another device under All settings when you train."
        self._bar.show_item("device", Item(text, "Device", told))

    def _show_precision(self) -> None:
        precision = str(self._facts.get("precision", ""))
        if precision:
            told = f"{precision} was the fastest sound precision in a short test of this machine."
        else:
            told = "A short test chooses the fastest sound precision the first time a model is trained."
        self._bar.show_item("precision", Item(precision or "Not tested", "Precision", told))

    def _show_memory(self) -> None:
        now = psutil.virtual_memory()  # type: ignore[no-untyped-call]
        used, part = now.total - now.available, (now.total - now.available) / now.total
        role = "danger" if part >= 0.95 else "warning" if part >= 0.85 else ""
        text = f"{used / 1e9:.1f} of {now.total / 1e9:.0f} GB used"
        told = (
            f"Memory of the whole machine; {units.size(now.available)} can still be used. "
            "Pausing a training gives its memory back."
        )
        self._bar.show_item("memory", Item(text, "Memory", told, role))

    def _show_workspace(self) -> None:
        root = self._session.workspace.root
        told = f"Everything you make is kept in {root}. The folder can be moved or copied as a whole."
        item = Item(_short(root), "Workspace", told, "", "Open the folder", lambda: open_folder(root))
        self._bar.show_item("workspace", item)

    def _show_server(self) -> None:
        """Nothing stands there while nothing is served."""
        serving = next((state for state in self._session.jobs.live() if state.kind == "serve"), None)
        text = serving.title.replace("Serve", "Serving", 1) if serving is not None else ""
        told = "Other programs can ask this model, at the address that the Server tab shows. It ends with this window."
        self._bar.show_item("server", Item(text, "Server", told, "", "Open Server", lambda: self._session.go("server")))

    def _show_network(self) -> None:
        link, follow = "Network and privacy", lambda: self._session.go("settings", section="network")
        if network.is_offline(self._session.settings):
            told = "Nothing is asked for over the network, whatever you press."
            item = Item("Offline", "Network", told, "", link, follow)
        else:
            told = (
                "Everything happens on this machine. The network is used only when you look up or download a model; "
                "nothing is ever sent about you or your work."
            )
            item = Item("Online when asked", "Network", told, "", link, follow)
        self._bar.show_item("network", item)


def open_folder(path: Path) -> None:
    """Show a folder in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def _short(path: Path) -> str:
    """Home is "~", and long paths keep their end."""
    try:
        text = "~/" + path.relative_to(Path.home()).as_posix()
    except ValueError:
        text = str(path)
    return text if len(text) <= 32 else "…" + text[-31:]
