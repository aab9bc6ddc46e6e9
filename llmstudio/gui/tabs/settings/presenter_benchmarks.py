"""What the benchmarks of this machine are told as: rows of figures, kept ones by date, and what came before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llmstudio.base import units
from llmstudio.config.benchmark import NAMES, TITLES, BenchmarkConfig
from llmstudio.store import benchmarks
from llmstudio.store.benchmarks import Figure, Report

NANOGPT, TEXT = "benchmark.nanogpt", "benchmark.text"
NONE = "Nothing measured yet. Everything takes about ten minutes, a single one less."
SAME = 0.02  # changes up to this are noise and not shown as such


@dataclass(frozen=True)
class Row:
    """One figure in words; `tip` tells the rest of it."""

    key: str
    what: str
    figure: str
    ceiling: str
    peers: str
    before: str
    tip: str


@dataclass(frozen=True)
class Kept:
    """One kept benchmark in a list: its run, what it was, when."""

    run: str
    title: str
    when: str


def choices() -> list[tuple[str, str]]:
    """(name, title) of everything that can be measured."""
    return [(name, TITLES[name]) for name in ("all", *NAMES)]


def config_of(name: str, settings: Any) -> BenchmarkConfig:
    """The benchmark to run, with the peer's folder and the text that were chosen before."""
    return BenchmarkConfig(
        name=name,
        nanogpt=str(settings.get(NANOGPT, "") or ""),
        text=str(settings.get(TEXT, "") or ""),
    )


def title_of(name: str) -> str:
    """What the run is called."""
    return f"Benchmark: {TITLES[name]}"


def kept(reports: Sequence[Report]) -> list[Kept]:
    """What can be looked at, newest first."""
    return [Kept(one.state.id, one.state.title, one.state.created[:16].replace("T", " ")) for one in reports]


def place_of(reports: Sequence[Report], run: str) -> int:
    """Where a run stands in the list; the newest where it is not there."""
    return next((at for at, one in enumerate(reports) if one.state.id == run), 0)


def rows(reports: Sequence[Report], at: int) -> list[Row]:
    """The figures of one kept benchmark, each beside the same figure of an earlier one."""
    if not 0 <= at < len(reports):
        return []
    parts = [one for figures in reports[at].figures.values() for one in figures]
    return [_row(one, benchmarks.before(reports, at, one.key)) for one in parts]


def machine_of(reports: Sequence[Report], at: int) -> str:
    """On what it was measured."""
    if not 0 <= at < len(reports):
        return NONE
    facts = reports[at].machine
    threads = int(facts.get("threads") or 1)
    return f"{facts.get('name', 'This machine')}, {units.plural(threads, 'thread')}, torch {facts.get('torch', '')}"


def _row(one: Figure, earlier: Figure | None) -> Row:
    ceiling = units.percent(one.ratio) if one.ratio is not None else ""
    peers = ", ".join(f"{units.times(peer.times)} {peer.name}" for peer in one.peers)
    return Row(
        one.key, one.title, units.measured(one.value, one.unit), ceiling, peers, _change(one, earlier), _tip(one)
    )


def _change(one: Figure, earlier: Figure | None) -> str:
    """How it stands to the earlier figure: better or worse by so much, whichever way better is."""
    if earlier is None or not earlier.value or not one.value:
        return ""
    factor = one.value / earlier.value if one.better == "higher" else earlier.value / one.value
    if abs(factor - 1) <= SAME:
        return "as before"
    return f"{units.percent(abs(factor - 1))} {'better' if factor > 1 else 'worse'}"


def _tip(one: Figure) -> str:
    """Spread, ceiling and peers with their own figures."""
    low, high = units.measured(one.low, one.unit), units.measured(one.high, one.unit)
    told = [f"Median of {units.plural(one.rounds, 'sample')}, from {low} to {high}."]
    if one.ceiling is not None:
        told.append(f"Ceiling ({one.ceiling_title}): {units.measured(one.ceiling, one.unit)}.")
    told += [f"{peer.name}: {units.measured(peer.value, one.unit)}." for peer in one.peers]
    return " ".join([*told, one.note]).strip()
