"""How figures of benchmarks are told."""

from typing import Any

from llmstudio.gui.tabs.settings import presenter_benchmarks as presenter
from llmstudio.store.benchmarks import Figure, Report, figure
from llmstudio.store.run import RunState


def report(run: str, *figures: Figure, machine: str = "Two cores") -> Report:
    state = RunState(id=run, kind="benchmark", title="Benchmark: Training", created=f"2026-11-2{run[-1]}T10:30:00Z")
    return Report(state, {"name": machine, "threads": 2, "torch": "2.13"}, {"train": figures})


def training(value: float) -> Figure:
    return figure(
        "train.bf16", "Training, bf16", "tokens/s", [value], ceilings=[20_000], peers={"nanoGPT": [3000]}, note="Quiet."
    )


def test_a_row_tells_figure_ceiling_peer_and_change() -> None:
    reports = [report("run-2", training(12_000)), report("run-1", training(10_000))]
    row = presenter.rows(reports, 0)[0]
    assert (row.figure, row.ceiling, row.peers) == ("12,000 tokens/s", "60 %", "4 times nanoGPT")
    assert row.before == "20 % better"
    assert "3,000 tokens/s" in row.tip
    assert row.tip.endswith("Quiet.")
    assert presenter.rows(reports, 1)[0].before == ""
    assert presenter.rows([], 0) == []


def test_better_is_less_where_less_is_better() -> None:
    seconds = [figure("startup", "Start", "s", [value], better="lower") for value in (2.0, 1.0, 1.005)]
    reports = [report(f"run-{3 - at}", one) for at, one in enumerate(seconds)]
    assert presenter.rows(reports, 0)[0].before == "50 % worse"
    assert presenter.rows(reports, 1)[0].before == "as before"


def test_another_machine_is_no_comparison() -> None:
    reports = [report("run-2", training(1.0)), report("run-1", training(2.0), machine="Another")]
    assert presenter.rows(reports, 0)[0].before == ""


def test_kept_ones_are_found_by_their_run() -> None:
    reports = [report("run-2"), report("run-1")]
    assert [one.when for one in presenter.kept(reports)] == ["2026-11-22 10:30", "2026-11-21 10:30"]
    assert presenter.place_of(reports, "run-1") == 1
    assert presenter.place_of(reports, "gone") == 0
    assert presenter.machine_of(reports, 0) == "Two cores, 2 threads, torch 2.13"
    assert presenter.machine_of([], 0) == presenter.NONE


def test_what_was_chosen_goes_into_the_run() -> None:
    settings: dict[str, Any] = {presenter.NANOGPT: "/n", presenter.TEXT: "/t.txt"}
    config = presenter.config_of("train", settings)
    assert (config.name, config.nanogpt, config.text) == ("train", "/n", "/t.txt")
    assert presenter.choices()[0] == ("all", "Everything")
    assert presenter.title_of("train") == "Benchmark: Training"
