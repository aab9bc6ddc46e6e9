"""How long the event loop is kept from its next turn: at rest, by a large plot, and beside a training on all cores.

`llmstudio --profile-latency JSON` opens the window on a workspace that holds a dataset, measures, and prints one line
of JSON. The JSON tells the settings of the training, the seconds of each part and how long it waits for the start.
"""

import json
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Signal

from llmstudio.base.errors import UserError
from llmstudio.config.train import PretrainConfig
from llmstudio.gui import app, plotlatency, warming
from llmstudio.gui.firstpaint import FirstPaint
from llmstudio.gui.session import Session
from llmstudio.store.events import Event, Metrics

BEAT_MS = 5


class Beats(QObject):
    """A timer that should beat every five milliseconds, and by how much each beat was late, in seconds."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.delays: list[float] = []
        self._before = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin anew."""
        self.delays = []
        self._before = time.perf_counter()
        self._timer.start(BEAT_MS)

    def stop(self) -> list[float]:
        """The delays since the begin."""
        self._timer.stop()
        return self.delays

    def _beat(self) -> None:
        now = time.perf_counter()
        self.delays.append(max(0.0, now - self._before - BEAT_MS / 1000))
        self._before = now


class Load(QObject):
    """A training in a process of its own, as a person starts it; `learning` comes with its second step."""

    learning = Signal()
    over = Signal(str)

    def __init__(self, session: Session, config: PretrainConfig) -> None:
        super().__init__()
        self._session, self._seen = session, 0
        session.jobs.events.connect(self._take)
        session.jobs.ended.connect(self._end)
        self.run = session.jobs.submit("pretrain", config, title=config.name)
        session.go("train", run=self.run)  # the page that shows it, with its curve

    def stop(self) -> None:
        """Ask it to end."""
        if self._session.jobs.is_live(self.run):
            self._session.jobs.stop(self.run, "cancel")

    def _take(self, run: str, batch: list[Event]) -> None:
        if run != self.run or self._seen > 1:
            return
        self._seen += sum(isinstance(event, Metrics) and "loss" in event.values for event in batch)
        if self._seen > 1:
            self.learning.emit()

    def _end(self, run: str, status: str) -> None:
        if run == self.run:
            self.over.emit(status)


def main(root: Path, asked: str) -> int:
    """Measure, print, end; returns 1 where the training did not come to learn."""
    wishes = json.loads(asked)
    for name in warming.modules():  # else they would be loaded while we measure
        import_module(name)
    window = app.build(root)
    FirstPaint(window)
    beats = Beats(window)
    _rest(float(wishes["settle"]))
    beats.start()
    _rest(float(wishes["seconds"]))
    facts: dict[str, Any] = {"idle": summary(beats.stop())}
    facts["plot"] = summary(plotlatency.updates(window.session.theme))
    load = Load(window.session, PretrainConfig(**wishes["training"]))
    try:
        if _until(load, float(wishes["patience"])):
            beats.start()
            _rest(float(wishes["seconds"]))
            facts["load"] = summary(beats.stop())
    finally:
        _ended(load, window.session)
        window.close_for_good()
    print(json.dumps(facts), flush=True)
    return 0 if "load" in facts else 1


def summary(delays: list[float]) -> dict[str, float]:
    """Median, 99th percentile and the longest of delays, and how many there were."""
    ordered = sorted(delays) or [0.0]
    places = {"median": 0.5, "p99": 0.99, "longest": 1.0}
    found = {name: ordered[min(len(ordered) - 1, int(share * len(ordered)))] for name, share in places.items()}
    return {**found, "beats": float(len(delays))}


def _rest(seconds: float) -> None:
    """Let the event loop turn."""
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    loop.exec()


def _until(load: Load, patience: float) -> bool:
    """Whether the training came to learn before it ended, and in time."""
    loop, told = QEventLoop(), [False]

    def learning() -> None:
        told[0] = True
        loop.quit()

    load.learning.connect(learning)
    load.over.connect(loop.quit)
    QTimer.singleShot(int(1000 * patience), loop.quit)
    loop.exec()
    return told[0]


def _ended(load: Load, session: Session) -> None:
    """Stop the training and wait for its end."""
    try:
        load.stop()
    except UserError:  # it has just ended
        return
    if session.jobs.is_live(load.run):
        loop = QEventLoop()
        load.over.connect(loop.quit)
        QTimer.singleShot(30_000, loop.quit)
        loop.exec()
