"""Runs a job for a command of the terminal and waits for its end; Ctrl+C stops it in the gentlest way there is."""

import contextlib
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from llmstudio.base.errors import InterruptKind, UserError
from llmstudio.base.world import around
from llmstudio.cli.console import Console
from llmstudio.cli.ending import CANCELLED, FAILED, WRONG_INPUT, CommandEnd
from llmstudio.config.option import Options
from llmstudio.jobs import control, create, processes
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Job, Status
from llmstudio.jobs.process import ProcessRunner
from llmstudio.store import run as runs
from llmstudio.store.workspace import Workspace

PAUSABLE = frozenset({"pretrain", "finetune", "download", "import_model"})
"""Kinds of job that Ctrl+C pauses; others it cancels."""


class Desk:
    """What every command of the terminal works with: the console and the workspace, opened when first needed."""

    def __init__(self, root: Path, console: Console) -> None:
        self.root = root
        self.console = console
        self._workspace: Workspace | None = None

    @property
    def workspace(self) -> Workspace:
        """The workspace; made where it is not there yet."""
        if self._workspace is None:
            self._workspace = Workspace.open(self.root)
        return self._workspace

    def run(self, kind: str, config: Options, *, title: str, inputs: tuple[str, ...] = ()) -> runs.RunState:
        """Run a job of the workspace to its end; returns its state or ends the command."""
        folder = create.create_run(self.workspace, kind, config, title=title, inputs=inputs)
        return self.follow(folder, pausable=kind in PAUSABLE)

    def follow(self, folder: Path, *, pausable: bool) -> runs.RunState:
        """Run what lies in a run folder (again); returns its state or ends the command."""
        return self._finish(folder, pausable=pausable)

    def run_aside(self, kind: str, config: Options, *, title: str) -> dict[str, Any]:
        """Run a small job that leaves nothing in the workspace's history; returns its result."""
        with tempfile.TemporaryDirectory(prefix="llmstudio-") as folder:
            run_folder = create.create_run(self.workspace, kind, config, title=title, runs=Path(folder))
            return self._finish(run_folder, pausable=False).result

    def _finish(self, folder: Path, *, pausable: bool) -> runs.RunState:
        with stopping(partial(_ask, folder, "pause" if pausable else "cancel")):
            status = self._runner(folder).run(folder, self.console.event)
        state = runs.load(folder)
        if status != Status.FINISHED:
            self.end(state, status)
        return state

    def _runner(self, folder: Path) -> InlineRunner | ProcessRunner:
        """This process, or one that starts several; under torchrun they are there already."""
        job, team = Job.load(folder), around()
        processes.check_kind(job.kind, team)
        several = team is None and processes.count(job) > 1
        return ProcessRunner(self.workspace) if several else InlineRunner(self.workspace)

    def end(self, state: runs.RunState, status: Status) -> NoReturn:
        """End the command with what a run came to: its failure in words, or where it stands."""
        if status == Status.FAILED and state.error is not None:
            error = state.error
            if not error.user:
                self.console.say(error.details)
            self.console.error(UserError(error.message, error.hint, field=error.field))
            raise CommandEnd(WRONG_INPUT if error.user else FAILED)
        words = f"{state.title}: {status.value}."
        if status == Status.PAUSED:
            words = f"Paused; nothing is lost. Go on with: llmstudio runs resume {state.id}"
        self.console.stopped(state.id, status.value, words)
        raise CommandEnd(CANCELLED)


@contextmanager
def stopping(ask: Callable[[], None]) -> Iterator[None]:
    """The first Ctrl+C (or polite end) calls `ask`, which has the work end in order; the second ends at once."""

    def hear(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.default_int_handler)
        ask()

    try:
        before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not in the main thread (tests): Ctrl+C does not arrive here
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ask(folder: Path, kind: InterruptKind) -> None:
    """Have the job stop and keep what can be kept."""
    with contextlib.suppress(UserError):  # it has just ended by itself
        control.request(folder, kind)
