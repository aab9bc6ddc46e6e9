"""Measures how long the window's event loop is kept from its work while a child trains on all cores.

    python -m tests.end_to_end.latency WORKSPACE SECONDS

prints one JSON object: percentiles of the delay of a 10 ms timer, in milliseconds, and the longest frame.
"""

import json
import os
import sys
import time
from pathlib import Path

from llmstudio.config.train import PretrainConfig
from llmstudio.store.settings import Settings
from tests.end_to_end import filled

TICK_MS = 10


def measure(workspace: Path, seconds: float) -> dict[str, float]:
    """Train in a child while the Train tab follows, and look at the clock every ten milliseconds."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    from llmstudio.gui import app

    window = app.build(workspace, settings=Settings(workspace / "latency.json"))
    jobs = window.session.jobs
    settings = {**filled.SHAPE, "n_embd": 128, "n_layer": 4, "max_steps": 100_000, "threads": os.cpu_count()}
    config = PretrainConfig(**settings, name="Latency", dataset=filled.DATASET, tokenizer=filled.TOKENIZER)
    run = jobs.submit("pretrain", config, title="Latency")
    window.go("train", {"run": run})
    delays: list[float] = []
    last = [0.0]

    def tick() -> None:
        now = time.perf_counter()
        if last[0] and jobs.state(run).step > 0:
            delays.append((now - last[0]) * 1000 - TICK_MS)
        last[0] = now
        if len(delays) * TICK_MS >= seconds * 1000:
            loop.quit()

    loop = QEventLoop()
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(TICK_MS)
    loop.exec()
    timer.stop()
    jobs.stop(run, "cancel")
    window.close_for_good()
    delays.sort()
    return {name: round(delays[int(len(delays) * part)], 1) for name, part in PARTS.items()} | {
        "max": round(delays[-1], 1),
        "ticks": len(delays),
    }


PARTS = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    print(json.dumps(measure(Path(sys.argv[1]), float(sys.argv[2]))))
