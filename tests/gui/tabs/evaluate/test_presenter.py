"""Tables of evaluations: what is grouped, what is best, what waits, what failed, and how figures read."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llmstudio.gui.tabs.evaluate import presenter
from llmstudio.gui.tabs.evaluate.presenter import SECONDS_MEASURE, Measure, Row, Table, Ticks, tables
from llmstudio.store import evaluations, run
from llmstudio.store.events import Error, Status
from llmstudio.store.workspace import Workspace
from tests.gui.tabs import evaluate_fixtures as fixtures
from tests.gui.tabs.run_fixtures import stamp

ACCURACY = Measure("accuracy", "Accuracy", "high", "share")


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "workspace")


def found(ws: Workspace) -> list[Table]:
    return tables(evaluations.list_all(ws), {"harbour": "Harbour 135M"})


def going_on(ws: Workspace) -> list[Table]:
    """As the window finds them while the process is alive."""
    alive = [replace(one, state=run.load_logged(one.folder)) for one in evaluations.list_all(ws)]
    return tables(alive, {"harbour": "Harbour 135M"})


def test_an_evaluation_becomes_a_table(ws: Workspace) -> None:
    fixtures.moods(ws)
    (table,) = found(ws)
    assert table.words == "Story moods, test part"
    assert [row.title for row in table.rows][:2] == ["Story moods, LoRA", "Story moods, small"]
    assert [row.kind for row in table.rows][-2:] == ["baseline", "baseline"]
    assert [measure.key for measure in table.measures] == [
        *("accuracy", "macro_f1", "ece", "weighted_f1", "log_loss", "seconds"),
    ]
    assert not table.live
    best = presenter.best(table)
    assert best["accuracy"] == {table.rows[0].key}
    constant = next(row.key for row in table.rows if row.title == "Most frequent label")
    assert constant not in best["ece"]
    assert best["seconds"] == {next(row.key for row in table.rows if row.title == "Bag of words")}


def test_the_newest_figures_of_a_model_count(ws: Workspace) -> None:
    fixtures.moods(ws)
    newer = fixtures.moods(ws, upto=1)
    (table,) = found(ws)
    assert len(table.rows) == len(fixtures.MODELS)
    assert next(row.run for row in table.rows if row.title == "Story moods, LoRA") == newer.name


def test_data_part_and_task_tell_tables_apart(ws: Workspace) -> None:
    fixtures.moods(ws)
    fixtures.texts(ws)
    fixtures.instructions(ws)
    assert {table.task for table in found(ws)} == {"classify", "continue", "instruct"}


def test_while_it_goes_on_the_rest_waits(ws: Workspace) -> None:
    fixtures.moods(ws, upto=1, done=False)
    (table,) = going_on(ws)
    assert [row.state for row in table.rows] == ["done", "running", "waiting"]
    assert table.live
    assert table.rows[1].share == pytest.approx(0.3)
    assert presenter.best(table) == {}


def test_before_there_is_a_report_the_wish_is_shown(ws: Workspace) -> None:
    fixtures.make(ws, {}, {}, models=("harbour",), done=False)
    assert found(ws) == []  # its process is gone, and it left nothing
    (table,) = going_on(ws)
    assert [(row.title, row.state) for row in table.rows] == [("Harbour 135M", "running")]


def test_columns_are_there_before_the_first_figures(ws: Workspace) -> None:
    fixtures.moods(ws, upto=0, done=False)
    (table,) = going_on(ws)
    assert [measure.title for measure in table.measures] == ["Accuracy", "Macro-F1", "Calibration error"]
    assert [row.state for row in table.rows] == ["running", "waiting", "waiting"]


def test_what_failed_says_why_and_the_others_stay(ws: Workspace) -> None:
    fixtures.texts(ws)
    (table,) = found(ws)
    assert [row.state for row in table.rows] == ["done", "done", "failed"]
    assert table.rows[2].error.startswith("This file is damaged")
    assert presenter.cell(table.rows[2], table.measures[0]) == "–"
    assert presenter.tip(table.rows[2], table.measures[0]) == table.rows[2].error
    ending = (Error("The dataset moods is gone.", "Import it.", user=True, **stamp(3)), Status("failed", **stamp(4)))
    fixtures.make(ws, {}, {}, models=("harbour",), ending=ending)
    row = next(table for table in found(ws) if table.dataset == "moods").rows[0]
    assert (row.state, row.title, row.error) == ("failed", "Harbour 135M", "The dataset moods is gone. Import it.")


@pytest.mark.parametrize(
    ("value", "measure", "words"),
    [
        (0.9123, ACCURACY, "91.2 %"),
        (0.909, Measure("macro_f1", "Macro-F1"), "0.909"),
        (31.04, Measure("bleu", "BLEU", "high", "points"), "31.0"),
        (29.414, Measure("perplexity", "Perplexity", "low"), "29.41"),
        (8.44, SECONDS_MEASURE, "8.4"),
        (123456.7, Measure("mae", "Mean error", "low"), "1.235e+05"),
    ],
)
def test_figures_have_the_decimals_of_their_measure(value: float, measure: Measure, words: str) -> None:
    assert presenter.figure(value, measure) == words


def test_tips_tell_rule_interval_and_direction(ws: Workspace) -> None:
    fixtures.moods(ws)
    (table,) = found(ws)
    row = table.rows[0]
    accuracy = table.measure("accuracy")
    macro = table.measure("macro_f1")
    assert accuracy is not None
    assert macro is not None
    assert "in 95 of 100 draws. Higher is better." in presenter.tip(row, accuracy)
    assert "on 500 rows" in presenter.tip(row, accuracy)
    assert "the plain mean of the labels' F1" in presenter.tip(row, macro)
    assert "Judged by the split it was trained with." in presenter.row_tip(row)
    assert presenter.tip(row, SECONDS_MEASURE).startswith("How long")
    assert presenter.tip(Row("k", "x"), accuracy) == "Not measured for this model"


def test_equal_figures_are_both_best() -> None:
    rows = tuple(Row(str(at), f"m{at}", metrics={"accuracy": value}) for at, value in enumerate((0.5, 0.9, 0.9)))
    assert presenter.best(Table("k", "d", "D", "test", "classify", (ACCURACY,), rows)) == {"accuracy": {"1", "2"}}


def test_when_in_words() -> None:
    now = datetime(2026, 3, 4, 18, 0, tzinfo=UTC).astimezone()
    assert presenter.when(datetime(2026, 3, 4, 14, 20, tzinfo=UTC).isoformat(), now).startswith("today ")
    assert presenter.when(datetime(2026, 3, 3, 14, 20, tzinfo=UTC).isoformat(), now).startswith("yesterday ")
    assert presenter.when("2025-01-02T12:00:00+00:00", now) == "2025-01-02"
    assert presenter.when("") == ""


def test_names_are_short_where_they_begin_alike() -> None:
    rows = [Row("a", "Story moods, LoRA"), Row("b", "Story moods, small")]
    assert [presenter.short_name(row, rows) for row in rows] == ["LoRA", "Small"]
    plain = [Row("a", "Harbour 135M, tuned"), Row("b", "Harbour 135M")]
    assert [presenter.short_name(row, plain) for row in plain] == ["Harbour 135M, tuned", "Harbour 135M"]
    assert presenter.short_name(rows[0], rows[:1]) == "Story moods, LoRA"


def test_ticks_begin_with_the_best_two_and_keep_their_slots(ws: Workspace) -> None:
    fixtures.moods(ws)
    (table,) = found(ws)
    ticks = Ticks()
    ticks.settle(table)
    keys = [row.key for row in table.rows]
    assert [ticks.slot(key) for key in keys] == [0, 1, -1, -1, -1]
    assert ticks.toggle(keys[0])
    assert ticks.toggle(keys[3])
    assert (ticks.slot(keys[3]), ticks.slot(keys[1])) == (0, 1)
    assert ticks.toggle(keys[0])
    assert ticks.toggle(keys[2])
    assert not ticks.toggle(keys[4])
    ticks.settle(table)
    assert ticks.slot(keys[3]) == 0
