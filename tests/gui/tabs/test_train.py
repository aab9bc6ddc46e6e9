"""The Train tab in a window: form, start, instrument, remedies, and every size of window."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.background import Background
from llmstudio.gui.notices import Notices
from llmstudio.gui.session import Services, Session
from llmstudio.gui.tabs.train.page import TrainPage
from llmstudio.gui.theme import Theme
from llmstudio.store.events import Artifact, Metrics, Result, Status
from llmstudio.store.settings import Settings
from llmstudio.store.workspace import Workspace
from tests.gui.conftest import AnsweringDialogs
from tests.gui.tabs import run_fixtures as made
from tests.gui.tabs.jobs_fake import FakeJobs
from tests.gui.tabs.train_fixtures import keep_dataset, workspace


def session_on(ws: Workspace, theme: Theme, tmp_path: Path) -> Session:
    services: dict[str, Any] = {
        "workspace": ws,
        "settings": Settings(tmp_path / "settings.json"),
        "theme": theme,
        "jobs": FakeJobs(ws),
        "background": Background(),
        "notices": Notices(),
        "dialogs": AnsweringDialogs(theme),
    }
    return Session(Services(**services))


@pytest.fixture
def desk(theme: Theme, tmp_path: Path) -> Iterator[Session]:
    session = session_on(workspace(tmp_path), theme, tmp_path)
    yield session
    session.background.close()


def open_page(session: Session, qtbot: QtBot, width: int = 1104, height: int = 700) -> TrainPage:
    page = TrainPage(session)
    qtbot.addWidget(page)
    page.resize(width, height)
    with qtbot.waitExposed(page):
        page.show()
    return page


@pytest.fixture
def page(desk: Session, qtbot: QtBot) -> TrainPage:
    return open_page(desk, qtbot)


def jobs_of(page: TrainPage) -> FakeJobs:
    jobs = page.session.jobs
    assert isinstance(jobs, FakeJobs)
    return jobs


def show_run(page: TrainPage, qtbot: QtBot, events: list[Any], *checkpoints: int, live: bool = True) -> Path:
    folder = made.make_run(page.session.workspace, events)
    for step in checkpoints:
        made.keep_checkpoint(folder, step)
    if live:
        jobs_of(page).follow(folder)
    page.open(run=folder.name)
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.run_view)
    return folder


def header_words(page: TrainPage) -> list[str]:
    return [button.text() for button in page.header().buttons]


# -- before


def test_the_fixed_names_are_there(page: TrainPage) -> None:
    for name in ("dataset", "tokenizer", "preset", "name", "start_button", "pause_button", "status"):
        assert page.findChild(QWidget, f"train.{name}") is not None, name


def test_start_hands_over_what_is_shown(page: TrainPage, qtbot: QtBot) -> None:
    page.setup_view.form.set_values({"max_steps": 300, "name": "Pell"})
    start = page.findChild(QPushButton, "train.start_button")
    assert start is not None
    start.setFocus()
    QTest.keyClick(start, Qt.Key.Key_Space)
    kind, config = jobs_of(page).calls[-1][1:]
    assert kind == "pretrain"
    assert (config.name, config.max_steps, config.dataset) == ("Pell", 300, "stories")
    assert config.n_layer is not None
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.run_view)
    assert page.run_view.summary.chip.text() == "Waiting"
    plot = page.run_view.plot
    assert page.focusWidget() is plot  # and speaks of what comes, though nothing was drawn yet
    assert plot.accessibleDescription().startswith(plot.picture.empty or "?")


def test_a_fault_disables_start_and_its_link_mends_it(page: TrainPage, qtbot: QtBot) -> None:
    page.setup_view.form.set_values({"n_embd": 384, "n_head": 7})
    row = page.setup_view.form.rows["n_head"]
    assert not page.setup_view.start.isEnabled()
    assert row.trouble.full_text == "384 cannot be shared by 7 heads. Use 6 or 8."
    assert row.remedy.text() == "Use 6"
    assert "Heads" in page.setup_view.waiting.text()
    page.primary()
    assert jobs_of(page).calls == []
    qtbot.mouseClick(row.remedy, Qt.MouseButton.LeftButton)
    assert page.setup_view.start.isEnabled()
    assert page.setup.config is not None
    assert page.setup.config.n_head == 6


def test_a_job_that_is_refused_is_told(page: TrainPage) -> None:
    jobs_of(page).refuse = "The disk is full"
    page.start()
    assert page.session.notices.history[0].text == "The disk is full"
    assert page.model is None


def test_a_timed_test_fills_the_planner_and_leaves_no_run(page: TrainPage) -> None:
    page.setup_view.test_requested.emit()
    run = jobs_of(page).going[0]
    assert page.setup_view.planner.test.text() == "Testing"
    assert page.setup_view.planner.figure.property("textRole") == "muted"
    folder = page.session.workspace.runs / run
    made.write(folder, [Status("starting"), Status("running"), Result({"tokens_per_second": 5e4}), Status("finished")])
    jobs_of(page).end(run, "finished")
    assert page.setup_view.planner.origin.full_text == "from a timed test of 6 s, just now"
    assert not folder.exists()
    assert page.session.settings.get("train.measured")["flops"] > 0


def test_starting_ends_a_timed_test(page: TrainPage) -> None:
    page.setup_view.test_requested.emit()
    page.start()
    assert ("stop", "cancel") in jobs_of(page).calls


def test_the_first_showing_times_this_machine_once(page: TrainPage) -> None:
    page.shown()
    assert [call[1] for call in jobs_of(page).calls] == ["probe"]
    page.shown()
    assert len(jobs_of(page).calls) == 1


def test_without_text_the_way_to_data_is_shown(theme: Theme, tmp_path: Path, qtbot: QtBot) -> None:
    session = session_on(workspace(tmp_path, filled=False), theme, tmp_path)
    page = open_page(session, qtbot)
    page.shown()
    assert page.stack.currentWidget() is page.empty
    with qtbot.waitSignal(session.go_requested) as caught:
        qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert caught.args[0] == "data"
    keep_dataset(session.workspace)
    session.changed("dataset")
    assert page.stack.currentWidget() is page.setup_view
    session.background.close()


def test_a_dataset_that_goes_is_a_fault_at_its_row(page: TrainPage) -> None:
    page.setup_view.form.set_values({"dataset": "stories"})
    keep_dataset(page.session.workspace, "Other")
    shutil.rmtree(page.session.workspace.datasets / "stories")
    page.session.changed("dataset")
    assert not page.setup_view.start.isEnabled() or page.setup.config is not None
    page.setup_view.form.set_values({"dataset": "gone"})
    assert page.setup.faults["dataset"].message.startswith("This dataset is not there")


def test_settings_of_a_run_fill_the_form_under_a_free_name(page: TrainPage) -> None:
    page.open(settings={**made.CONFIG, "unknown": 1})
    assert page.setup.config is not None
    assert page.setup.config.n_embd == 192
    assert page.setup.config.name == "Pell stories, small"


def test_a_read_only_workspace_starts_nothing(theme: Theme, tmp_path: Path, qtbot: QtBot) -> None:
    ws = replace(workspace(tmp_path), read_only=True)
    session = session_on(ws, theme, tmp_path)
    page = open_page(session, qtbot)
    page.shown()
    assert not page.setup_view.start.isEnabled()
    assert page.header().buttons == []
    assert jobs_of(page).calls == []
    session.background.close()


# -- during and after


def test_a_hidden_tab_reads_on_and_draws_when_it_is_shown(page: TrainPage, qtbot: QtBot) -> None:
    folder = show_run(page, qtbot, made.training(600))
    drawn = page.run_view.plot.picture
    page.hide()
    made.write(folder, [Metrics(601, {"loss": 2.0}, **made.stamp(700))])
    page.session.jobs.events.emit(folder.name, [])
    qtbot.waitUntil(lambda: page._run_stale)
    assert page.model is not None
    assert page.model.series.get("loss").arrays()[0][-1] == 601
    assert page.run_view.plot.picture is drawn
    page.show()
    page.shown()
    assert len(page.run_view.plot.picture.curves[0].x) == 601


def test_a_running_training_shows_curve_sample_and_events(page: TrainPage, qtbot: QtBot) -> None:
    show_run(page, qtbot, made.training(600))
    assert page.run_view.summary.chip.text() == "Running"
    assert [len(curve.x) for curve in page.run_view.plot.picture.curves] == [600, 6]
    assert page.run_view.sample.step == 600
    assert page.run_view.events.count() > 5
    assert header_words(page) == ["New run", "Pause", "Stop"]


def test_new_figures_arrive(page: TrainPage, qtbot: QtBot) -> None:
    folder = show_run(page, qtbot, made.training(300))
    made.write(folder, [Metrics(301, {"loss": 1.0}, **made.stamp(40))])
    page.session.jobs.events.emit(folder.name, [])
    qtbot.waitUntil(lambda: len(page.run_view.plot.picture.curves[0].x) == 301)


def test_segments_change_the_figure(page: TrainPage, qtbot: QtBot) -> None:
    show_run(page, qtbot, made.training(200))
    page.run_view.segments.set_current("tokens_per_second")
    assert page.run_view.plot.picture.curves[0].key == "tokens_per_second"
    assert page.run_view.plot.accessibleName() == "Speed"


def test_pause_and_the_stop_menu(page: TrainPage, qtbot: QtBot) -> None:
    show_run(page, qtbot, made.training(200))
    qtbot.mouseClick(page.headers.pause, Qt.MouseButton.LeftButton)
    keep, best, away = page.headers.stop_menu.actions()[:3]
    keep.trigger()
    best.trigger()
    dialogs = page.session.dialogs
    assert isinstance(dialogs, AnsweringDialogs)
    dialogs.answer = "stay"
    away.trigger()
    dialogs.answer = "cancel"
    away.trigger()
    assert jobs_of(page).calls == [("pause",), ("stop", "keep"), ("stop", "keep_best"), ("stop", "cancel")]
    assert dialogs.asked == ["Throw this run away?"] * 2


def test_early_stopping_and_keeping_the_best_are_switched_while_it_runs(page: TrainPage, qtbot: QtBot) -> None:
    show_run(page, qtbot, made.training(200))
    page.headers.show_wishes()
    before = page.headers.early.isChecked()
    assert page.headers.best.isChecked()
    page.headers.early.trigger()
    page.headers.best.trigger()
    patience = 0 if before else 5
    assert jobs_of(page).calls == [("say", {"patience": patience}), ("say", {"keep_best": False})]


def test_going_back_pauses_and_then_resumes_from_the_checkpoint(page: TrainPage, qtbot: QtBot) -> None:
    folder = show_run(page, qtbot, [*made.training(2410, jump_at=2140), made.spike()], 1800)
    assert page.run_view.trouble.isVisible()
    buttons = [button for button in page.run_view.trouble.findChildren(QPushButton) if button.isVisible()]
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    assert jobs_of(page).calls == [("pause",)]
    assert not page.run_view.trouble.isVisible()
    made.write(folder, [Status("paused", **made.stamp(300))])
    jobs_of(page).end(folder.name, "paused")
    assert jobs_of(page).calls[-1] == ("resume", 1800, {"learning_rate_scale": 0.5})


def test_halving_the_rate_is_said_to_the_run(page: TrainPage, qtbot: QtBot) -> None:
    show_run(page, qtbot, [*made.training(2410, jump_at=2140), made.spike()])
    assert page.view is not None
    assert page.view.trouble is not None
    page.act(page.view.trouble.acts[0])
    assert jobs_of(page).calls == [("say", {"learning_rate_scale": 0.5})]


def test_memory_that_ran_out_is_resumed_with_half_the_batch(page: TrainPage, qtbot: QtBot) -> None:
    show_run(page, qtbot, [*made.training(310), *made.out_of_memory()], 300, live=False)
    assert page.view is not None
    assert page.view.trouble is not None
    assert "Resume" not in header_words(page)
    page.act(page.view.trouble.acts[0])
    assert jobs_of(page).calls == [("resume", None, {"batch_size": 16, "accumulate": 2})]


def test_a_paused_run_is_resumed_by_the_primary_button(page: TrainPage, qtbot: QtBot) -> None:
    show_run(page, qtbot, [*made.training(310), Status("paused", **made.stamp(40))], 300, live=False)
    assert header_words(page)[-1] == "Resume"
    assert "nothing is lost" in page.run_view.paused.text.full_text
    qtbot.mouseClick(page.headers.resume, Qt.MouseButton.LeftButton)
    assert jobs_of(page).calls == [("resume", None, {})]


def test_after_the_end_one_writes_with_it_or_trains_again(page: TrainPage, qtbot: QtBot) -> None:
    show_run(page, qtbot, [*made.training(400), *made.finished()], live=False)
    assert header_words(page) == ["New run", "Train again with changes", "Write with it"]
    with qtbot.waitSignal(page.session.go_requested) as caught:
        qtbot.mouseClick(page.headers.write, Qt.MouseButton.LeftButton)
    assert caught.args == ["playground", {"model": "pell-stories-small"}]
    qtbot.mouseClick(page.headers.again, Qt.MouseButton.LeftButton)
    assert page.stack.currentWidget() is page.setup_view
    assert page.setup.config is not None
    assert page.setup.config.max_steps == 4000


def test_arrow_keys_walk_the_samples(page: TrainPage, qtbot: QtBot) -> None:
    show_run(page, qtbot, made.training(600))
    card = page.run_view.sample
    QTest.keyClick(card.view, Qt.Key.Key_Left)
    assert card.step == 500
    assert not card.before.isEnabled() or card.after.isEnabled()
    QTest.keyClick(card.view, Qt.Key.Key_Right)
    assert card.step == 600
    QTest.keyClick(page.run_view.plot, Qt.Key.Key_Home)
    assert card.step == 100
    card.film.setValue(3)
    assert card.step == 400


def test_a_run_that_cannot_be_read_is_told(page: TrainPage, qtbot: QtBot) -> None:
    page.open(run="gone")
    qtbot.waitUntil(lambda: bool(page.session.notices.history))
    assert page.stack.currentWidget() is page.setup_view


@pytest.mark.parametrize(
    ("size", "width", "height"), [("S", 797, 400), ("M", 968, 600), ("L", 1104, 700), ("X", 1720, 980)]
)
def test_every_size_shows_everything_somewhere(
    page: TrainPage, qtbot: QtBot, size: str, width: int, height: int
) -> None:
    page.resize(width, height)
    page.fit(size)
    assert page.setup_view.start.isVisible()
    show_run(page, qtbot, made.training(300))
    view = page.run_view
    assert view.plot.isVisible()
    assert view.tiles.isVisible()
    large = size in ("L", "X")
    assert view.summary.isVisible() == large
    assert view.parts.isVisible() != large
    if not large:
        view.parts.set_current("doctor")
        assert view.doctor.isVisible()
        view.parts.set_current("events")
    assert view.events.isVisible()
    qtbot.waitUntil(lambda: view.area.horizontalScrollBar().maximum() == 0)


def test_every_control_has_a_name(page: TrainPage, qtbot: QtBot) -> None:
    show_run(page, qtbot, made.training(200))
    nameless = [
        (type(widget).__name__, type(widget.parent()).__name__)
        for widget in page.findChildren(QWidget)
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not widget.accessibleName()
    ]
    assert nameless == []


def test_a_quick_start_shows_the_training_it_began(page: TrainPage, qtbot: QtBot) -> None:
    training = made.make_run(page.session.workspace, made.training(50))
    jobs_of(page).follow(training)
    quick = made.make_run(page.session.workspace, [Artifact("run", training.name, {"id": training.name})], name="quick")
    text = (quick / "job.json").read_text()
    (quick / "job.json").write_text(text.replace('"pretrain"', '"quickstart"'))
    page.open(run=quick.name)
    qtbot.waitUntil(lambda: page.model is not None)
    assert page.model is not None
    assert page.model.id == training.name


def test_a_larger_text_keeps_the_layout(page: TrainPage, qtbot: QtBot) -> None:
    show_run(page, qtbot, made.training(100))
    before = page.run_view.summary.width()
    page.theme.set_zoom(1.25)
    assert page.run_view.summary.width() == round(before * 1.25)
    page.theme.set_zoom(1.0)


def test_a_run_that_went_to_the_trash_is_not_shown_any_more(page: TrainPage, qtbot: QtBot) -> None:
    folder = show_run(page, qtbot, [*made.training(50), *made.finished()], live=False)
    shutil.rmtree(folder)
    page.render_run()
    page.session.changed("run")
    assert page.stack.currentWidget() is page.setup_view
