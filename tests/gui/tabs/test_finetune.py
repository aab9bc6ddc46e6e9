"""The Fine-tune tab in a window: three cards, start, instrument, remedies, what was kept, every size of window."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.data.tokenizers.byte import ByteTokenizer
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.finetune.page import FinetunePage
from llmstudio.gui.theme import Theme
from llmstudio.store.events import Metrics, Result, Status
from llmstudio.store.workspace import Workspace
from tests.gui.conftest import AnsweringDialogs
from tests.gui.tabs import finetune_fixtures as made
from tests.gui.tabs.jobs_fake import FakeJobs
from tests.gui.tabs.run_fixtures import keep_checkpoint, stamp, write
from tests.gui.tabs.test_train import session_on

BELOW = {
    "classify": {"matrix", "rows", "classes"},
    "multilabel": {"classes", "rows"},
    "regress": {"scatter", "rows"},
    "instruct": {"answers"},
    "continue": {"sample"},
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ws = Workspace.open(tmp_path_factory.mktemp("filled") / "workspace")
    made.labelled_dataset(ws, "Moods", made.moods(), label="mood")
    made.labelled_dataset(ws, "Orders", made.instructions(), text="instruction", year=2025)
    ByteTokenizer().save(ws.models / made.keep_model(ws, "Base"))
    ws.close()
    return ws.root


@pytest.fixture
def ws(filled: Path, tmp_path: Path) -> Workspace:
    return Workspace.open(Path(shutil.copytree(filled, tmp_path / "workspace")))


@pytest.fixture
def desk(ws: Workspace, theme: Theme, tmp_path: Path) -> Iterator[Session]:
    session = session_on(ws, theme, tmp_path)
    yield session
    session.background.close()


def open_page(session: Session, qtbot: QtBot, width: int = 1104, height: int = 700) -> FinetunePage:
    page = FinetunePage(session)
    qtbot.addWidget(page)
    page.resize(width, height)
    with qtbot.waitExposed(page):
        page.show()
    page.shown()
    return page


@pytest.fixture
def page(desk: Session, qtbot: QtBot) -> FinetunePage:
    page = open_page(desk, qtbot)
    settle(page, qtbot)
    return page


def settle(page: FinetunePage, qtbot: QtBot) -> None:
    """Until the rows were read."""
    qtbot.waitUntil(lambda: not page.setup.waiting and page.setup.question is not None, timeout=20_000)


def jobs_of(page: FinetunePage) -> FakeJobs:
    jobs = page.session.jobs
    assert isinstance(jobs, FakeJobs)
    return jobs


def show_run(page: FinetunePage, qtbot: QtBot, folder: Path, *, live: bool = True) -> None:
    if live:
        jobs_of(page).follow(folder)
    page.open(run=folder.name)
    qtbot.waitUntil(lambda: page.model is not None and page.model.id == folder.name)


def header_words(page: FinetunePage) -> list[str]:
    return [button.text() for button in page.header().buttons]


def classified(page: FinetunePage, qtbot: QtBot, steps: int = 640, **changes: Any) -> Path:
    folder = made.make_run(page.session.workspace, **{"model": "base", **changes})
    made.classifying(folder, steps)
    show_run(page, qtbot, folder)
    return folder


# -- before


def test_the_fixed_names_are_there(page: FinetunePage) -> None:
    for name in ("model", "dataset", "task", "name", "start_button", "status"):
        assert page.findChild(QWidget, f"finetune.{name}") is not None, name


def test_columns_task_and_name_are_guessed(page: FinetunePage) -> None:
    values = page.setup.values
    assert (values["task"], values["text_column"], values["label_column"]) == ("classify", "text", "mood")
    assert values["name"] == "Base on Moods"
    assert page.setup_view.data_card.balance.title.text() == "Rows of each mood"
    assert page.setup.can_start


def test_start_hands_over_what_is_shown(page: FinetunePage, qtbot: QtBot) -> None:
    page.setup_view.method_card.form.set_values({"epochs": 2.0})
    page.setup_view.model_card.form.set_values({"name": "My moods"})
    settle(page, qtbot)
    start = page.findChild(QPushButton, "finetune.start_button")
    assert start is not None
    start.setFocus()
    qtbot.keyClick(start, Qt.Key.Key_Space)
    kind, config = jobs_of(page).calls[-1][1:]
    assert (kind, config.model, config.dataset, config.epochs) == ("finetune", "base", "moods", 2.0)
    assert (config.name, config.text_column, config.label_column, config.method) == ("My moods", "text", "mood", "full")
    qtbot.waitUntil(lambda: page.focusWidget() is page.run_view.plot)


def test_a_chosen_dataset_stays_chosen(page: FinetunePage, qtbot: QtBot) -> None:
    page.open(dataset="orders", model="base")
    settle(page, qtbot)
    assert page.setup.values["dataset"] == "orders"
    assert page.setup.values["task"] == "instruct"
    row = page.setup_view.preview_row()
    assert row is not None
    assert row.trained < row.tokens
    assert [run.trained for run in row.runs][-1]
    hidden = page.setup.hidden
    assert {"label_column", "balance", "baseline"} <= hidden
    assert not {"instruction_column", "answer_column", "template"} & hidden
    methods = page.setup_view.method_card.segments
    assert [methods.tabText(at) for at in range(methods.count())] == ["All weights", "Last layers", "LoRA"]


def test_columns_can_be_corrected(page: FinetunePage, qtbot: QtBot) -> None:
    page.setup_view.data_card.form.set_values({"label_column": "topic"})
    settle(page, qtbot)
    assert "All 60 rows have the label 'boats'" in page.setup.faults["label_column"].message
    assert not page.setup_view.start.isEnabled()
    page.setup_view.data_card.form.set_values({"label_column": "mood"})
    settle(page, qtbot)
    assert page.setup_view.start.isEnabled()


def test_a_method_is_chosen_and_given_back(page: FinetunePage, qtbot: QtBot) -> None:
    card = page.setup_view.method_card
    assert card.proposed.isHidden()
    card.segments.set_current("lora")
    assert page.setup.resolved is not None
    assert page.setup.resolved.method == "lora"
    assert card.form.rows["lora_rank"].isVisibleTo(card)
    full = page.setup.plan.trained if page.setup.plan else 0
    qtbot.mouseClick(card.proposed, Qt.MouseButton.LeftButton)
    assert page.setup.resolved.method == "full"
    assert not card.form.rows["lora_rank"].isVisibleTo(card)
    assert page.setup.plan is not None
    assert page.setup.plan.trained > full


def test_faulty_rows_are_listed_and_left_out_by_one_click(page: FinetunePage, qtbot: QtBot) -> None:
    rows = made.moods(40)
    rows[6]["mood"] = None
    made.labelled_dataset(page.session.workspace, "Holes", rows, label="mood")
    page.session.changed("dataset")
    page.open(dataset="holes")
    settle(page, qtbot)
    faults = page.setup_view.data_card.faults
    assert faults.title.text() == "1 faulty row, 39 good rows"
    assert page.setup.faults["on_fault"].message.startswith("Row 7 has no label.")
    assert not page.setup_view.start.isEnabled()
    qtbot.mouseClick(faults.skip, Qt.MouseButton.LeftButton)
    settle(page, qtbot)
    assert page.setup_view.start.isEnabled()
    assert any("1 faulty row is left out" in check.text for check in page.setup.checks)


def test_a_name_that_is_taken_waits_at_its_row(page: FinetunePage) -> None:
    page.setup_view.model_card.form.set_values({"name": "Base"})
    assert page.setup.faults["name"].suggestion == "Base 2"
    page.primary()
    assert not [call for call in jobs_of(page).calls if call[0] == "submit"]


def test_a_job_that_is_refused_is_told(page: FinetunePage) -> None:
    jobs_of(page).refuse = "The disk is full"
    page.start()
    assert page.session.notices.history[0].text == "The disk is full"
    assert page.model is None


def test_a_timed_test_fills_the_planner_and_leaves_no_run(page: FinetunePage, qtbot: QtBot) -> None:
    planner = page.setup_view.planner
    qtbot.mouseClick(planner.test, Qt.MouseButton.LeftButton)
    kind, config = jobs_of(page).calls[-1][1:]
    assert (kind, config.what, config.settings["model"]) == ("probe", "finetune", "base")
    assert planner.test.text() == "Testing"
    run = jobs_of(page).going[0]
    folder = page.session.workspace.runs / run
    write(folder, [Status("running"), Result({"tokens_per_second": 5e4, "seconds": 6.0}), Status("finished")])
    jobs_of(page).end(run, "finished")
    assert planner.origin.full_text == "from a timed test of 6 s, just now"
    assert not folder.exists()
    assert page.session.settings.get("finetune.measured")["flops"] > 0


def test_without_a_model_the_way_to_models_is_shown(theme: Theme, tmp_path: Path, qtbot: QtBot) -> None:
    session = session_on(Workspace.open(tmp_path / "bare"), theme, tmp_path)
    page = open_page(session, qtbot)
    assert page.stack.currentWidget() is page.empty
    with qtbot.waitSignal(session.go_requested) as caught:
        qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert caught.args[0] == "models"
    made.keep_model(session.workspace, "Base")
    session.changed("model")
    assert page.empty.button.text() == "Open Data"
    session.background.close()


def test_a_read_only_workspace_starts_nothing(ws: Workspace, theme: Theme, tmp_path: Path, qtbot: QtBot) -> None:
    session = session_on(replace(ws, read_only=True), theme, tmp_path)
    page = open_page(session, qtbot)
    assert not page.setup_view.start.isEnabled()
    assert page.header().buttons == []
    session.background.close()


# -- during


def test_a_classification_shows_matrix_rows_and_classes(page: FinetunePage, qtbot: QtBot) -> None:
    classified(page, qtbot)
    view = page.run_view
    assert view.tiles["first"].figure.text() == "86.5"
    assert view.matrix.matrix.matrix.labels == made.MOODS
    assert len(view.rows.table.rows_model.rows) == 24
    assert [line.label for line in view.classes.table.rows_model.rows] == list(made.MOODS)
    assert header_words(page) == ["Pause", "Stop"]
    assert page.headers.chips.task.text() == "Classify text"


def test_a_cell_leads_to_its_rows_and_back(page: FinetunePage, qtbot: QtBot) -> None:
    classified(page, qtbot)
    view = page.run_view
    view.matrix.asked.emit("calm", "merry")
    assert {(row.true, row.predicted) for row in view.rows.table.rows_model.rows} == {("calm", "merry")}
    assert view.rows.title.text() == "Truly calm, called merry"
    qtbot.mouseClick(view.rows.all, Qt.MouseButton.LeftButton)
    assert len(view.rows.table.rows_model.rows) == 24


def test_segments_change_the_figure(page: FinetunePage, qtbot: QtBot) -> None:
    classified(page, qtbot)
    page.run_view.segments.set_current("accuracy")
    assert [curve.key for curve in page.run_view.plot.picture.curves] == ["accuracy", "baseline"]


def test_new_figures_and_reports_arrive(page: FinetunePage, qtbot: QtBot) -> None:
    folder = classified(page, qtbot, 300)
    report = made.keep_report(folder, made.class_report(400, {"accuracy": 0.95}))
    write(folder, [Metrics(400, {"loss": 0.2, "accuracy": 0.95}, **stamp(90)), report])
    page.session.jobs.events.emit(folder.name, [])
    qtbot.waitUntil(lambda: page.run_view.tiles["first"].figure.text() == "95.0")
    assert page.view is not None
    assert page.view.report is not None
    assert page.view.report.step == 400


def test_before_the_first_evaluation_the_cards_say_when_it_comes(page: FinetunePage, qtbot: QtBot) -> None:
    classified(page, qtbot, 40)
    assert page.run_view.rows.hint.text() == "The first evaluation comes at step 100."
    assert page.run_view.rows.table.isHidden()


@pytest.mark.parametrize("task", list(BELOW))
def test_every_task_has_its_own_cards(page: FinetunePage, qtbot: QtBot, task: str) -> None:
    folder = made.make_run(page.session.workspace, task=task, label_column="", model="base")
    {"instruct": made.instructing, "continue": made.continuing, "regress": made.regressing}.get(task, made.classifying)(
        folder
    )
    show_run(page, qtbot, folder)
    shown = {key for key, card in page.run_view.cards.items() if card.isVisibleTo(page)}
    assert shown == BELOW[task]


def test_answers_are_walked_and_stay_through_evaluations(page: FinetunePage, qtbot: QtBot) -> None:
    folder = made.make_run(page.session.workspace, task="instruct", label_column="", model="base")
    made.instructing(folder, 100)
    show_run(page, qtbot, folder)
    card = page.run_view.answers
    qtbot.keyClick(card.columns["answer"].view, Qt.Key.Key_Right)
    assert card.shown_answer is not None
    assert card.shown_answer.prompt.startswith("What is the capital")
    assert card.columns["answer"].title.full_text == "Answer at step 100"
    card.show_answers(page.view.report if page.view else None, "")
    assert card.shown_answer.reference == "Paris."


def test_pause_and_stop_are_told_to_the_run(page: FinetunePage, qtbot: QtBot) -> None:
    classified(page, qtbot, 120)
    qtbot.mouseClick(page.headers.pause, Qt.MouseButton.LeftButton)
    for action in page.headers.stop_menu.actions()[:2]:
        action.trigger()
    assert jobs_of(page).calls[-3:] == [("pause",), ("stop", "keep"), ("stop", "keep_best")]


def test_throwing_away_asks_first(page: FinetunePage, qtbot: QtBot) -> None:
    classified(page, qtbot, 120)
    page.headers.stop_menu.actions()[2].trigger()
    assert jobs_of(page).calls == []
    assert isinstance(page.session.dialogs, AnsweringDialogs)
    assert page.session.dialogs.asked == ["Throw this run away?"]


# -- when it stopped, and after


def test_memory_that_ran_out_is_retried_in_one_click(page: FinetunePage, qtbot: QtBot) -> None:
    folder = made.make_run(page.session.workspace, model="base")
    made.classifying(folder, 200)
    write(folder, made.out_of_memory())
    keep_checkpoint(folder, 200)
    show_run(page, qtbot, folder, live=False)
    card = page.run_view.stopped.card
    assert card.isVisibleTo(page)
    button = next(one for one in card.findChildren(QPushButton) if one.text() == "Half the batch, accumulated twice")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert jobs_of(page).calls == [("resume", None, {"batch_size": 4, "accumulate": 2})]


def test_a_lost_run_is_resumed_from_its_card(page: FinetunePage, qtbot: QtBot) -> None:
    folder = made.make_run(page.session.workspace, model="base")
    made.classifying(folder, 200)
    show_run(page, qtbot, folder, live=False)
    assert header_words(page) == ["New run", "Fine-tune again"]
    assert page.headers.chips.status.text() == "Lost"


def test_what_was_kept_is_tried_in_the_playground(page: FinetunePage, qtbot: QtBot) -> None:
    folder = made.make_run(page.session.workspace, model="base")
    made.classifying(folder)
    write(folder, made.finished())
    show_run(page, qtbot, folder, live=False)
    assert page.run_view.kept.isVisibleTo(page)
    assert page.run_view.kept.lineage.full_text == "Base › Moods › LoRA, rank 8, step 1,000"
    with qtbot.waitSignal(page.session.go_requested) as caught:
        page.primary()
    assert caught.args == ["playground", {"model": "story-moods"}]
    with qtbot.waitSignal(page.session.go_requested) as caught:
        qtbot.mouseClick(page.run_view.kept.open, Qt.MouseButton.LeftButton)
    assert caught.args == ["models", {"model": "story-moods"}]


def test_again_takes_the_settings_back_to_the_form(page: FinetunePage, qtbot: QtBot) -> None:
    folder = made.make_run(page.session.workspace, model="base")
    made.classifying(folder)
    write(folder, made.finished())
    show_run(page, qtbot, folder, live=False)
    page.again()
    settle(page, qtbot)
    assert page.setup.resolved is not None
    assert (page.setup.resolved.method, page.setup.resolved.lora_rank) == ("lora", 8)
    assert page.setup.values["name"] == "Story moods"


@pytest.mark.parametrize(("size", "width", "height"), [("S", 800, 430), ("M", 960, 560), ("L", 1104, 700)])
def test_every_size_shows_the_same_things(page: FinetunePage, qtbot: QtBot, size: str, width: int, height: int) -> None:
    classified(page, qtbot)
    page.resize(width, height)
    page.fit(size)
    view = page.run_view
    assert view.parts.isVisibleTo(page) is (size == "S")
    if size == "S":
        assert [card for key, card in view.cards.items() if card.isVisibleTo(page)] == [view.matrix]
        view.matrix.asked.emit("calm", "merry")
        assert view.rows.isVisibleTo(page)
        assert not view.matrix.isVisibleTo(page)
    page.new_run()
    assert page.setup_view.foot.isVisibleTo(page) is (size != "L")


def test_wide_windows_have_the_rows_beside_the_forms(page: FinetunePage) -> None:
    view = page.setup_view
    for size in ("X", "L", "X", "S"):
        page.fit(size)
        assert (view.rows_card if size == "X" else view.data_card).isAncestorOf(view.data_card.preview)
        assert view.rows_card.isVisibleTo(page) is (size == "X")
