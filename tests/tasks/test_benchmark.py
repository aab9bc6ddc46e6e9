"""The job behind `llmstudio benchmark`: what is kept, what goes on, what stops."""

from pathlib import Path
from typing import Any

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config.benchmark import BenchmarkConfig
from llmstudio.engine.bench import ceilings, machine
from llmstudio.jobs.create import create_run
from llmstudio.jobs.job import Status
from llmstudio.store import benchmarks
from llmstudio.store.benchmarks import Figure, figure
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import benchmark
from llmstudio.tasks.benchmarking import Bench
from tests.tasks import small


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "ws")


def run(ws: Workspace, **config: Any) -> tuple[Status, Any, Path]:
    settings = BenchmarkConfig(**{"rounds": 2, "seconds": 0.001, "threads": 1, **config})
    folder = create_run(ws, "benchmark", settings, title="Benchmark")
    status, seen = small.train(ws, folder)
    return status, seen, folder


def test_the_two_ceilings_are_measured_for_real(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ceilings.SIZES, "cpu", (32, 64))
    monkeypatch.setattr(ceilings, "BUFFER", 1 << 20)
    monkeypatch.setattr(benchmark, "MEASURES", {name: benchmark.MEASURES[name] for name in ("matmul", "bandwidth")})
    status, seen, folder = run(ws, name="all")
    assert status == Status.FINISHED, small.error(seen)
    result = small.state(folder).result
    assert result["machine"]["threads"] == 1
    assert result["matmul"]["unit"] == "FLOP/s"
    assert [part["key"] for part in result["matmul"]["parts"]] == ["matmul.bf16", "matmul.fp32"]
    assert result["bandwidth"]["figure"] > 0
    report = benchmarks.read(folder)
    assert report.figures["matmul"] == benchmarks.parse(result["matmul"])
    assert not (folder / "scratch").exists()


def test_one_that_cannot_be_done_is_told_and_the_others_go_on(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "MEASURES", {"matmul": refused, "bandwidth": quick})
    status, seen, folder = run(ws, name="all")
    assert status == Status.FINISHED
    assert "Matrix products is left out. No text. Add one." in small.words(seen)
    assert list(benchmarks.read(folder).figures) == ["bandwidth"]
    status, seen, _ = run(ws, name="matmul")
    assert status == Status.FAILED
    assert small.error(seen).message == "No text."


def test_a_wrong_folder_is_told_before_anything_is_measured(ws: Workspace, tmp_path: Path) -> None:
    status, seen, folder = run(ws, name="matmul", nanogpt=str(tmp_path))
    assert status == Status.FAILED
    assert small.error(seen).field == "nanogpt"
    assert "holds no copy of nanoGPT" in small.error(seen).message
    assert not (folder / "report.json").exists()


def test_a_stop_keeps_what_was_measured(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(bench: Bench) -> list[Figure]:
        with bench.scratch() as place:
            (place / "text").write_text("half", encoding="utf-8")
            bench.context.interrupt("cancel")  # type: ignore[attr-defined]
            bench.turns({"never": lambda: 1.0})
        raise AssertionError("the turns did not stop")

    monkeypatch.setattr(benchmark, "MEASURES", {"matmul": quick, "bandwidth": stopped})
    status, _, folder = run(ws, name="all")
    assert status == Status.CANCELLED
    assert list(benchmarks.read(folder).figures) == ["matmul"]
    assert not (folder / "scratch").exists()
    status, _, _ = run(ws, name="matmul")  # and the next one runs
    assert status == Status.FINISHED


def test_a_poor_machine_is_told_once(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "shortcomings", lambda _place: ["One core computes."])
    monkeypatch.setattr(machine, "free_bytes", lambda: 1 << 30)
    monkeypatch.setattr(benchmark, "MEASURES", {"train": benchmark.MEASURES["train"], "matmul": quick})
    status, seen, folder = run(ws, name="all")
    assert status == Status.FINISHED
    words = small.words(seen)
    assert words.count("One core computes.") == 1
    assert words.count("Training 124 M parameters is left out") == 1
    assert "matmul" in benchmarks.read(folder).figures


def quick(_bench: Bench) -> list[Figure]:
    return [figure("quick", "Quick", "s", [1.0])]


def refused(_bench: Bench) -> list[Figure]:
    raise UserError("No text.", "Add one.", field="text")
