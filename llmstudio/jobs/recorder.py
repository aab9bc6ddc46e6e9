"""The one writer of a run's event log: whoever holds `run.lock`. Mends a torn last line, stamps and orders events."""

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from llmstudio.base import files, jsonl
from llmstudio.base.disk import DISK
from llmstudio.base.errors import NoRoom, UserError
from llmstudio.base.locks import FileLock
from llmstudio.jobs.job import Status, allowed, now
from llmstudio.store import events, run
from llmstudio.store.events import Event
from llmstudio.store.run import RunReader, RunState

OnEvent = Callable[[Event], None]
_SYNCED = (events.Status, events.Artifact, events.Error, events.Result)
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_WAITING_BYTES = 4 << 20


class Busy(UserError):
    """Another process works on the run."""


class Recorder:
    """Appends events to one run; `state` is its state (as quick readers see it) including what was just written."""

    def __init__(self, folder: Path, on_event: OnEvent | None = None) -> None:
        path = folder / "events.jsonl"
        jsonl.truncate_torn(path)
        reader = RunReader(folder, quick=True)
        reader.catch_up()
        self.folder = folder
        self.state: RunState = reader.state
        self._on_event = on_event
        self._zero = time.monotonic()
        self._waiting = b""  # lines that a full disk refused so far
        with files.disk_faults(path):
            self._descriptor = DISK.append(path)

    @property
    def attempt(self) -> int:
        """Number of the attempt that events belong to."""
        return self.state.attempt

    def write(self, event: Event) -> None:
        """Stamp an event, append it, fold it in, pass it on. Status, artefact, result, error are forced to disk."""
        elapsed = round(time.monotonic() - self._zero, 3)
        event = replace(event, time=now(), at=elapsed, attempt=event.attempt or self.attempt)
        self._append(jsonl.encode(events.to_record(event)))
        if isinstance(event, _SYNCED) and not self._waiting:
            self._force()
        self.state.fold(event)
        if self._on_event is not None:
            self._on_event(event)

    def _append(self, line: bytes) -> None:
        """A full disk must not end a training for the sake of its log: lines wait, up to a limit, for room."""
        self._waiting += line
        try:
            while self._waiting:
                self._waiting = self._waiting[os.write(self._descriptor, self._waiting) :]
        except OSError as error:
            if error.errno not in _FULL or len(self._waiting) > _WAITING_BYTES:
                raise

    def _force(self) -> None:
        """A disk may find only now that it is full; the line is written then, and is forced with the next one."""
        with contextlib.suppress(NoRoom), files.disk_faults(self.folder / run.EVENTS):
            DISK.fsync(self._descriptor)

    def move(self, status: Status, why: str = "") -> None:
        """Write a move to another status. Raises `ValueError` for a move that the table does not allow."""
        if not allowed(self.state.status, status):
            raise ValueError(f"a run may not move from {self.state.status} to {status}")
        if status == Status.STARTING:
            self._zero = time.monotonic()  # waiting in a queue is no working time
        self.write(events.Status(status, why))

    def next_attempt(self) -> None:
        """Queue the run again as a new attempt."""
        if not allowed(self.state.status, Status.QUEUED):
            raise ValueError(f"a run that is {self.state.status} cannot be queued again")
        self._zero = time.monotonic()
        self.write(events.Status(Status.QUEUED, attempt=self.attempt + 1))

    def close(self) -> None:
        """Close the log and sum it up for those who list runs."""
        DISK.close(self._descriptor)
        if not self._waiting:
            with contextlib.suppress(UserError, OSError):  # a full disk: the log alone will do
                run.summarise(self.folder, self.state)


@contextmanager
def recording(folder: Path, *, on_event: OnEvent | None = None, wait: float = 0.5) -> Iterator[Recorder]:
    """Hold the run's lock and yield its recorder. Raises `Busy` if another process still holds the lock after `wait`.

    A short wait is needed even when nobody works on the run: asking whether it is alive takes the lock for an instant.
    """
    lock = FileLock(folder / run.LOCK)
    if not lock.acquire(wait):
        raise Busy("This run is going on already.", "Watch it under Runs, or stop it there.")
    try:
        recorder = Recorder(folder, on_event)
        try:
            yield recorder
        finally:
            recorder.close()
    finally:
        lock.release()
