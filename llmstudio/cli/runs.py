"""`llmstudio runs`: list and show runs; pause, resume and cancel one."""

from pathlib import Path
from typing import Any

import click

from llmstudio.base.errors import InterruptKind, UserError
from llmstudio.cli.arguments import make
from llmstudio.cli.console import table
from llmstudio.cli.work import PAUSABLE, Desk
from llmstudio.config.train import PretrainConfig
from llmstudio.jobs import control, recover
from llmstudio.jobs.job import LIVE, RESUMABLE, Status
from llmstudio.store import run as store_runs

_COLUMNS = ("run", "name", "kind", "status", "step")


@click.group()
def runs() -> None:
    """Look at runs and steer them."""


@runs.command("list")
@click.pass_obj
def list_(desk: Desk) -> None:
    """Every run of the workspace, newest first."""
    recover.scan(desk.workspace)
    rows = [
        {"run": state.id, "name": state.title, "kind": state.kind, "status": state.status, "step": state.step}
        for state in store_runs.list_runs(desk.workspace)
    ]
    desk.console.result({"runs": rows}, table(rows, _COLUMNS) if rows else "No runs yet.")


@runs.command()
@click.argument("name", metavar="RUN")
@click.pass_obj
def show(desk: Desk, name: str) -> None:
    """Where a run stands and its last figures."""
    recover.scan(desk.workspace)
    state = _find(desk, name)
    desk.console.result(_facts(state))


@runs.command()
@click.argument("name", metavar="RUN")
@click.pass_obj
def pause(desk: Desk, name: str) -> None:
    """Save a checkpoint and end the process; memory is free, nothing is lost."""
    _ask(desk, name, "pause")


@runs.command()
@click.argument("name", metavar="RUN")
@click.option("--keep", is_flag=True, help="Stop, and keep the model as it is.")
@click.option("--keep-best", is_flag=True, help="Stop, and keep the best checkpoint as a model.")
@click.pass_obj
def cancel(desk: Desk, name: str, keep: bool, keep_best: bool) -> None:
    """End a run."""
    _ask(desk, name, "keep_best" if keep_best else "keep" if keep else "cancel")


@runs.command()
@click.argument("name", metavar="RUN")
@click.option("--from-step", type=int, default=None, help="Go back to this checkpoint.")
@click.option("--processes", type=click.IntRange(1, 4096), default=None, help="Go on in so many processes.")
@click.pass_obj
def resume(desk: Desk, name: str, from_step: int | None, processes: int | None) -> None:
    """Go on with a paused, lost, failed or cancelled run, to its end."""
    recover.scan(desk.workspace)
    state = _find(desk, name)
    if state.status not in RESUMABLE:
        raise UserError(f"{state.title} is {state.status} and cannot be resumed.", "See llmstudio runs list.")
    folder = _folder(desk, state)
    changes = {"processes": processes} if processes else None
    if changes:
        make(PretrainConfig, {**state.config, **changes})  # says what does not fit before anything is begun
    control.resume(folder, from_step, changes)
    done = desk.follow(folder, pausable=state.kind in PAUSABLE)
    desk.console.result(done.result)


def _ask(desk: Desk, name: str, kind: InterruptKind) -> None:
    recover.scan(desk.workspace)
    state = _find(desk, name)
    if state.status not in LIVE and state.status != Status.QUEUED:
        raise UserError(f"{state.title} is not running: it is {state.status}.", "See llmstudio runs list.")
    control.request(_folder(desk, state), kind)
    desk.console.result({"run": state.id, "asked": kind}, f"{state.title}: asked to {kind.replace('_', ' ')}.")


def _find(desk: Desk, name: str) -> store_runs.RunState:
    return store_runs.load(store_runs.find(desk.workspace, name))


def _folder(desk: Desk, state: store_runs.RunState) -> Path:
    return desk.workspace.runs / state.id


def _facts(state: store_runs.RunState) -> dict[str, Any]:
    facts: dict[str, Any] = {"run": state.id, "name": state.title, "kind": state.kind, "status": state.status}
    facts |= {
        "step": state.step,
        "metrics": dict(state.latest),
        "config": state.config,
        "result": state.result,
    }
    if state.error is not None:
        facts["error"] = {"message": state.error.message, "hint": state.error.hint}
    return facts
