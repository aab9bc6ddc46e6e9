"""Another program as a contestant: started in a process of its own, asked one thing at a time, ended with us."""

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

LOOK_SECONDS = 0.05
END_SECONDS = 5.0
TAIL = 1500

Answer = dict[str, Any]


class PeerFailed(Exception):
    """The peer could not do what it was asked, or its process is gone; the words say which."""


class Peer:
    """A context manager around the peer's process."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], *, folder: Path | None = None
    ) -> None:
        self.name = name
        self._answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._words: list[str] = []
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            cwd=folder,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        ways = ((self._process.stdout, self._answers.put), (self._process.stderr, self._remember))
        self._pumps = [threading.Thread(target=_pump, args=(stream, take), daemon=True) for stream, take in ways]
        for pump in self._pumps:
            pump.start()

    def __enter__(self) -> "Peer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(
        self,
        check: Callable[[], None] = lambda: None,
        told: Callable[[Answer], None] = lambda message: None,
        **request: Any,
    ) -> Answer:
        """Its answer. `check` is called while waiting and may raise to stop; `told` hears what comes before.

        Raises PeerFailed.
        """
        pipe = self._process.stdin
        assert pipe is not None
        try:
            print(json.dumps(request), file=pipe, flush=True)
        except OSError as error:
            raise PeerFailed(self._gone()) from error
        while True:
            check()
            try:
                line = self._answers.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue
            if line is None:
                raise PeerFailed(self._gone())
            answer = dict(json.loads(line))
            if not answer.get("done"):
                told(answer)
            elif "error" in answer:
                raise PeerFailed(f"{self.name} failed: {answer['error']}")
            else:
                return answer

    def close(self) -> None:
        """End the process, politely first."""
        for end in (self._process.terminate, self._process.kill):
            if self._process.poll() is None:
                end()
                try:
                    self._process.wait(END_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
        for pump in self._pumps:
            pump.join(END_SECONDS)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            _close(stream)

    def _remember(self, line: str | None) -> None:
        if line is not None:
            self._words = [*self._words[-20:], line]

    def _gone(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):  # its pipe closes a moment before it ends
            self._process.wait(END_SECONDS)
        status = self._process.poll()
        words = "".join(self._words).strip()[-TAIL:].splitlines()
        last = f": {words[-1].strip()}" if words else ""
        return f"{self.name} ended by itself (status {status}){last}"


def driver_command(name: str) -> list[str] | None:
    """How to start the driver of a peer; None in a packaged app, whose interpreter brings no packages of others."""
    if getattr(sys, "frozen", False):
        return None
    return [sys.executable, "-P", "-m", "llmstudio.engine.bench.driver", name]


def _pump(stream: IO[str] | None, take: Callable[[str | None], None]) -> None:
    for line in stream or ():
        take(line)
    take(None)


def _close(stream: IO[str] | None) -> None:
    if stream is not None:
        try:
            stream.close()
        except OSError:  # what was still to be written has no reader any more
            return
