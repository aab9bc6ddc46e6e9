"""The process that works on one run: `llmstudio child RUN_FOLDER`. Its owner may die without harm to it."""

import faulthandler
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import BinaryIO

from llmstudio.base.errors import Interrupt, UserError
from llmstudio.base.world import around
from llmstudio.jobs import processes, registry, system
from llmstudio.jobs.channel import PipeChannel
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Job, Status
from llmstudio.store import run
from llmstudio.store.workspace import Workspace

PAUSED_TOGETHER = 130  # tells torchrun that the others have to end too, should they have heard of nothing
EXIT_CODES = {Status.FINISHED: 0, Status.PAUSED: 0, Status.CANCELLED: 130}


def main(argv: list[str]) -> int:
    """Run the queued run in the folder `argv[0]`.

    Returns the exit code: 0 finished or paused, 130 cancelled, 1 failed, 2 if the folder is no run or is taken.
    """
    if len(argv) != 1:
        print("usage: llmstudio child RUN_FOLDER", file=sys.stderr)
        return 2
    faulthandler.enable()
    try:
        return _run(Path(argv[0]).absolute())
    except UserError as error:
        print(error, file=sys.stderr)
        return 2


def _run(folder: Path) -> int:
    name = Job.load(folder).kind
    kind = registry.find(name)
    team = around()
    processes.check_kind(name, team)
    workspace = Workspace.open(folder.parent.parent)
    incoming, outgoing = _take_pipes()
    runner = InlineRunner(workspace, channel=PipeChannel(incoming, outgoing) if kind.lane == "session" else None)
    _watch_signals(runner)
    if kind.lane in ("compute", "light"):
        system.step_back()
    code = EXIT_CODES.get(runner.run(folder), 1)
    return code or (PAUSED_TOGETHER if team and run.load_logged(folder, quick=True).status == Status.PAUSED else 0)


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the owner's pipes for ourselves: what libraries print goes to stderr, what they read is empty."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return incoming, outgoing


def _watch_signals(runner: InlineRunner) -> None:
    """A polite end (log-out, shutdown) pauses, keeping a checkpoint; a second one stops wherever the task is."""

    def on_terminate(_number: int, _frame: FrameType | None) -> None:
        if runner.asked:
            raise Interrupt("cancel")
        runner.request("pause")

    signal.signal(signal.SIGTERM, on_terminate)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
