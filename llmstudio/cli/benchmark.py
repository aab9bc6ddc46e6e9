"""`llmstudio benchmark`: what this machine can do, how much of it we use, and where the peers stand."""

from pathlib import Path
from typing import Any

import click

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.console import table
from llmstudio.cli.work import Desk
from llmstudio.config.benchmark import NAMES, TITLES, BenchmarkConfig
from llmstudio.store import benchmarks
from llmstudio.store.benchmarks import Figure, Report

_COLUMNS = ("What", "Figure", "Spread", "Ceiling", "Of it", "Peers")


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@options_of(BenchmarkConfig, skip=["name"])
@click.option("--list", "listed", is_flag=True, help="Show what was measured before, newest first.")
@click.pass_obj
def benchmark(desk: Desk, /, name: str | None, listed: bool, **values: Any) -> None:
    """Measure NAME, or everything: matmul, bandwidth, train, time-to-loss, decode, prefill, tokenize, import,
    startup, ui-latency. Peers that are installed are measured in turns with us.
    """
    if name not in (None, "all", *NAMES):
        raise UserError(f"There is no benchmark called {name}.", f"There is {', '.join(NAMES)}.", field="name")
    if listed:
        _list(desk, name)
        return
    for path in ("nanogpt", "text"):  # the job may run in another folder
        if values.get(path):
            values[path] = str(Path(values[path]).expanduser().absolute())
    config = make(BenchmarkConfig, {**values, "name": name})
    state = desk.run("benchmark", config, title=f"Benchmark: {TITLES[config.name]}")
    desk.console.result(state.result, _words(benchmarks.read(desk.workspace.runs / state.id)))


def _list(desk: Desk, name: str | None) -> None:
    reports = [one for one in benchmarks.list_all(desk.workspace) if name in (None, "all") or name in one.figures]
    rows = [
        {
            "run": one.state.id,
            "created": one.state.created,
            "machine": one.machine.get("name", ""),
            **{key: benchmarks.record(parts) for key, parts in one.figures.items()},
        }
        for one in reports
    ]
    words = "\n\n".join(f"{one.state.created}  {one.state.id}\n{_words(one)}" for one in reports)
    desk.console.result({"benchmarks": rows}, words or "Nothing measured yet.")


def _words(report: Report) -> str:
    rows = [_row(one) for parts in report.figures.values() for one in parts]
    head = str(report.machine.get("name", ""))
    return f"{head}\n{table(rows, _COLUMNS)}" if rows else f"{head}\nNothing could be measured."


def _row(one: Figure) -> dict[str, str]:
    peers = ", ".join(f"{units.times(peer.times)} {peer.name}" for peer in one.peers)
    return {
        "What": one.title,
        "Figure": units.measured(one.value, one.unit),
        "Spread": f"± {units.percent(one.spread)}",
        "Ceiling": units.measured(one.ceiling, one.unit) if one.ceiling is not None else "",
        "Of it": units.percent(one.ratio) if one.ratio is not None else "",
        "Peers": peers,
    }
