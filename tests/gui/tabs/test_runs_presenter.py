"""Rows, ticks, differences and the overlay of runs."""

from pathlib import Path

import numpy as np
import pytest

from llmstudio.gui.tabs.runs import presenter
from llmstudio.gui.tabs.runs.presenter import Row, Ticks
from llmstudio.store import run as runs
from llmstudio.store.events import Metrics
from llmstudio.store.series import RunSeries
from tests.gui.tabs import run_fixtures as made
from tests.gui.tabs.train_fixtures import workspace


def row(run: str, title: str = "", slot: int = -1, **config: object) -> Row:
    return Row(run, title or run, "finished", best=1.5, slot=slot, config={"n_embd": 192, "seed": 1, **config})


def series(values: list[float]) -> RunSeries:
    made_of = RunSeries()
    for step, value in enumerate(values, 1):
        made_of.fold(Metrics(step, {"loss": value, "val_loss": value + 0.1}))
    return made_of


def test_a_run_becomes_a_row(tmp_path: Path) -> None:
    folder = made.make_run(workspace(tmp_path), [*made.training(2000), *made.finished()])
    runs.tag(folder, ("stories", "keep"))
    found = presenter.row_of(runs.load(folder))
    assert (found.title, found.status, found.steps) == ("Pell stories, small", "finished", 2000)
    assert found.share == 0.5
    assert found.tags == ("stories", "keep")
    assert len(found.points) == 20
    assert found.model == "pell-stories-small"


@pytest.mark.parametrize(
    ("text", "expected"), [("", 2), ("wider", 1), ("FINISHED stories", 1), ("keep", 1), ("nothing", 0)]
)
def test_the_filter_looks_at_names_states_and_tags(text: str, expected: int) -> None:
    rows = [Row("a", "Pell stories", "finished", tags=("keep",)), Row("b", "wider", "failed")]
    assert len(presenter.matching(rows, text)) == expected


def test_a_ticked_run_keeps_its_mark_when_others_go() -> None:
    ticks = Ticks()
    for run in "abc":
        assert ticks.toggle(run)
    ticks.toggle("a")
    assert (ticks.slot("a"), ticks.slot("b"), ticks.slot("c")) == (-1, 1, 2)
    ticks.toggle("d")
    assert ticks.slot("d") == 0
    ticks.keep({"c"})
    assert ticks.ids() == ["c"]


def test_only_as_many_as_there_are_marks() -> None:
    ticks = Ticks()
    assert all(ticks.toggle(str(number)) for number in range(presenter.MOST_TICKED))
    assert not ticks.toggle("one more")


def test_differences_only_and_the_odd_one_stands_out() -> None:
    rows = [row("a", n_head=6), row("b", n_head=8, n_embd=256), row("c", n_head=6)]
    found, equal = presenter.differences(rows)
    assert [(difference.name, difference.values) for difference in found] == [
        ("Embedding width", ("192", "256", "192")),
        ("Heads", ("6", "8", "6")),
    ]
    assert found[0].odd == (False, True, False)
    assert equal == 1


def test_the_overlay_tells_runs_by_hue_and_mark_and_validation_by_dash() -> None:
    rows = [row("a", "Pell stories, small", 0), row("b", "Pell stories, wider", 1)]
    picture = presenter.overlay(rows, {"a": series([3, 2, 1.5]), "b": series([3, 1.8, 1.2])})
    assert [(curve.group, curve.dashed, curve.mark) for curve in picture.curves] == [
        ("a", False, "disc"),
        ("a", True, ""),
        ("b", False, "square"),
        ("b", True, ""),
    ]
    assert picture.curves[0].hue != picture.curves[2].hue
    assert picture.sentence == "“wider” is lowest: 1.300 at step 3."


def test_nothing_ticked_says_what_to_do() -> None:
    assert presenter.overlay([], {}).empty.startswith("Tick runs")
    assert presenter.heading([]) == "Curves"
    assert presenter.heading([row("a")] * 3) == "Three runs, validation and training loss"


def test_short_names_drop_what_all_share() -> None:
    rows = [row("a", "Pell stories, small"), row("b", "Pell stories, wider")]
    assert [presenter.short_name(one, rows) for one in rows] == ["small", "wider"]
    same = [row("a", "Model"), row("b", "Model")]
    assert presenter.short_name(same[0], same) == "Model"


def test_the_export_holds_figures_in_full_and_all_settings() -> None:
    row_ = Row("a", "small", "finished", best=1 / 3, config={"dropout": 0.1, "threads": None})
    head, body = presenter.csv_rows([row_])
    cells = dict(zip(head, body, strict=True))
    assert cells["best_val_loss"] == repr(1 / 3)
    assert (cells["dropout"], cells["threads"], cells["name"]) == ("0.1", "", "small")


def test_tags_are_words_between_commas() -> None:
    assert presenter.parse_tags(" stories, keep ,, stories") == ("stories", "keep")


def test_curves_are_copies_that_later_readings_do_not_move() -> None:
    figures = series([3.0, 2.0])
    picture = presenter.overlay([row("a", slot=0)], {"a": figures})
    figures.fold(Metrics(1, {"loss": 9.0}))
    assert np.allclose(picture.curves[0].y, [3.0, 2.0])
