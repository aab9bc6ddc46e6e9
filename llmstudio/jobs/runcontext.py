"""The context that tasks really get, made of the recorder, the control inbox and the channel."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from llmstudio.base.errors import Interrupt, InterruptKind
from llmstudio.jobs.channel import Channel, Message
from llmstudio.jobs.context import Resume
from llmstudio.jobs.control import Inbox
from llmstudio.jobs.job import Job, Status, allowed
from llmstudio.jobs.recorder import Recorder
from llmstudio.store import events
from llmstudio.store.workspace import Workspace

LOOK_SECONDS = 0.05
PROGRESS_SECONDS = 0.1


class RunContext:
    """Implements `Context` for one attempt."""

    def __init__(self, workspace: Workspace, recorder: Recorder, channel: Channel) -> None:
        self.workspace = workspace
        self._recorder = recorder
        self._channel = channel
        self._inbox = Inbox(recorder.folder, recorder.attempt)
        self._answered = 0
        self._look_at = 0.0
        self._progress_at = 0.0

    @property
    def folder(self) -> Path:
        """See `Context`."""
        return self._recorder.folder

    @property
    def attempt(self) -> int:
        """See `Context`."""
        return self._recorder.attempt

    @property
    def resume(self) -> Resume | None:
        """See `Context`."""
        return self._inbox.resume

    def resolve(self, **config: Any) -> None:
        """See `Context`."""
        job = Job.load(self.folder)
        replace(job, config={**job.config, **config}).save(self.folder)

    def stage(self, name: str, share: float = 0.0) -> None:
        """See `Context`."""
        self._progress_at = 0.0
        self._recorder.write(events.Stage(name, share))

    def progress(self, done: float, total: float, unit: str = "") -> None:
        """See `Context`."""
        moment = time.monotonic()
        if moment >= self._progress_at or done == total:
            self._progress_at = moment + PROGRESS_SECONDS
            self._recorder.write(events.Progress(done, total, unit))

    def metrics(self, step: int, **numbers: float) -> None:
        """See `Context`."""
        self._recorder.write(events.Metrics(step, {name: float(value) for name, value in numbers.items()}))

    def note(self, text: str, level: str = "info") -> None:
        """See `Context`."""
        self._recorder.write(events.Note(text, level))

    def artifact(self, kind: str, path: Path | str, **facts: Any) -> None:
        """See `Context`. Paths inside the run or the workspace are written relative to it."""
        self._recorder.write(events.Artifact(kind, self._relative(Path(path)), facts))

    def _relative(self, path: Path) -> str:
        for root in (self.folder, self.workspace.root):
            if path.is_relative_to(root):
                return path.relative_to(root).as_posix()
        return path.as_posix()

    def sample(self, step: int, prompt: str, text: str) -> None:
        """See `Context`."""
        self._recorder.write(events.Sample(step, prompt, text))

    def alarm(self, alarm: events.Alarm) -> None:
        """See `Context`."""
        self._recorder.write(alarm)

    def waiting(self, reason: str, message: str = "", hint: str = "", *, path: str = "", needed: int = 0) -> None:
        """See `Context`."""
        self._recorder.write(events.Waiting(reason, message, hint, path, needed))

    def result(self, **values: Any) -> None:
        """See `Context`."""
        self._recorder.write(events.Result(values))

    def resumed(self, step: int) -> None:
        """See `Context`."""
        self._recorder.write(events.Resumed(step))

    def message(self, role: str, text: str, **facts: Any) -> None:
        """See `Context`."""
        self._recorder.write(events.Message(role, text, facts))

    def interrupt(self, kind: InterruptKind) -> None:
        """Ask this attempt from inside its process, for example on a signal."""
        self._inbox.asked.append(kind)
        self._look_at = 0.0

    @property
    def asked(self) -> tuple[InterruptKind, ...]:
        """What was asked so far, also while the task does not look."""
        self._inbox.poll()
        return tuple(self._inbox.asked)

    def check(self) -> None:
        """See `Context`. Each request is raised once, so that the task can tidy up through functions that check."""
        self._look()
        if len(self._inbox.asked) > self._answered:
            self._answered = len(self._inbox.asked)
            kind = self._inbox.asked[-1]
            if allowed(self._recorder.state.status, Status.STOPPING):
                self._recorder.move(Status.STOPPING, kind)
            raise Interrupt(kind)

    def _look(self) -> None:
        moment = time.monotonic()
        if moment >= self._look_at:
            self._look_at = moment + LOOK_SECONDS
            self._inbox.poll()

    def said(self) -> list[dict[str, Any]]:
        """See `Context`."""
        self._look()
        return self._inbox.said()

    def messages(self, block: bool = True) -> Iterator[Message]:
        """See `Context`."""
        while True:
            self.check()
            message = self._channel.receive(LOOK_SECONDS if block else 0.0)
            if message is not None:
                yield message
            elif self._channel.ended or not block:
                return

    def emit(self, message: Message) -> None:
        """See `Context`."""
        self._channel.emit(message)
