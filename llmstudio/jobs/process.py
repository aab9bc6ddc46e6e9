"""Runs a run in a child process of our own executable, or follows one that already runs; explains how it ended."""

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from llmstudio.base import files, jsonl
from llmstudio.base.disk import DISK
from llmstudio.base.errors import InterruptKind, UserError
from llmstudio.jobs import control, faults, holder, processes, registry, system
from llmstudio.jobs.channel import Message, OnMessage, read_lines
from llmstudio.jobs.job import LIVE, Job, Status
from llmstudio.jobs.recorder import Busy, OnEvent, Recorder, recording
from llmstudio.store import events, run
from llmstudio.store.workspace import Workspace

LOOK_SECONDS = 0.05
POLITE_SECONDS = 10.0  # from a cancel to terminate
STERN_SECONDS = 5.0  # from terminate to kill
LOG = "stderr.log"


def own_command() -> list[str]:
    """How to start ourselves: the frozen executable, or this Python with our package.

    On Windows the program with a window has no standard streams; the one for the terminal lies beside it.
    """
    if getattr(sys, "frozen", False):
        terminal = Path(sys.executable).with_name("llmstudio.exe")
        return [str(terminal) if sys.platform == "win32" and terminal.is_file() else sys.executable]
    return [sys.executable, "-P", "-m", "llmstudio"]


