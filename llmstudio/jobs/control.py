"""What others ask of a run, as lines of `control.jsonl` that carry the attempt they are meant for."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from llmstudio.base import files, jsonl
from llmstudio.base.errors import InterruptKind, UserError
from llmstudio.jobs.context import Resume
from llmstudio.jobs.job import LIVE, RESUMABLE, Job, Status
from llmstudio.jobs.recorder import Busy, Recorder, recording
from llmstudio.store import run

CONTROL = "control.jsonl"


def request(folder: Path, kind: InterruptKind) -> None:
    """Ask a run to pause, cancel, or stop and keep. One without a process is paused or cancelled at once.

    Raises `UserError` if the run has ended, or has nothing to keep yet.
    """
    if run.alive(folder):
        return _ask(folder, kind)
    try:
        with recording(folder) as recorder:
            _settle_idle(recorder, kind)
    except Busy:  # its process has just begun
        _ask(folder, kind)


def _ask(folder: Path, kind: InterruptKind) -> None:
    _append(folder, _attempt(folder), {"op": "request", "kind": kind})


def _attempt(folder: Path) -> int:
    """The number of the newest attempt, without reading a long event log: only `resume` begins another one."""
    resumed = (record.get("attempt") for record in jsonl.read(folder / CONTROL) if record.get("op") == "resume")
    return max((number for number in resumed if isinstance(number, int)), default=1)


def _settle_idle(recorder: Recorder, kind: InterruptKind) -> None:
    if recorder.state.status in LIVE:
        recorder.move(Status.LOST)
    status = recorder.state.status
    if kind == "cancel" and status in (Status.QUEUED, Status.PAUSED, Status.LOST):
        recorder.move(Status.CANCELLED)
    elif kind == "pause" and status == Status.QUEUED:
        recorder.move(Status.PAUSED)
    elif status in (Status.PAUSED, Status.LOST, Status.QUEUED):
        raise UserError("This run is not going on.", "Resume it first.")
    else:
        raise UserError(f"This run has ended: it is {status}.", "There is nothing to stop.")


def say(folder: Path, body: dict[str, Any]) -> None:
    """Send an object to the task of a run that goes on, for example a new learning rate scale."""
    _append(folder, _attempt(folder), {"op": "say", "body": body})


def resume(folder: Path, from_step: int | None = None, overrides: dict[str, Any] | None = None) -> None:
    """Queue a run again as a new attempt that continues from its newest safe step, or one at or before `from_step`.

    Whoever calls this starts a runner next. Raises `UserError` if the run is finished or going on.
    """
    with recording(folder) as recorder:
        if recorder.state.status in LIVE:
            recorder.move(Status.LOST)
        status = recorder.state.status
        if status not in RESUMABLE and status != Status.QUEUED:
            raise UserError(f"This run is {status}: there is nothing to go on with.", "Start a new run instead.")
        next_one = recorder.attempt + (status != Status.QUEUED)
        record = {"op": "resume", "from_step": from_step, "overrides": overrides or {}}
        _append(folder, next_one, record, sync=True)
        if overrides and "processes" in overrides:
            job = Job.load(folder)  # whoever starts the next attempt has to know it before the task
            replace(job, config={**job.config, "processes": overrides["processes"]}).save(folder)
        if status != Status.QUEUED:
            recorder.next_attempt()


def _append(folder: Path, attempt: int, record: dict[str, Any], *, sync: bool = False) -> None:
    with files.disk_faults(folder / CONTROL):
        jsonl.append(folder / CONTROL, {"attempt": attempt, **record}, sync=sync)


class Inbox:
    """The runner's end: what was asked of one attempt. Lines for other attempts, and nonsense, are ignored."""

    def __init__(self, folder: Path, attempt: int) -> None:
        self._attempt = attempt
        self._follower = jsonl.Follower(folder / CONTROL)
        self._said: list[dict[str, Any]] = []
        self.asked: list[InterruptKind] = []
        self.resume: Resume | None = Resume() if attempt > 1 else None
        self.poll()

    def poll(self) -> None:
        """Take in new lines."""
        for record in self._follower.poll():
            if record.get("attempt") == self._attempt:
                self._take(record)

    def _take(self, record: dict[str, Any]) -> None:
        match record:
            case {"op": "request", "kind": "pause" | "cancel" | "keep" | "keep_best" as kind}:
                self.asked.append(kind)
            case {"op": "say", "body": dict() as body}:
                self._said.append(body)
            case {"op": "resume", "from_step": int() | None as step, "overrides": dict() as overrides}:
                self.resume = Resume(step, overrides)
            case _:
                pass

    def said(self) -> list[dict[str, Any]]:
        """What was said since the last call."""
        said, self._said = self._said, []
        return said
