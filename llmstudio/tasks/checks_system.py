"""The self-test's look at this installation: versions, resources, helpers, the keyring, the window, the network."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from llmstudio import __version__
from llmstudio.base import jsonl, netwatch, paths
from llmstudio.data.workers import Workers
from llmstudio.engine.native import build, library
from llmstudio.jobs import awake as holding
from llmstudio.jobs.process import own_command, own_environment
from llmstudio.store import keys

PARTS = ("torch", "numpy", "tokenizers", "tiktoken", "duckdb", "safetensors", "pydantic", "fastapi", "uvicorn")
WINDOW_SECONDS = 60
FEWEST_COLOURS = 5  # that a tab shows; the window itself asks for as many
WORDS = 1500  # of what a window said that did not open
HELPERS = 2
MOST_CHILDREN = HELPERS + 2  # and what watches over them; more would be programs that start one another
LICENCES = "licences/THIRD_PARTY_NOTICES.txt"


def versions() -> str:
    """What is installed, in which version."""
    return ", ".join([f"LLM Studio {__version__}", *(f"{name} {metadata.version(name)}" for name in PARTS)])


def resources() -> str:
    """Icons, themes, presets, samples and help are there and readable; a packaged application has its licences too."""
    for name in ("style.qss", "samples/stories.jsonl.gz", "help/data.md"):
        assert paths.resource(name).read_bytes(), name
    settings = [*paths.resource("themes").glob("*.toml"), *paths.resource("presets").glob("*.toml")]
    for path in settings:
        assert tomllib.loads(path.read_text("utf-8")), path.name
    if getattr(sys, "frozen", False):
        assert "torch" in paths.resource(LICENCES).read_text("utf-8"), "the notices say nothing of torch"
    return f"{len(list(paths.resource('icons').glob('*.svg')))} icons, {len(settings)} themes and presets"


def helpers() -> str:
    """Processes that share work start, answer and end; they do not start others."""
    before = _children()
    with Workers(_who, HELPERS) as workers:
        answers = list(workers.results(range(4 * HELPERS)))
        others = _children() - before
    assert not workers.broken, "a helper died"
    assert os.getpid() not in answers, "the work was done here"
    assert len(others) <= MOST_CHILDREN, f"{len(others)} processes for {HELPERS} helpers"
    return f"{len(set(answers))} at work"


def _children() -> set[int]:
    """The processes that this one and its children started."""
    return {child.pid for child in psutil.Process().children(recursive=True)}  # type: ignore[no-untyped-call]


def _who(_task: int) -> int:
    return os.getpid()


def kernels() -> str:
    """Our own compiled products. A packaged application brings them for each processor that can use them; elsewhere
    there may be no compiler, which is no fault: torch's own are used then.
    """
    why = library.reason()
    if not why:
        return f"compiled for {build.variant()}"
    if getattr(sys, "frozen", False):
        with suppress(build.Unusable):
            assert not build.variant(), why  # this processor could use it
    return why


def keyring() -> str:
    """Where this system keeps keys. That there is no such place is no fault."""
    reason = keys.unavailable()
    if reason:
        return reason
    import keyring as library

    return str(library.get_keyring().name)


def awake() -> str:
    """What holds sleep off is here, with what it asks the desktop by. That a system agrees to nothing is no fault."""
    import wakepy

    if sys.platform == "linux":
        assert wakepy.JeepneyDBusAdapter, "D-Bus cannot be asked"
    with holding.awake("light") as held:
        return "sleep can be held off" if held else "This system does not let sleep be held off, or you do not want it."


def window(root: Path) -> str:
    """Every tab is drawn, and a plot, in a process that never loads torch. The person's own settings are left alone.

    It is drawn off the screen unless QT_QPA_PLATFORM names another platform.
    """
    with tempfile.TemporaryDirectory(prefix="llmstudio-settings-") as settings:
        environment = {"QT_QPA_PLATFORM": "offscreen", **own_environment(), "LLMSTUDIO_CONFIG": settings}
        done = subprocess.run(
            [*own_command(), "--check-window", "--workspace", str(root)],
            check=False, capture_output=True, text=True, encoding="utf-8", timeout=WINDOW_SECONDS, env=environment,
        )  # fmt: skip
    facts = _facts(done.stdout)
    assert facts, f"the window did not open ({_end(done.returncode)}): {_last_words(done.stderr)}"
    assert not facts["raised"], facts["raised"][0][-500:]
    assert not facts["torch"], "the window loads torch"
    seen = {**facts["colours"], "the plot": facts["plot"]}
    blank = [name for name, count in seen.items() if count < FEWEST_COLOURS]
    assert not blank, f"nothing is drawn in {', '.join(blank)}"
    assert done.returncode == 0, f"the window did not end well ({_end(done.returncode)}): {_last_words(done.stderr)}"
    return f"{len(facts['colours'])} tabs and a plot ({facts['platform']})"


def _end(status: int) -> str:
    """How a process ended, in words; a negative status is the signal that ended it."""
    if status >= 0:
        return f"exit {status}"
    with suppress(ValueError):
        return signal.Signals(-status).name
    return f"signal {-status}"


def _last_words(said: str) -> str:
    """The report of a crash stands before what others may say about it, so both ends are kept."""
    words = said.strip()
    start = max(words.find("Fatal Python error"), 0)
    return words[start : start + WORDS] if start else words[-WORDS:]


def _facts(said: str) -> dict[str, Any]:
    lines = [line for line in said.splitlines() if line.startswith("{")]
    return dict(json.loads(lines[-1])) if lines else {}


class Quiet:
    """What this process, and those it starts, asked of the network beyond this machine while watched.

    `notes` is the file in which the others note what they ask.
    """

    def __init__(self, notes: Path) -> None:
        self.notes = notes
        self.asked: list[str] = []
        self._watching = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note every connection and every name that is looked up."""
        before = os.environ.get(netwatch.VARIABLE)
        os.environ[netwatch.VARIABLE] = str(self.notes)
        self._watching = True
        netwatch.listen(self._hear)
        try:
            yield
        finally:
            self._watching = False
            os.environ.pop(netwatch.VARIABLE)
            if before is not None:
                os.environ[netwatch.VARIABLE] = before

    def check(self) -> str:
        """Nothing was asked."""
        records = jsonl.read(self.notes)
        asked = {*self.asked, *(str(record["asked"]) for record in records if "asked" in record)}
        assert not asked, f"asked for {', '.join(sorted(asked))}"
        return f"nothing was asked of it, in {1 + len({record['process'] for record in records})} processes"

    def _hear(self, asked: str) -> None:
        if self._watching:
            self.asked.append(asked)
