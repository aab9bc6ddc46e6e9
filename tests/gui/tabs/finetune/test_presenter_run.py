"""What the page says of a fine-tuning in each of its states and tasks."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llmstudio.gui.runmodel import RunModel
from llmstudio.gui.tabs.finetune import presenter_run, report
from llmstudio.gui.tabs.finetune.presenter_run import RunView
from llmstudio.gui.tabs.finetune.report import Reports
from llmstudio.store.events import Status
from llmstudio.store.workspace import Workspace
from tests.gui.tabs import finetune_fixtures as made
from tests.gui.tabs.run_fixtures import keep_checkpoint, stamp, write
from tests.gui.tabs.train_fixtures import workspace

NOW = datetime(2026, 3, 4, 14, 20, tzinfo=UTC)


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return workspace(tmp_path, filled=False)


def view_of(folder: Path, *, followed: bool = True, asked: str = "") -> RunView:
    model = RunModel.load(folder)
    status = model.status(followed=followed)
    names = {"smollm2": "SmolLM2 135M", "moods": "Moods"}
    newest = Reports().newest(folder, model.state)
    return presenter_run.view(model, newest, status, asked=asked, names=names, now=NOW)


def words_of(view: RunView) -> list[tuple[str, str, str]]:
    return [(tile.label, f"{tile.figure} {tile.unit}".strip(), tile.note) for tile in view.tiles.values()]


def test_a_classification_stands_beside_its_baseline(ws: Workspace) -> None:
    folder = made.make_run(ws)
    made.classifying(folder)
    view = view_of(folder)
    assert words_of(view) == [
        ("Accuracy", "86.5 %", "on 560 validation rows"),
        ("Macro-F1", "0.858", "every mood counts alike"),
        ("Validation loss", "0.231", "best at step 600"),
        ("Bag of words", "84.6 %", "the baseline to beat"),
        ("Trained", "1.2 %", "LoRA, rank 8, of 134 M"),
    ]
    assert (view.status, view.live, view.noun) == ("running", True, "mood")
    assert view.report is not None
    assert view.report.step == 600


def test_before_the_first_evaluation_nothing_is_claimed(ws: Workspace) -> None:
    folder = made.make_run(ws, [Status("starting", **stamp(0))])
    view = view_of(folder)
    assert [figure for _, figure, _ in words_of(view)] == ["–"] * 5
    assert view.tiles["third"].note == "first at step 100"
    assert view.first_report == "The first evaluation comes at step 100."
    assert view.report is None


def test_the_figures_of_a_finished_run_are_those_of_the_kept_model(ws: Workspace) -> None:
    folder = made.make_run(ws)
    made.classifying(folder)
    write(folder, made.finished())
    view = view_of(folder)
    assert view.tiles["first"].figure == "91.6"
    assert view.tiles["third"].note == "of the kept model"
    assert view.kept is not None
    assert (view.kept.base, view.kept.dataset) == ("SmolLM2 135M", "Moods")
    assert view.kept.how == "LoRA, rank 8, step 1,000"
    assert view.kept.test == "Test rows: 90.8 % right, bag of words 85.1 %"
    assert not view.resumable


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ({"test_mae": 0.5}, "Test rows: mean error 0.500"),
        ({"test_rouge_l": 0.41, "test_loss": 1.2}, "Test rows: ROUGE-L 0.410"),
        ({"test_loss": 1.2}, "Test rows: loss 1.200"),
        ({"accuracy": 0.9}, ""),
        (None, ""),
    ],
)
def test_the_test_rows_are_told_where_there_were_any(ws: Workspace, metrics: object, expected: str) -> None:
    folder = made.make_run(ws, [*made.beginning(), *made.finished(metrics=metrics)])
    kept = view_of(folder).kept
    assert kept is not None
    assert kept.test == expected


def test_a_switched_off_baseline_says_so(ws: Workspace) -> None:
    folder = made.make_run(ws, made.beginning(), baseline=False)
    assert view_of(folder).tiles["fourth"].note == "switched off"


def test_instructions_show_rouge_now_and_before(ws: Workspace) -> None:
    folder = made.make_run(ws, task="instruct", label_column="")
    made.instructing(folder)
    view = view_of(folder)
    found = {label: figure for label, figure, _ in words_of(view)}
    assert (found["ROUGE-L"], found["ROUGE-L before"], found["Validation loss"]) == ("0.410", "0.210", "1.400")
    assert view.report is not None
    assert view.report.answers[1].answer == "Paris."


def test_a_continued_pretraining_tells_what_it_forgets(ws: Workspace) -> None:
    folder = made.make_run(ws, task="continue", label_column="")
    made.continuing(folder)
    view = view_of(folder)
    assert view.tiles["third"].label == "Old domain"
    assert view.tiles["third"].note == "+0.20 since the start"
    assert len(view.samples) == 5


def test_a_continued_pretraining_without_an_old_domain_shows_the_time_instead(ws: Workspace) -> None:
    folder = made.make_run(ws, made.beginning(), task="continue", label_column="")
    labels = [tile.label for tile in view_of(folder).tiles.values()]
    assert labels == ["Validation loss", "Perplexity", "Speed", "Time left", "Trained"]


def test_a_regression_shows_its_errors(ws: Workspace) -> None:
    folder = made.make_run(ws, task="regress")
    made.regressing(folder)
    found = {label: figure for label, figure, _ in words_of(view_of(folder))}
    assert (found["Mean error"], found["R²"]) == ("0.520", "0.610")
    report = view_of(folder).report
    assert report is not None
    picture = presenter_run.scatter(report, "")
    assert len(picture.series[0].points) == 10  # a report of before has only the worst rows, and it is said
    assert picture.sentence.endswith("These are 10 of 90 rows.")
    whole = presenter_run.scatter(replace(report, points=((1.0, 2.0),) * 90), "")
    assert whole.sentence == "Off by 1 on average, 1 too high."
    assert presenter_run.scatter(None, "Wait.").empty == "Wait."


def test_a_label_is_called_after_the_column_the_dataset_came_with(ws: Workspace) -> None:
    folder = made.make_run(ws, label_column="")
    made.classifying(folder, 200)
    model = RunModel.load(folder)
    view = presenter_run.view(model, None, "running", column="mood", now=NOW)
    assert view.noun == "mood"
    assert view.tiles["second"].note == "every mood counts alike"


def test_memory_that_ran_out_is_retried_with_half_the_batch(ws: Workspace) -> None:
    folder = made.make_run(ws)
    made.classifying(folder, 200)
    write(folder, made.out_of_memory())
    keep_checkpoint(folder, 200)
    trouble = view_of(folder).trouble
    assert trouble is not None
    assert trouble.acts[0].text == "Half the batch, accumulated twice"
    assert trouble.acts[0].args == {"overrides": {"batch_size": 4, "accumulate": 2}}
    assert "17.2 GB" in trouble.evidence


def test_a_lost_run_can_be_resumed(ws: Workspace) -> None:
    folder = made.make_run(ws)
    made.classifying(folder, 240)
    keep_checkpoint(folder, 200)
    view = view_of(folder, followed=False)
    assert view.status == "lost"
    assert view.resumable
    assert view.trouble is not None
    assert view.trouble.title == "The program ended at step 240"


def test_a_wish_to_pause_is_seen_at_once(ws: Workspace) -> None:
    folder = made.make_run(ws)
    made.classifying(folder, 120)
    view = view_of(folder, asked="pause")
    assert (view.status, view.busy) == ("stopping", "Pausing")


def test_a_cell_of_the_matrix_lists_its_rows() -> None:
    found = report.parse(made.class_report(600))
    cell = ("calm", "merry")
    rows = presenter_run.rows_in(found, cell)
    assert rows
    assert {(row.true, row.predicted) for row in rows} == {cell}
    assert presenter_run.rows_title(found, cell) == ("Truly calm, called merry", "All 560 rows")
    assert presenter_run.rows_title(found, None) == ("Validation rows, worst first, 24 of 560", "")
    assert presenter_run.rows_in(found, None) == found.rows


def test_all_settings_are_listed_with_their_titles(ws: Workspace) -> None:
    rows = dict(presenter_run.all_settings(RunModel.load(made.make_run(ws)).state))
    assert rows["LoRA rank"] == "8"
    assert rows["Keep the best"] == "on"
