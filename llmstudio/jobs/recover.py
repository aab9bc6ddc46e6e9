"""Finds, when a window or terminal opens, which runs still go on, which were lost, and which wait to be started."""

from dataclasses import dataclass

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.jobs import faults
from llmstudio.jobs.job import LIVE, Status
from llmstudio.jobs.process import LOG
from llmstudio.jobs.recorder import Busy, recording
from llmstudio.store import run
from llmstudio.store.run import RunState
from llmstudio.store.workspace import Workspace


@dataclass(frozen=True)
class Found:
    """Runs, newest first: `alive` have a process (follow them), `lost` had one, `waiting` are queued without one."""

    alive: tuple[RunState, ...] = ()
    lost: tuple[RunState, ...] = ()
    waiting: tuple[RunState, ...] = ()


def scan(ws: Workspace) -> Found:
    """Look through all runs. Those that died without a closing event get one, unless the workspace is read-only."""
    if not ws.read_only:
        files.sweep(ws.runs)
    found: dict[str, list[RunState]] = {"alive": [], "lost": [], "waiting": []}
    for state in run.list_runs(ws):
        group = _group(ws, state)
        if group:
            found[group].append(state)
    return Found(*(tuple(found[name]) for name in ("alive", "lost", "waiting")))


def _group(ws: Workspace, state: RunState) -> str:
    folder = ws.runs / state.id
    if state.status in LIVE or (state.status == Status.QUEUED and run.alive(folder)):
        return "alive"
    if state.status == Status.QUEUED:
        return "waiting"
    if state.status == Status.LOST:
        return "lost" if ws.read_only or _close(ws, state.id) else ""
    return ""


def _close(ws: Workspace, identity: str) -> bool:
    """Write the closing events of a lost run; False if it turns out to be alive or ended after all."""
    folder = ws.runs / identity
    try:
        with recording(folder) as recorder:
            if not recorder.state.status:  # a failing disk took the log; checkpoints may be sound
                recorder.move(Status.QUEUED)
                recorder.move(Status.LOST)
            if recorder.state.status in LIVE:
                recorder.write(faults.of_exit(None, folder / LOG))
                recorder.move(Status.LOST)
            return recorder.state.status == Status.LOST
    except (Busy, UserError):
        return False
