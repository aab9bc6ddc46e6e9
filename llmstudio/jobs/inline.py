"""Runs one attempt of a run in this process: in the terminal, in tests, and inside the child."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from llmstudio.base import files
from llmstudio.base.errors import Interrupt, InterruptKind
from llmstudio.jobs import awake, control, faults, holder, lane, registry
from llmstudio.jobs.channel import Channel, LocalChannel, Message, OnMessage
from llmstudio.jobs.job import Job, Status
from llmstudio.jobs.recorder import OnEvent, Recorder, recording
from llmstudio.jobs.runcontext import RunContext
from llmstudio.store.workspace import Workspace

LOCK_SECONDS = 5.0
WAITS = "Another job of this workspace is going on; this one begins when it ends."
# A task that can keep its work catches "keep" and "keep_best" and ends normally; one that cannot is cancelled.
_AFTER: dict[InterruptKind, Status] = {"pause": Status.PAUSED}


class InlineRunner:
    """Runs a queued run to its end.

    `channel` is how a session talks; without one, `on_message` and `inbox` of `run` serve.
    """

    def __init__(self, ws: Workspace, *, channel: Channel | None = None) -> None:
        self._ws = ws
        self._channel = channel
        self._context: RunContext | None = None
        self._early: list[InterruptKind] = []
        self._local: LocalChannel | None = None
        self._unsent: list[Message] = []

    def run(
        self,
        folder: Path,
        on_event: OnEvent | None = None,
        on_message: OnMessage | None = None,
        *,
        inbox: Iterable[Message] | None = None,
        offset: int | None = None,
    ) -> Status:
        """Wait for the lane, do the task, write how it ended, and return that. Only a queued run is begun.

        A session receives the objects of `inbox` and then ends; without one it receives what `send` gives it.
        Only new events are passed on, whatever `offset` says. Failures of the task become events, not exceptions.
        Raises `UserError` if another process works on the run or its folder is damaged.
        """
        channel = self._channel or self._open_channel(on_message, inbox)
        with recording(folder, on_event=on_event, wait=LOCK_SECONDS) as recorder:
            if recorder.state.status == Status.QUEUED:
                _sweep(folder)
                holder.write(folder)
                self._context = RunContext(self._ws, recorder, channel)
                for kind in self._early:
                    self._context.interrupt(kind)
                _attempt(self._ws.root, recorder, self._context)
            return Status(recorder.state.status)

    def _open_channel(self, on_message: OnMessage | None, inbox: Iterable[Message] | None) -> LocalChannel:
        early, self._unsent = self._unsent, []
        self._local = LocalChannel(on_message, [*early, *(inbox or ())], stays=inbox is None)
        return self._local

    def send(self, message: Message) -> None:
        """Send a session's task an object, from another thread."""
        if self._local is None:
            self._unsent.append(message)
        else:
            self._local.send(message)

    def say(self, body: dict[str, Any]) -> None:
        """Send the task an object that its `said` returns."""
        if self._context is not None:
            control.say(self._context.folder, body)

    def leave(self) -> None:
        """The owner goes. The task lives in this very process, so it is paused; a session ends."""
        if self._local is not None:
            self._local.close()
        self.request("pause")

    def request(self, kind: InterruptKind) -> None:
        """Ask the task to stop, from a signal handler or another thread."""
        if self._context is None:
            self._early.append(kind)
        else:
            self._context.interrupt(kind)

    @property
    def asked(self) -> bool:
        """Whether a request waits for the task's answer or was answered."""
        return bool(self._early or (self._context is not None and self._context.asked))


def _sweep(folder: Path) -> None:
    """Nobody else works here while we hold the run's lock: remove what a crash left."""
    files.sweep(folder)
    files.sweep(folder / "checkpoints")


def _attempt(root: Path, recorder: Recorder, context: RunContext) -> None:
    try:
        _work(root, recorder, context)
    except Interrupt as interrupt:
        recorder.move(_AFTER.get(interrupt.kind, Status.CANCELLED))
    except KeyboardInterrupt:
        recorder.move(Status.CANCELLED)
    except BaseException as error:  # whatever a task throws must end in the log
        recorder.write(faults.of_exception(error))
        recorder.move(Status.FAILED)
    else:
        recorder.move(Status.FINISHED)


def _work(root: Path, recorder: Recorder, context: RunContext) -> None:
    job = Job.load(recorder.folder)
    kind = registry.find(job.kind)
    with lane.place(root, kind.lane, context.check, lambda: context.note(WAITS)):
        recorder.move(Status.STARTING)
        task = registry.resolve(kind.task)  # may import torch
        recorder.move(Status.RUNNING)
        context.check()
        with awake.awake(kind.lane):
            task(job, context)
