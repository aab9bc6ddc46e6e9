"""Figures of a benchmark: what was measured, its ceiling, its peers; and the benchmarks a workspace keeps."""

import contextlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median
from typing import Any, Literal

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.store import run
from llmstudio.store.run import RunState
from llmstudio.store.workspace import Workspace

KIND = "benchmark"
REPORT = "report.json"
SCHEMA = 1
Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Peer:
    """What another program reached in the same run; `times` is how many times better ours is (below 1: worse)."""

    name: str
    value: float
    low: float
    high: float
    times: float


@dataclass(frozen=True)
class Figure:
    """One measured thing: the median over the rounds with the lowest and highest of them.

    `ceiling` is what the machine itself was seen reaching in the same rounds, `ratio` the share of it that is
    reached (1 is all). Both are None where there is no such limit.
    """

    key: str
    title: str
    value: float
    unit: str
    low: float
    high: float
    rounds: int
    better: Better = "higher"
    ceiling: float | None = None
    ceiling_title: str = ""
    ratio: float | None = None
    peers: tuple[Peer, ...] = ()
    note: str = ""

    @property
    def spread(self) -> float:
        """Half the distance between the extremes, as a share of the median."""
        return (self.high - self.low) / 2 / self.value if self.value else 0.0


@dataclass(frozen=True)
class Report:
    """One kept benchmark: the run, the machine, and the figures by the benchmark's name."""

    state: RunState
    machine: dict[str, Any]
    figures: dict[str, tuple[Figure, ...]]


def figure(
    key: str,
    title: str,
    unit: str,
    ours: Sequence[float],
    *,
    ceilings: Sequence[float] = (),
    ceiling_title: str = "",
    peers: Mapping[str, Sequence[float]] | None = None,
    better: Better = "higher",
    note: str = "",
) -> Figure:
    """The figure of samples that were taken in turns, one of each per round, in order.

    Ratios are medians of the ratios within the rounds. ValueError without a sample.
    """
    return Figure(
        key,
        title,
        median(ours),
        unit,
        min(ours),
        max(ours),
        len(ours),
        better,
        median(ceilings) if ceilings else None,
        ceiling_title,
        _times(ours, ceilings, better) if ceilings else None,
        tuple(
            Peer(name, median(theirs), min(theirs), max(theirs), _times(ours, theirs, better))
            for name, theirs in (peers or {}).items()
        ),
        note,
    )


def _times(ours: Sequence[float], others: Sequence[float], better: Better) -> float:
    """How many times better the first samples are, by rounds; by medians where they are not as many."""
    pairs = list(zip(ours, others, strict=True)) if len(ours) == len(others) else [(median(ours), median(others))]
    ratios = [(mine / other if better == "higher" else other / mine) for mine, other in pairs if mine and other]
    return median(ratios) if ratios else math.nan


def record(figures: Iterable[Figure]) -> dict[str, Any]:
    """The figures of one benchmark as they stand in a result: the first is the headline, `parts` holds all."""
    parts = [asdict(one) for one in figures]
    if not parts:
        return {"figure": None, "parts": []}
    head = parts[0]
    named = ("unit", "ceiling", "ratio", "peers", "low", "high", "rounds")
    return {"figure": head["value"], **{name: head[name] for name in named}, "parts": parts}


def parse(values: Mapping[str, Any]) -> tuple[Figure, ...]:
    """The figures of a record; what an earlier or later version wrote differently is left out."""
    found = []
    names = {item.name for item in fields(Figure)}
    for part in values.get("parts", ()):
        with contextlib.suppress(TypeError, AttributeError):
            known = {name: value for name, value in part.items() if name in names}
            known["peers"] = tuple(Peer(**peer) for peer in known.get("peers", ()))
            found.append(Figure(**known))
    return tuple(found)


def save(folder: Path, machine: Mapping[str, Any], figures: Mapping[str, Iterable[Figure]]) -> None:
    """Keep what is known so far as the run's report."""
    body = {name: record(parts) for name, parts in figures.items()}
    files.write_json(folder / REPORT, {"schema": SCHEMA, "machine": dict(machine), "benchmarks": body})


def read(folder: Path) -> Report:
    """The report of a run. UserError if there is none yet or it is damaged."""
    state, body = run.load(folder, quick=True), files.read_json(folder / REPORT)
    if not isinstance(body, dict) or not isinstance(body.get("benchmarks"), dict):
        raise UserError(f"{folder / REPORT} is damaged.", "Run the benchmark again.")
    figures = {name: parse(values) for name, values in body["benchmarks"].items()}
    return Report(state, dict(body.get("machine") or {}), figures)


def list_all(ws: Workspace) -> list[Report]:
    """Every benchmark of the workspace that measured something, newest first."""
    found = []
    for state in run.list_runs(ws):
        if state.kind == KIND:
            with contextlib.suppress(UserError):
                found.append(read(ws.runs / state.id))
    return found


def before(reports: Sequence[Report], at: int, key: str) -> Figure | None:
    """The same figure in the newest report older than `reports[at]` that has it, on the same machine."""
    machine = reports[at].machine.get("name")
    for report in reports[at + 1 :]:
        if report.machine.get("name") != machine:
            continue
        for parts in report.figures.values():
            for one in parts:
                if one.key == key:
                    return one
    return None