def own_environment() -> dict[str, str]:
    """The child's environment: UTF-8 everywhere, and our package found from any working folder."""
    found = str(Path(__file__).resolve().parents[2])
    before = os.environ.get("PYTHONPATH", "")
    path = found if not before else os.pathsep.join([found, before])
    return {**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


def alive(folder: Path) -> bool:
    """Whether a process works on the run. The lock says so, never a process number."""
    return run.alive(folder)


class ProcessRunner:
    """Runs one queued run in a child, or follows the child that runs already.

    `run` blocks; the other methods may be called from any thread.
    """

    def __init__(
        self,
        ws: Workspace,
        *,
        command: Sequence[str] | None = None,
        polite: float = POLITE_SECONDS,
        stern: float = STERN_SECONDS,
    ) -> None:
        self._ws = ws
        self._command = list(command or own_command())
        self._patience = (polite, polite + stern)
        self._folder: Path | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._outbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._early: list[InterruptKind] = []
        self._cancelled_at: float | None = None
        self._pressed = 0
        self._memory_kills = system.memory_kills()
        self._left = threading.Event()
        self._guard = threading.Lock()

    # --- asked from anywhere ---

    def request(self, kind: InterruptKind) -> None:
        """Ask the run to pause, cancel, or stop and keep. A cancel without answer becomes terminate, then kill."""
        if kind == "cancel" and self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
        with self._guard:
            if self._folder is None:
                self._early.append(kind)
                return
        control.request(self._folder, kind)

    def say(self, body: dict[str, Any]) -> None:
        """Send the task an object through the run's control file."""
        if self._folder is not None:
            control.say(self._folder, body)

    def send(self, message: Message) -> None:
        """Send a session's task an object through its pipe; never blocks."""
        self._outbox.put(message)

    def leave(self) -> None:
        """Let `run` return and leave the child at work. A session ends, for it lives by its pipe."""
        self._left.set()

    # --- following ---

    def run(
        self,
        folder: Path,
        on_event: OnEvent | None = None,
        on_message: OnMessage | None = None,
        *,
        offset: int | None = None,
    ) -> Status:
        """Follow the run to its end and return its status. Callbacks are called in the calling thread.

        Events from byte `offset` of the log on are passed (None = only new ones; `RunReader.offset` leaves no gap).
        Raises `UserError` if the child cannot be started.
        """
        log = folder / run.EVENTS
        follower = jsonl.Follower(log, log.stat().st_size if offset is None else offset)
        with self._guard:
            self._folder = folder
        if not alive(folder):
            self._child = self._start(folder)
        try:
            self._follow(folder, follower, on_event, on_message)
        finally:
            self._outbox.put(None)  # a session ends with its owner
        _deliver(follower, on_event)
        return self._finish(folder, on_event)

    def _follow(
        self, folder: Path, follower: jsonl.Follower, on_event: OnEvent | None, on_message: OnMessage | None
    ) -> None:
        for kind in self._early:
            control.request(folder, kind)
        while not self._left.is_set() and not self._ended():
            _deliver(follower, on_event)
            self._press()
            self._pass_message(on_message, LOOK_SECONDS)
        while self._pass_message(on_message, LOOK_SECONDS):
            pass

    def _start(self, folder: Path) -> subprocess.Popen[bytes]:
        job = Job.load(folder)
        talks = registry.find(job.kind).lane == "session"
        word = "child" if processes.count(job) == 1 else "launch"  # which starts as many children
        with files.disk_faults(folder):
            log = DISK.append(folder / LOG)
        try:
            child = subprocess.Popen(
                [*self._command, word, str(folder)],
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else log,
                stderr=log,
                env=own_environment(),
                **_apart(),
            )
        except OSError as error:
            raise UserError("The program could not start itself.", "Install LLM Studio again.") from error
        finally:
            DISK.close(log)
        if child.stdin is not None and child.stdout is not None:
            _thread(read_lines, child.stdout, self._inbox)
            _thread(_write_lines, child.stdin, self._outbox)
        return child

    def _ended(self) -> bool:
        if self._child is not None and self._child.poll() is None:
            return False
        if self._child is not None and alive(self._folder_of_run()):
            system.kill_session(self._child.pid)  # what it forked may have inherited the lock
        return not alive(self._folder_of_run())

    def _folder_of_run(self) -> Path:
        assert self._folder is not None
        return self._folder

    def _pass_message(self, on_message: OnMessage | None, timeout: float) -> bool:
        """Pass one message on, waiting up to `timeout` seconds for it; False if none came or the stream ended."""
        try:
            message = self._inbox.get(timeout=timeout)
        except queue.Empty:
            return False
        if message is None:
            time.sleep(timeout)  # the pipe is closed; the process ends soon
            return False
        if on_message is not None:
            on_message(message)
        return True

    def _press(self) -> None:
        """Once a cancel is not answered in time: terminate, then kill, with all children."""
        if self._cancelled_at is None or self._pressed == len(self._patience):
            return
        if time.monotonic() - self._cancelled_at >= self._patience[self._pressed]:
            self._pressed += 1
            pid = self._child.pid if self._child is not None else holder.pid(self._folder_of_run())
            if pid is not None:
                (system.terminate if self._pressed < len(self._patience) else system.kill_tree)(pid)

    def _finish(self, folder: Path, on_event: OnEvent | None) -> Status:
        if self._left.is_set():
            if self._child is not None and self._child.poll() is None:
                self._child.returncode = 0  # left at work on purpose: no warning about a process still running
            return Status(run.load_logged(folder, quick=True).status)
        code = self._child.wait() if self._child is not None else None
        if self._child is not None:
            system.kill_session(self._child.pid)  # whatever it started and left behind
        bad_end = Status.FAILED if self._child is not None else Status.LOST  # of another's child we know no exit code
        try:
            with recording(folder, on_event=on_event, wait=1.0) as recorder:
                starved = system.memory_kills() > self._memory_kills
                _settle(recorder, code, Status.CANCELLED if self._cancelled_at is not None else bad_end, starved)
                return Status(recorder.state.status)
        except Busy:  # somebody else took it up meanwhile
            return Status(run.load_logged(folder, quick=True).status)


def _settle(recorder: Recorder, code: int | None, end: Status, starved: bool = False) -> None:
    """Write the closing events of a run whose process is gone without them; nothing if it closed in order."""
    status = recorder.state.status
    if status not in LIVE and status != Status.QUEUED:
        return
    if end != Status.CANCELLED:
        recorder.write(faults.of_exit(code, recorder.folder / LOG, memory_kill=starved))
    recorder.move(end)


def _deliver(follower: jsonl.Follower, on_event: OnEvent | None) -> None:
    for record in follower.stream():
        event = events.parse(record)
        if event is not None and on_event is not None:
            on_event(event)


def _thread(target: Any, stream: Any, messages: "queue.SimpleQueue[Message | None]") -> None:
    threading.Thread(target=target, args=(stream, messages), name=target.__name__, daemon=True).start()


def _write_lines(stream: BinaryIO, messages: "queue.SimpleQueue[Message | None]") -> None:
    """Write messages as lines until None comes or the child is gone; then close the pipe, which ends a session."""
    try:
        while (message := messages.get()) is not None:
            stream.write(jsonl.encode(message))
            stream.flush()
    except (OSError, ValueError):
        pass
    with contextlib.suppress(OSError):
        stream.close()


def _apart() -> dict[str, Any]:
    """The child outlives us and hears no Ctrl+C of our terminal."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
