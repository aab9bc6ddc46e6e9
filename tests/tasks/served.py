"""A tiny model that is ready to be served, and what it answers."""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch

from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine import device
from llmstudio.server.completer import Begun, Done, Failed, More, Piece, Wanted
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.loading import load_model
from llmstudio.tasks.serving import Engine
from llmstudio.tasks.writers import Ready
from tests.tasks import small

HANG_SECONDS = 60.0
CONTEXT = 64


@cache
def _template() -> Path:
    root = Path(tempfile.mkdtemp(prefix="served-")) / "ws"
    ws = small.workspace(root)
    small.train(ws, small.new_run(ws, max_steps=20, sample_tokens=0, block_size=CONTEXT))
    ws.close()
    return root


def workspace(root: Path) -> Workspace:
    """A copy of the workspace with the model `tiny`, which reads 64 characters at once."""
    shutil.copytree(_template(), root)
    return Workspace.open(root)


def ready(ws: Workspace, name: str = "tiny") -> Ready:
    """The model, loaded in full precision on one core."""
    place = device.choose("cpu", "fp32", 1)
    place.settle()
    torch.manual_seed(0)
    return Ready(load_model(ws, name, place), place, "f32")


def wanted(text: str = "Ada", **values: Any) -> Wanted:
    """A greedy wish for 8 tokens; `rules` change the rules, other names the wish."""
    rules = {"max_tokens": 8, "temperature": 0, **values.pop("rules", {})}
    if "ids" not in values and "messages" not in values:
        values["text"] = text
    return Wanted(SamplingConfig(**rules), **values)


class Hearing:
    """A sink that keeps what it is told."""

    def __init__(self, then: Callable[[Piece], None] = lambda piece: None) -> None:
        self.pieces: list[Piece] = []
        self._then = then
        self.over = threading.Event()

    def __call__(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self._then(piece)
        if isinstance(piece, Done | Failed):
            self.over.set()

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(piece.text for piece in self.pieces if isinstance(piece, More))

    @property
    def begun(self) -> Begun:
        """The first piece."""
        first = self.pieces[0]
        assert isinstance(first, Begun)
        return first

    @property
    def done(self) -> Done:
        """The last piece of an answer that came to its end."""
        last = self.pieces[-1]
        assert isinstance(last, Done), last
        return last

    @property
    def error(self) -> Exception:
        """The last piece of one that did not."""
        last = self.pieces[-1]
        assert isinstance(last, Failed), last
        return last.error


def drive(engine: Engine, until: Callable[[], bool]) -> None:
    """Let the engine work in this thread until something is so."""
    end = time.monotonic() + HANG_SECONDS
    while not until():
        engine.work(0.01)
        assert time.monotonic() < end, "it hangs"


def prepare(engine: Engine) -> None:
    """Wait until all that was submitted is cut into tokens."""
    engine.work(0.0)
    engine._preparing.submit(int).result(timeout=HANG_SECONDS)


def write(engine: Engine, *wishes: Wanted) -> list[Hearing]:
    """What is answered to wishes that come at the same time."""
    heard = [Hearing() for _ in wishes]
    for one, sink in zip(wishes, heard, strict=True):
        engine.submit(one, sink)
    drive(engine, lambda: all(sink.over.is_set() for sink in heard))
    return heard
