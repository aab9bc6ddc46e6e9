"""The Runs tab in a window: table, ticks, overlay, names, tags, trash and back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.base.locks import FileLock
from llmstudio.gui.background import Background
from llmstudio.gui.notices import Notices
from llmstudio.gui.session import Services, Session
from llmstudio.gui.tabs.runs.page import RunsPage
from llmstudio.gui.tabs.runs.presenter import Row
from llmstudio.gui.tabs.runs.shelf import Shelf
from llmstudio.gui.tabs.runs.table import CURVE, MORE, NAME, TICK, RunsTable
from llmstudio.gui.theme import Theme
from llmstudio.store import events, run
from llmstudio.store.events import Metrics, Status
from llmstudio.store.settings import Settings
from llmstudio.store.workspace import Workspace
from tests.gui.conftest import AnsweringDialogs
from tests.gui.tabs import finetune_fixtures as tuned
from tests.gui.tabs import run_fixtures as made
from tests.gui.tabs.jobs_fake import FakeJobs
from tests.gui.tabs.train_fixtures import workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    ws = workspace(tmp_path)
    for number, name in enumerate(("small", "wider", "deep")):
        ends: list[Any] = made.out_of_memory() if name == "deep" else made.finished()
        made.make_run(ws, [*made.training(200, seed=number, floor=1 + number), *ends], name=name, n_layer=number + 2)
    return ws


@pytest.fixture
def desk(ws: Workspace, theme: Theme, tmp_path: Path) -> Iterator[Session]:
    services: dict[str, Any] = {
        "workspace": ws,
        "settings": Settings(tmp_path / "settings.json"),
        "theme": theme,
        "jobs": FakeJobs(ws),
        "background": Background(),
        "notices": Notices(),
        "dialogs": AnsweringDialogs(theme),
    }
    session = Session(Services(**services))
    yield session
    session.background.close()


@pytest.fixture
def page(desk: Session, qtbot: QtBot) -> RunsPage:
    page = RunsPage(desk)
    qtbot.addWidget(page)
    page.resize(1104, 700)
    with qtbot.waitExposed(page):
        page.show()
    page.shown()
    qtbot.waitUntil(lambda: len(page.rows) == 3 and len(page._followers) == 3)
    assert [row.title for row in page.ticked_rows()] == ["deep", "wider", "small"]  # the newest, on the first look
    for name in page.ticks.ids():
        page.tick(name)
    return page


def titles(page: RunsPage) -> list[str]:
    return sorted(row.title for row in page.table.rows_model.rows)


def at(page: RunsPage, title: str) -> int:
    return [row.title for row in page.table.rows_model.rows].index(title)


def click(page: RunsPage, qtbot: QtBot, title: str, column: int) -> None:
    place = page.table.visualRect(page.table.rows_model.index(at(page, title), column)).center()
    qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def words_in(widget: QWidget) -> set[str]:
    return {label.text() for label in widget.findChildren(QWidget) if hasattr(label, "text") and label.isVisible()}


def test_runs_are_listed_with_state_and_figures(page: RunsPage) -> None:
    assert titles(page) == ["deep", "small", "wider"]
    failed = page.table.rows_model.rows[at(page, "deep")]
    assert failed.status == "failed"
    index = page.table.rows_model.index(at(page, "small"), CURVE)
    assert str(index.data()).startswith("from ")


def test_ticking_lays_curves_over_one_another(page: RunsPage, qtbot: QtBot) -> None:
    click(page, qtbot, "small", TICK)
    click(page, qtbot, "wider", TICK)
    qtbot.waitUntil(lambda: len(page.overlay.plot.picture.curves) == 4)
    assert page.overlay.title.text() == "Two runs, validation and training loss"
    qtbot.waitUntil(lambda: "Layers" in words_in(page.differences))
    assert page.differences.copy.text() == "Copy the settings of “small”"
    click(page, qtbot, "small", TICK)
    assert len(page.overlay.plot.picture.curves) == 2


def test_space_ticks_and_enter_opens(page: RunsPage, qtbot: QtBot) -> None:
    page.table.selectRow(at(page, "small"))
    QTest.keyClick(page.table, Qt.Key.Key_Space)
    assert [row.title for row in page.ticked_rows()] == ["small"]
    with qtbot.waitSignal(page.session.go_requested) as caught:
        QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert caught.args[0] == "train"
    assert "small" in caught.args[1]["run"]


def test_a_click_on_a_curve_selects_its_row(page: RunsPage) -> None:
    wider = page.table.rows_model.rows[at(page, "wider")]
    page.overlay.plot.group_clicked.emit(wider.id)
    assert page.table.current_row().title == "wider"


def test_the_filter_narrows_and_says_when_nothing_is_left(page: RunsPage, qtbot: QtBot) -> None:
    qtbot.keyClicks(page.filter, "fin wid")
    assert titles(page) == ["wider"]
    qtbot.keyClicks(page.filter, "zzz")
    assert titles(page) == []
    assert page.nothing.isVisible()
    page.filter.clear()
    assert len(titles(page)) == 3


def dialogs_of(page: RunsPage) -> AnsweringDialogs:
    assert isinstance(page.session.dialogs, AnsweringDialogs)
    return page.session.dialogs


def test_f2_renames_and_tags_are_set(page: RunsPage, qtbot: QtBot) -> None:
    page.table.selectRow(at(page, "small"))
    dialogs_of(page).text = "Pell, small"
    QTest.keyClick(page.table, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: "Pell, small" in titles(page))
    dialogs_of(page).text = "keep, stories"
    page.deeds.tag(page.table.rows_model.rows[at(page, "Pell, small")])
    qtbot.waitUntil(lambda: page.table.rows_model.rows[at(page, "Pell, small")].tags == ("keep", "stories"))


def test_trash_and_back(page: RunsPage, qtbot: QtBot) -> None:
    page.table.selectRow(at(page, "deep"))
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: titles(page) == ["small", "wider"])
    notice = page.session.notices.history[0]
    assert notice.action is not None
    assert notice.action.title == "Undo"
    notice.action.run()
    qtbot.waitUntil(lambda: titles(page) == ["deep", "small", "wider"])


def test_the_menu_offers_what_can_be_done(page: RunsPage) -> None:
    by_title = {row.title: [words for words, _, _ in page.deeds.offers(row)] for row in page.rows}
    assert "Resume" in by_title["deep"]
    assert "Resume" not in by_title["small"]
    assert "Write with it" in by_title["small"]
    assert by_title["deep"][-1] == "Move to trash"


def test_resume_goes_on_and_shows_the_run(page: RunsPage, qtbot: QtBot) -> None:
    row = page.table.rows_model.rows[at(page, "deep")]
    with qtbot.waitSignal(page.session.go_requested) as caught:
        page.deeds.resume(row)
    assert caught.args == ["train", {"run": row.id}]
    assert isinstance(page.session.jobs, FakeJobs)
    assert page.session.jobs.calls == [("resume", None, None)]


def test_settings_are_copied_to_train(page: RunsPage, qtbot: QtBot) -> None:
    page.table.selectRow(at(page, "wider"))
    with qtbot.waitSignal(page.session.go_requested) as caught:
        qtbot.mouseClick(page.copy, Qt.MouseButton.LeftButton)
    assert caught.args[0] == "train"
    assert caught.args[1]["settings"]["n_layer"] == 3


def test_a_fine_tuning_opens_and_copies_to_its_own_tab(page: RunsPage, qtbot: QtBot) -> None:
    folder = tuned.make_run(page.session.workspace)
    page.session.changed("run")
    qtbot.waitUntil(lambda: any(row.id == folder.name for row in page.rows))
    page.table.select_where(lambda row: row.id == folder.name)
    assert page.copy.text() == "Copy settings to Fine-tune"
    with qtbot.waitSignal(page.session.go_requested) as caught:
        page.table.opened.emit(page.table.current_row())
    assert caught.args == ["finetune", {"run": folder.name}]
    with qtbot.waitSignal(page.session.go_requested) as caught:
        qtbot.mouseClick(page.copy, Qt.MouseButton.LeftButton)
    assert caught.args[0] == "finetune"
    assert caught.args[1]["settings"]["lora_rank"] == 8


def test_the_table_is_exported(page: RunsPage, tmp_path: Path) -> None:
    dialogs_of(page).saved = tmp_path / "runs.csv"
    page.export_csv()
    lines = (tmp_path / "runs.csv").read_text("utf-8").splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("run,name,status,best_val_loss")


def test_a_live_run_moves_without_reading_the_others_again(page: RunsPage, qtbot: QtBot, ws: Workspace) -> None:
    folder = made.make_run(ws, made.training(100), name="live")
    jobs = page.session.jobs
    assert isinstance(jobs, FakeJobs)
    jobs.follow(folder)
    jobs.changed.emit()
    qtbot.waitUntil(lambda: "live" in titles(page))
    made.write(folder, [Metrics(150, {"loss": 1.0}, **made.stamp(20))])
    jobs.events.emit(folder.name, [])
    qtbot.waitUntil(lambda: page.table.rows_model.rows[at(page, "live")].steps == 150)


def test_without_runs_the_way_to_train_is_shown(desk: Session, qtbot: QtBot, ws: Workspace) -> None:
    for folder in ws.runs.iterdir():
        folder.rename(ws.trash / folder.name)
    page = RunsPage(desk)
    qtbot.addWidget(page)
    page.shown()
    qtbot.waitUntil(lambda: not page._reading)
    assert page.stack.currentWidget() is page.empty
    with qtbot.waitSignal(desk.go_requested) as caught:
        page.empty.button.click()
    assert caught.args[0] == "train"


def test_small_windows_show_one_part_at_a_time(page: RunsPage) -> None:
    page.fit("S")
    assert page.table_card.isVisible()
    assert not page.overlay.isVisible()
    page.parts.set_current("curves")
    assert page.overlay.isVisible()
    assert not page.table_card.isVisible()
    page.fit("L")
    assert page.overlay.isVisible()
    assert page.table_card.isVisible()


def test_what_has_not_changed_is_not_read_again(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(ws)
    assert [len(rows) for rows in shelf.portions()] == [3]
    read: list[Path] = []
    monkeypatch.setattr("llmstudio.gui.tabs.runs.shelf.RunReader", read.append)
    assert len(next(shelf.portions())) == 3
    assert read == []


def test_the_log_of_a_live_run_is_read_on_and_its_labels_are_seen(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made.make_run(ws, made.training(100), name="live")
    lock = FileLock(folder / run.LOCK)
    assert lock.acquire()
    shelf = Shelf(ws)
    next(shelf.portions())
    parsed: list[object] = []
    parse = events.parse
    monkeypatch.setattr(events, "parse", lambda record: (parsed.append(record), parse(record))[1])
    made.write(folder, [Metrics(150, {"loss": 1.0}, **made.stamp(20))])
    assert next(row.steps for row in next(shelf.portions()) if row.id == folder.name) == 150
    assert len(parsed) == 1
    run.rename(folder, "Another name")
    assert next(row.title for row in next(shelf.portions()) if row.id == folder.name) == "Another name"
    lock.release()
    assert next(row.status for row in next(shelf.portions()) if row.id == folder.name) == "lost"


def test_other_kinds_of_jobs_are_not_trainings(ws: Workspace) -> None:
    folder = made.make_run(ws, [Status("starting")], name="probe")
    text = (folder / "job.json").read_text()
    (folder / "job.json").write_text(text.replace('"pretrain"', '"probe"'))
    assert len(list(Shelf(ws).portions())[-1]) == 3


def test_ten_thousand_rows_paint_only_what_is_in_view(theme: Theme, qtbot: QtBot) -> None:
    table = RunsTable(theme)
    qtbot.addWidget(table)
    table.resize(1000, 400)
    points = tuple((float(n), 1 / (n + 1)) for n in range(40))
    table.set_rows([Row(str(n), f"Run {n}", "finished", points) for n in range(10_000)])
    with qtbot.waitExposed(table):
        table.show()
    painted: list[int] = []
    delegate = table._delegates[CURVE]
    draw = delegate.draw
    delegate.draw = lambda painter, box, row: (painted.append(1), draw(painter, box, row))[1]  # type: ignore[method-assign]
    table.verticalScrollBar().setValue(table.verticalScrollBar().maximum() // 2)
    table.grab()
    assert 5 <= len(painted) < 60


def test_the_three_dots_open_the_menu(page: RunsPage, qtbot: QtBot) -> None:
    caught: list[tuple[Row, QPoint]] = []
    page.table.menu_requested.disconnect()
    page.table.menu_requested.connect(lambda row, place: caught.append((row, place)))
    click(page, qtbot, "wider", MORE)
    click(page, qtbot, "wider", NAME)
    assert [row.title for row, _ in caught] == ["wider"]


def test_every_control_has_a_name(page: RunsPage) -> None:
    nameless = [
        (type(widget).__name__, type(widget.parent()).__name__)
        for widget in page.findChildren(QWidget)
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not widget.accessibleName()
    ]
    assert nameless == []
    assert page.findChild(QPushButton, "runs.copy_button") is not None


def test_a_run_opened_before_the_runs_were_read_is_selected_with_its_curve(desk: Session, qtbot: QtBot) -> None:
    page = RunsPage(desk)
    qtbot.addWidget(page)
    page.filter.setText("nothing like it")
    page.shown()
    wanted = next(state for state in run.list_runs(desk.workspace) if state.title == "small")
    page.open(run=wanted.id)
    qtbot.waitUntil(lambda: page.table.current_row() is not None and wanted.id in page._followers)
    assert page.table.current_row().id == wanted.id
    assert page.filter.text() == ""
    page.show()
    qtbot.waitUntil(lambda: f"{wanted.id}.train" in page.overlay.plot.canvas._lines)
