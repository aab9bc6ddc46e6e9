"""A virtual desktop with a pointer, and the application on it: what a person with a mouse has."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

NEEDED = ("Xvfb", "openbox", "xdotool")
LOOK_SECONDS = 0.2


@contextmanager
def virtual_desktop(size: str = "1280x800") -> Iterator[dict[str, str]]:
    """An X server and a window manager; yields the environment for programs on it."""
    missing = [tool for tool in NEEDED if not shutil.which(tool)]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"{', '.join(missing)} must be installed in CI")
    if missing:
        pytest.skip(f"{', '.join(missing)} are not installed")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        display = f":{pipe.readline().strip()}"
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    manager = subprocess.Popen(["openbox"], env=environment, stderr=subprocess.DEVNULL)
    try:
        yield environment
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait(10)


@dataclass
class Person:
    """Looks at the application's window and moves the pointer; knows widgets by name or by what they say."""

    process: subprocess.Popen[str]
    environment: dict[str, str]

    def ask(self, **question: Any) -> dict[str, Any]:
        """Ask the application where something is; fails when it has ended."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        print(json.dumps(question), file=stdin, flush=True)
        return dict(json.loads(_line(stdout)))

    def sees(self, **what: str) -> dict[str, Any]:
        """Whether and where something can be seen (`name=` or `text=`)."""
        return self.ask(op="where", **what)

    def click(self, *, wait: float = 20, **what: str) -> None:
        """Wait until it can be clicked, move the pointer there, and press."""
        places: list[dict[str, Any]] = [{}]

        def at_rest() -> bool:
            """Windows that have just opened still move; nobody clicks on a thing that moves."""
            places.append(self.sees(**what))
            return bool(places[-1].get("enabled")) and places[-1] == places[-2]

        self.until(at_rest, f"{what} can be clicked", wait)
        place = {name: str(value) for name, value in places[-1].items()}
        self._pointer("mousemove", "--window", place["window"], place["x"], place["y"])
        self._pointer("click", "1")

    def press(self, keys: str) -> None:
        """Press keys, named as in "ctrl+k"."""
        self._pointer("key", keys)

    def reads(self, name: str) -> str:
        """The text in a widget."""
        return str(self.ask(op="text", name=name)["text"])

    def until(self, holds: Callable[[], bool], what: str, seconds: float) -> None:
        """Look again and again until something holds."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"waited {seconds} s until {what}; on the screen: {self._screen()}"
            self._wait_or_fail()

    def _wait_or_fail(self) -> None:
        """A moment until the next look; an application that ends meanwhile is noticed at once."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(LOOK_SECONDS)
            pytest.fail("the application has ended")

    def _screen(self) -> object:
        return self.ask(op="where", name="no such widget")["seen"]

    def _pointer(self, *command: str) -> None:
        subprocess.run(["xdotool", *command], env=self.environment, check=True)


@contextmanager
def application(workspace: Path, folder: Path, environment: dict[str, str]) -> Iterator[Person]:
    """The application started in `folder`, up and visible; ended when the block ends."""
    script = Path(__file__).with_name("driven_app.py")
    root = str(script.parents[2])
    process = subprocess.Popen(
        [sys.executable, str(script), str(workspace)],
        cwd=folder,
        env={**environment, "PYTHONPATH": root},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert json.loads(_line(process.stdout)) == {"up": True}
        yield Person(process, environment)
    finally:
        process.kill()
        process.wait(10)


def _line(stream: IO[str]) -> str:
    line = stream.readline()
    assert line, "the application has ended"
    return line
