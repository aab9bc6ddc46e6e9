"""The benchmarks of the window; the window itself is stood in for, but for one real start."""

from pathlib import Path
from typing import Any

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config.benchmark import BenchmarkConfig
from llmstudio.engine.device import Place
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import benchmark_window
from llmstudio.tasks.benchmarking import Bench
from tests.tasks.test_benchmarking import Context


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    context: Any = Context(tmp_path)
    context.stage = lambda *_: None
    return Bench(BenchmarkConfig(rounds=2, seconds=1.0, threads=1), context, Place("cpu", "fp32", 1))


def test_a_real_window_says_when_it_was_painted(bench: Bench, tmp_path: Path) -> None:
    pytest.importorskip("PySide6")
    Workspace.open(tmp_path / "ws")
    facts = benchmark_window._window(bench, tmp_path, ["--profile-start", "--workspace", str(tmp_path / "ws")])
    assert facts["total"] >= facts["imports"] > 0


def test_a_window_that_fails_is_told(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="could not be measured"):
        benchmark_window._window(bench, tmp_path, ["no-such-command"])


def test_the_start_is_held_against_its_promise(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = iter([{"total": 9000}, {"total": 800}, {"total": 1200}])  # the first, cold one does not count

    def window(*_: object) -> dict[str, Any]:
        return {**next(facts), "imports": 300, "settled": 1500}

    monkeypatch.setattr(benchmark_window, "_window", window)
    painted, imports, settled = benchmark_window.startup(bench)
    assert painted.value == 1.0
    assert painted.ratio == pytest.approx((1 / 0.8 + 1 / 1.2) / 2)
    assert (imports.value, settled.value) == (0.3, 1.5)


def test_delays_under_load_are_held_against_those_at_rest(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def window(_bench: Bench, _folder: Path, arguments: list[str]) -> dict[str, Any]:
        asked.append(arguments)
        assert len(list((Path(arguments[-1]) / "datasets").iterdir())) == 1
        return {"idle": {"p99": 0.004}, "load": {"p99": 0.01, "longest": 0.03}, "plot": {"median": 0.004}}

    monkeypatch.setattr(benchmark_window, "_window", window)
    load, idle, longest, plot = benchmark_window.ui_latency(bench)
    assert load.ratio == pytest.approx(2.0)
    assert (idle.value, longest.value) == (0.004, 0.03)
    assert plot.ratio == pytest.approx(4.0)
    assert '"threads": 1' in asked[0][1]
