"""Figures of benchmarks: medians, ratios within rounds, and what a workspace keeps."""

from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config.benchmark import BenchmarkConfig
from llmstudio.jobs.create import create_run
from llmstudio.store import benchmarks
from llmstudio.store.benchmarks import Figure
from llmstudio.store.workspace import Workspace


def test_ratios_are_taken_within_a_round() -> None:
    # The machine halves its pace in the second of three rounds: no ratio may move.
    found = benchmarks.figure(
        "k",
        "Training",
        "tokens/s",
        [100, 50, 100],
        ceilings=[200, 100, 200],
        ceiling_title="products",
        peers={"theirs": [25, 12.5, 25]},
    )
    assert (found.value, found.low, found.high, found.rounds) == (100, 50, 100, 3)
    assert found.ratio == 0.5
    assert found.peers[0].times == 4
    assert found.spread == 0.25


def test_where_less_is_better_ratios_turn_round() -> None:
    found = benchmarks.figure("k", "Start", "s", [2.0], ceilings=[0.5], peers={"theirs": [6.0]}, better="lower")
    assert found.ratio == 0.25
    assert found.peers[0].times == 3


def test_unequal_numbers_of_samples_are_compared_by_medians() -> None:
    found = benchmarks.figure("k", "Loss", "s", [2.0, 4.0, 3.0], peers={"theirs": [60.0]}, better="lower")
    assert found.peers[0].times == 20


def test_a_record_leads_with_the_first_figure_and_comes_back_whole() -> None:
    parts = [benchmarks.figure("a", "A", "s", [1.0], peers={"p": [2.0]}), benchmarks.figure("b", "B", "s", [2.0])]
    record = benchmarks.record(parts)
    assert record["figure"] == 1.0
    assert record["unit"] == "s"
    assert benchmarks.parse(record) == tuple(parts)
    assert benchmarks.record([]) == {"figure": None, "parts": []}


def test_what_another_version_wrote_is_left_out() -> None:
    whole = benchmarks.record([benchmarks.figure("a", "A", "s", [1.0])])["parts"][0]
    torn = {"parts": [{"key": "half"}, {**whole, "new": 1}, 7]}
    assert [one.key for one in benchmarks.parse(torn)] == ["a"]


def test_kept_benchmarks_are_listed_and_compared_on_the_same_machine(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path / "ws")
    for number, machine in enumerate(("This one", "Another", "This one")):
        folder = create_run(ws, "benchmark", BenchmarkConfig(), title="Benchmark")
        benchmarks.save(folder, {"name": machine}, {"startup": [_seconds(1.0 + number)]})
    create_run(ws, "benchmark", BenchmarkConfig(), title="Never ran")
    reports = sorted(benchmarks.list_all(ws), key=lambda one: -one.figures["startup"][0].value)
    assert [one.machine["name"] for one in reports] == ["This one", "Another", "This one"]
    earlier = benchmarks.before(reports, 0, "startup")
    assert earlier is not None
    assert earlier.value == 1.0
    assert benchmarks.before(reports, 1, "startup") is None
    assert benchmarks.before(reports, 0, "other") is None


def test_a_damaged_report_is_told(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path / "ws")
    folder = create_run(ws, "benchmark", BenchmarkConfig(), title="Benchmark")
    (folder / "report.json").write_text("[]", encoding="utf-8")
    with pytest.raises(UserError, match=r"report\.json is damaged"):
        benchmarks.read(folder)
    assert benchmarks.list_all(ws) == []


def _seconds(value: float) -> Figure:
    return benchmarks.figure("startup", "Start", "s", [value], better="lower")
