"""Two hours at the window in a few minutes: does its memory grow?

    python -m tests.end_to_end.soak_window WORKSPACE [--rounds 500] [--events 200000]

A training writes its log and tells its events, every tab comes to the front again and again, sheets and the palette
open and close. Prints one JSON object: resident memory before and after in MB, growth per simulated hour, and which
kinds of objects there are more of. What a run measured is kept (16 bytes a figure); everything else must go.
"""

import argparse
import ctypes
import gc
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from llmstudio.base import jsonl
from llmstudio.config.train import PretrainConfig
from llmstudio.store import events, machine
from llmstudio.store.events import Metrics, Note, Progress, Sample, Status
from llmstudio.store.settings import Settings
from llmstudio.store.workspace import Workspace
from tests.gui.fakes import FakeRunner
from tests.gui.tabs.run_fixtures import CONFIG, stamp

HOURS = 2.0
WARM_UP = 0.2  # of the rounds: caches fill, every tab has been made
PAUSE_MS = 20


class Endless(FakeRunner):
    """Goes on until it is told to end, however long that takes."""

    def run(self, folder: Path, *callbacks: Any, offset: int | None = None) -> str:
        """Wait."""
        self.folder, (self._on_event, self._on_message) = folder, callbacks
        self._running.set()
        self._over.wait()
        return self._status


class Training:
    """A run that goes on: writes its log as the child would, and has the window told."""

    def __init__(self, window: Any, runner: Any, run_id: str) -> None:
        self._runner = runner
        self._log = (window.session.workspace.runs / run_id / "events.jsonl").open("ab", buffering=0)
        self._step = 0
        self._write([Status("starting", **stamp(0)), Status("running", **stamp(1))])

    def go_on(self, steps: int) -> None:
        """So many more steps; a validation and a sample every thousand."""
        written: list[events.Event] = []
        for _ in range(steps):
            self._step += 1
            at = stamp(self._step * 0.07)
            loss = 1.4 + 3 / (1 + self._step / 60) ** 0.8
            values = {"loss": loss, "grad_norm": 0.4, "learning_rate": 1e-3, "tokens_per_second": 7e4, "tokens": 1.0}
            written += [Metrics(self._step, values, **at), Progress(self._step, 1_000_000, "steps", **at)]
            if self._step % 1000 == 0:
                written.append(Metrics(self._step, {"val_loss": loss + 0.1}, **at))
                written.append(Note(f"Validation {loss:.3f}", "info", **at))
                written.append(Sample(self._step, "Once", " there was a miller who counted the gulls.", **at))
        self._write(written)

    def end(self) -> None:
        """The run is over."""
        self._write([Status("cancelled", **stamp(9e5))])
        self._log.close()
        self._runner.end("cancelled")

    def _write(self, written: list[events.Event]) -> None:
        self._log.write(b"".join(jsonl.encode(events.to_record(event)) for event in written))
        self._runner.tell(*written)


def soak(root: Path, rounds: int, total_events: int) -> dict[str, Any]:
    """Live through it; returns the figures."""
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from llmstudio.gui import app
    from llmstudio.gui.tabs import registry

    os.environ["LLMSTUDIO_CONFIG"] = str(root.parent / "soak-config")
    os.environ["XDG_CACHE_HOME"] = str(root.parent / "soak-cache")  # a pretended probe must not reach this person's
    machine.save({"device": "cpu", "precision": "fp32", "device_name": "CPU"})
    window = app.build(Workspace.open(root, window=True), settings=Settings(root.parent / "soak-settings.json"))
    runner = Endless()
    window.session.jobs._make_runner = lambda: runner
    run_id = window.session.jobs.submit("pretrain", PretrainConfig(**CONFIG), title="Soak")
    QTest.qWait(200)
    training = Training(window, runner, run_id)
    window.go("train", {"run": run_id})
    keys = [tab.key for tab in registry.TABS]
    before: dict[str, Any] = {}
    for at in range(rounds):
        if at == int(rounds * WARM_UP):
            before = _looked_at(QApplication.allWidgets())
        training.go_on(max(1, total_events // rounds // 2))
        window.show_tab(keys[at % len(keys)])
        QTest.qWait(PAUSE_MS)
        if at % 5 == 0:
            _open_and_close(window)
            QTest.qWait(PAUSE_MS)
    after = _looked_at(QApplication.allWidgets())
    training.end()
    QTest.qWait(300)
    window.close_for_good()
    hours = HOURS * (1 - WARM_UP)
    more = {kind: n - before["kinds"][kind] for kind, n in after["kinds"].items() if n - before["kinds"][kind] > 20}
    return {
        "mb_before": before["mb"],
        "mb_after": after["mb"],
        "mb_per_hour": round((after["mb"] - before["mb"]) / hours, 2),
        "widgets_before": before["widgets"],
        "widgets_after": after["widgets"],
        "more": dict(sorted(more.items(), key=lambda pair: -pair[1])[:15]),
        "rounds": rounds,
        "events": total_events,
    }


def _open_and_close(window: Any) -> None:
    """The palette, the list of keys, the notices, a toast."""
    from PySide6.QtTest import QTest

    from llmstudio.gui import windowactions
    from llmstudio.gui.widgets.popover import Popover
    from llmstudio.gui.widgets.sheet import Sheet

    window.open_palette()
    QTest.qWait(1)
    window.palette_box.dismiss()
    windowactions.show_keys(window)
    QTest.qWait(1)
    for sheet in window.findChildren(Sheet):
        sheet.reject()
    window.session.notices.toast("Something came to pass", tone="info")
    window._open_history()
    QTest.qWait(1)
    window.toasts.clear()
    for box in window.findChildren(Popover):
        box.dismiss()


def _looked_at(widgets: list[Any]) -> dict[str, Any]:
    """Memory and objects now, after everything that can go has gone."""
    from PySide6.QtCore import QCoreApplication, QEvent

    count = len(widgets)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    kinds = Counter(type(thing).__name__ for thing in gc.get_objects())
    return {"mb": round(psutil.Process().memory_info().rss / 1e6, 1), "widgets": count, "kinds": kinds}


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    parser = argparse.ArgumentParser()
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--events", type=int, default=200_000)
    asked = parser.parse_args()
    print(json.dumps(soak(asked.workspace, asked.rounds, asked.events)))
