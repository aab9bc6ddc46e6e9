"""The self-test's look at this installation: versions, resources, helpers, the keyring, the window, the network."""

import ipaddress
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from llmstudio import __version__
from llmstudio.base import paths
from llmstudio.data.workers import Workers
from llmstudio.jobs.process import own_command, own_environment
from llmstudio.store import keys

PARTS = ("torch", "numpy", "tokenizers", "tiktoken", "duckdb", "safetensors", "pydantic", "fastapi", "uvicorn")
WINDOW_SECONDS = 60
HELPERS = 2
MOST_CHILDREN = HELPERS + 2  # and what watches over them; more would be programs that start one another
LICENCES = "licences/THIRD_PARTY_NOTICES.txt"
_LOCAL_NAMES = {"localhost", "ip6-localhost", ""}


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


def keyring() -> str:
    """Where this system keeps keys. That there is no such place is no fault."""
    reason = keys.unavailable()
    if reason:
        return reason
    import keyring as library

    return str(library.get_keyring().name)


def window(root: Path) -> str:
    """Every tab is drawn, in a process that never loads torch. The person's own settings are left alone.

    It is drawn off the screen unless QT_QPA_PLATFORM names another platform.
    """
    with tempfile.TemporaryDirectory(prefix="llmstudio-settings-") as settings:
        environment = {"QT_QPA_PLATFORM": "offscreen", **own_environment(), "LLMSTUDIO_CONFIG": settings}
        done = subprocess.run(
            [*own_command(), "--check-window", "--workspace", str(root)],
            check=False, capture_output=True, text=True, encoding="utf-8", timeout=WINDOW_SECONDS, env=environment,
        )  # fmt: skip
    facts = _facts(done.stdout)
    assert facts, f"the window did not open (exit {done.returncode}): {done.stderr.strip()[-500:]}"
    assert not facts["raised"], facts["raised"][0][-500:]
    assert not facts["torch"], "the window loads torch"
    blank = [tab for tab, count in facts["colours"].items() if count < 2]
    assert done.returncode == 0, f"nothing is drawn in {', '.join(blank) or 'some tab'}"
    return f"{len(facts['colours'])} tabs ({facts['platform']})"


def _facts(said: str) -> dict[str, Any]:
    lines = [line for line in said.splitlines() if line.startswith("{")]
    return dict(json.loads(lines[-1])) if lines else {}


class Quiet:
    """What this process asked of the network beyond this machine, while watched."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._watching = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note every connection and every name that is looked up. (A hook of Python cannot be taken out again.)"""
        self._watching = True
        sys.addaudithook(self._hear)
        try:
            yield
        finally:
            self._watching = False

    def check(self) -> str:
        """Nothing was asked."""
        assert not self.asked, f"asked for {', '.join(sorted(set(self.asked)))}"
        return "nothing was asked of the network"

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._watching:
            return
        if event in ("socket.connect", "socket.sendto"):
            address = arguments[1]
            if isinstance(address, tuple) and not _is_here(str(address[0])):
                self.asked.append(str(address[0]))
        elif event == "socket.getaddrinfo":
            name = arguments[0]
            words = name.decode(errors="replace") if isinstance(name, bytes) else str(name or "")
            if not _is_here(words):
                self.asked.append(words)


def _is_here(host: str) -> bool:
    if host in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
