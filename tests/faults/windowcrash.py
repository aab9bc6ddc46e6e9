"""R16: the window dies amid a training. The training goes on; the next window follows it and says what happened."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from llmstudio.jobs.job import Status
from llmstudio.store import run
from llmstudio.store.workspace import Workspace
from tests.faults import row
from tests.faults.row import ROOT, Row
from tests.tasks import small

CHANGES = {**small.TINY, "max_steps": 500, "eval_every": 250, "save_every": 50, "dropout": 0.1, "sample_tokens": 0}
FIGURES = ("loss", "grad_norm", "val_loss")
WAYS = ("abort", "segv")
TOLD = "ended unexpectedly"
HANG = 240.0
LOOK_SECONDS = 0.05


class App:
    """A window in a process of its own."""

    def __init__(self, ws: Path, settings: Path) -> None:
        words = [sys.executable, "-m", "tests.faults.crashing_app", str(ws)]
        quiet = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LLMSTUDIO_CONFIG": str(settings)}
        quiet |= {name: str(settings / "home") for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(words, cwd=ROOT, env=quiet, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self._hear()

    def ask(self, op: str, **more: Any) -> dict[str, Any]:
        """Tell it something; its answer."""
        self._say(op, **more)
        return self._hear()

    def die(self, how: str) -> int:
        """Have it crash; its exit status."""
        self._say(how)
        return self.process.wait(HANG)

    def _say(self, op: str, **more: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"op": op, **more}).encode() + b"\n")
        self.process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the window ended with {self.process.wait(HANG)}"
        return dict(json.loads(line))

    def close(self) -> None:
        """End it, however it is."""
        self.process.kill()
        self.process.communicate()


@contextmanager
def window(ws: Path, settings: Path) -> Iterator[App]:
    """A window that is gone afterwards."""
    app = App(ws, settings)
    try:
        yield app
    finally:
        app.close()


def until(test: Callable[[], Any], seconds: float = HANG) -> Any:
    """What `test` finds, as soon as it finds something; None if it does not in that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := test():
            return found
        time.sleep(LOOK_SECONDS)
    return None


def crash(ws: Workspace, how: str, name: str, chance: random.Random) -> Iterator[str]:
    """One crash; what is wrong afterwards."""
    settings = ws.root.parent / "settings"
    with window(ws.root, settings) as app:
        folder = ws.runs / app.ask("train", config={**CHANGES, "name": name})["run"]
        wanted = chance.randrange(5, 100)
        if until(lambda: run.load(folder).step >= wanted) is None:
            yield f"the training did not begin: {run.load(folder)}"
            return
        status = app.die(how)
    if status >= 0:
        yield f"the window ended with {status}"
    before = run.load(folder)
    if before.status not in ("running", Status.FINISHED):
        yield f"the training is {before.status} without its window"
    start = time.monotonic()
    with window(ws.root, settings) as app:
        up = time.monotonic() - start
        if before.status == "running":
            seen = until(lambda: folder.name in app.ask("live")["live"] or run.load(folder).status == Status.FINISHED)
            if seen is None:
                yield "the next window does not follow it"
        if until(lambda: TOLD in app.ask("said")["said"], 20.0) is None:
            yield f"the next window says nothing of the crash: {app.ask('said')}"
        if until(lambda: run.load(folder).status == Status.FINISHED) is None:
            yield f"the training ended as {run.load(folder).status}: {run.load(folder).error}"
    if up > HANG:
        yield f"the next window took {up:.0f} s"


def trials(count: int, seed: int, folder: Path) -> Row:
    """`count` crashes."""
    ws, chance, done = small.workspace(folder / "ws"), random.Random(seed), Row("R16 window crash", count)
    names = []
    for number in range(count):
        how, name = WAYS[number % len(WAYS)], f"watched {number}"
        done.faults += [f"{how} {number}: {words}" for words in crash(ws, how, name, chance)]
        names.append(name)
    straight = small.new_run(ws, **{**CHANGES, "name": "straight"})
    small.train(ws, straight)
    wanted = small.curve(straight, *FIGURES)
    for name in names:
        if small.curve(run.find(ws, name), *FIGURES) != wanted:
            done.faults.append(f"{name} has another curve")
    return done


if __name__ == "__main__":
    row.main(trials)
