"""The Evaluate tab: table, ticks, comparison, rows in full, a new evaluation, export; all by keyboard too."""

import csv
import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from llmstudio.base import files
from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.evaluate.newsheet import NewSheet
from llmstudio.gui.tabs.evaluate.page import EvaluatePage
from llmstudio.gui.tabs.evaluate.rowssheet import RowsSheet
from llmstudio.gui.tabs.evaluate.shelf import noun
from tests.gui.conftest import AnsweringDialogs
from tests.gui.tabs import evaluate_fixtures as fixtures
from tests.gui.tabs.jobs_fake import FakeJobs

TITLES = [model[0] for model in fixtures.MODELS]


def rest(page: EvaluatePage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not page.session.background.busy(), timeout=20_000)


@pytest.fixture
def page(session: Session, qtbot: QtBot) -> EvaluatePage:
    """The tab with the evaluation of the picture."""
    fixtures.moods(session.workspace)
    folder = session.workspace.datasets / "moods"
    files.make_folder(folder) if hasattr(files, "make_folder") else folder.mkdir(parents=True)
    facts = {"id": "moods", "title": "Story moods", "label_column": "Mood", "documents": 500}
    (folder / "dataset.json").write_text(json.dumps(facts), encoding="utf-8")
    session.jobs = FakeJobs(session.workspace)  # type: ignore[assignment]
    return shown(session, qtbot)


def shown(session: Session, qtbot: QtBot) -> EvaluatePage:
    made = EvaluatePage(session)
    qtbot.addWidget(made)
    made.resize(1104, 700)
    made.show()
    made.shown()
    rest(made, qtbot)
    return made


def sheets(page: EvaluatePage) -> list[object]:
    dialogs = page.session.dialogs
    assert isinstance(dialogs, AnsweringDialogs)
    return list(dialogs.sheets)


def test_an_empty_tab_says_what_it_is_for(session: Session, qtbot: QtBot) -> None:
    page = shown(session, qtbot)
    assert page.stack.currentWidget() is page.empty
    assert page.header().buttons == ()
    page.empty.action_requested.emit()
    assert isinstance(sheets(page)[0], NewSheet)
    assert not sheets(page)[0].start_button.isEnabled()  # type: ignore[attr-defined]


def test_the_table_shows_figures_and_the_best(page: EvaluatePage) -> None:
    model = page.table.rows_model
    assert page.picker.words() == "Story moods, test part"
    assert [row.title for row in model.rows] == TITLES
    heads = [model.headerData(at, Qt.Orientation.Horizontal).strip("\u00a0") for at in range(model.columnCount())]
    assert heads == ["", "Model", "Accuracy", "Macro-F1", "Calibration", "Seconds", "When"]
    assert model.index(0, 2).data().endswith(", best")
    assert "best" not in model.index(1, 2).data()
    assert model.index(0, 0).data() == "Compared"
    assert "Higher is better" in model.index(0, 2).data(Qt.ItemDataRole.ToolTipRole)
    assert not page.grab().isNull()


def test_the_two_best_are_compared_at_first(page: EvaluatePage) -> None:
    details = page.details
    assert details.bars.title.text() == "F1 by mood"
    assert [group.label for group in details.bars.bars.groups] == list(fixtures.MOODS)
    assert [curve.name for curve in details.curves.plot.picture.curves] == ["LoRA", "Small"]
    gained, lost = details.rows.rows("gained"), details.rows.rows("lost")
    assert gained
    assert lost
    assert details.rows.segments.tabText(0) == f"Gained {len(gained)}"
    assert details.rows.list.count() == len(gained)
    assert details.rows.link.text() == f"All {len(gained)} rows"


def test_space_ticks_and_enter_compares(page: EvaluatePage, qtbot: QtBot) -> None:
    page.table.selectRow(0)
    QTest.keyClick(page.table, Qt.Key.Key_Space)
    assert [row.slot for row in page.table.rows_model.rows] == [-1, 1, -1, -1, -1]
    assert page.details.rows.title.text() == f"Rows of {TITLES[1]}"
    assert page.details.rows.segments.tabText(0).startswith("Wrong ")
    page.table.selectRow(2)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    rest(page, qtbot)
    assert page.table.rows_model.rows[2].slot == 0
    assert page.details.bars.names.accessibleName() == "Legend: Harbour 135M, four examples, Story moods, small"


def test_not_more_than_four_are_compared(page: EvaluatePage) -> None:
    for row in page.table.rows_model.rows[2:]:
        page.tick(row.key)
    assert sum(row.ticked for row in page.table.rows_model.rows) == 4
    for row in page.table.rows_model.rows:
        if row.ticked:
            page.tick(row.key)
    assert page.details.rows.nothing.text() == "Tick models above to compare them."


def test_the_confusion_leads_to_its_rows(page: EvaluatePage, qtbot: QtBot) -> None:
    curves = page.details.curves
    assert [entry.key for entry in curves.kind.entries] == ["reliability", "confusion"]
    curves.kind.set_current("confusion")
    curves.kind.chosen.emit("confusion")
    assert curves.stack.currentIndex() == 1
    assert curves.matrix.matrix.total == 500
    true, predicted = curves.matrix.cell or (0, 0)
    QTest.keyClick(curves.matrix, Qt.Key.Key_Return)
    sheet = sheets(page)[-1]
    assert isinstance(sheet, RowsSheet)
    assert len(sheet.table.rows_model.rows) == curves.matrix.matrix.counts[true][predicted]
    other = curves.model.entries[1].key
    curves.model.set_current(other)
    curves.model.chosen.emit(other)
    assert curves.matrix.matrix.total == 500


def test_a_row_opens_in_full(page: EvaluatePage) -> None:
    rows = page.details.rows
    QTest.keyClick(rows.list, Qt.Key.Key_Down)
    QTest.keyClick(rows.list, Qt.Key.Key_Return)
    sheet = sheets(page)[-1]
    assert isinstance(sheet, RowsSheet)
    assert sheet.table.current_row() == rows.rows("gained")[1]
    assert sheet.text.toPlainText().startswith(rows.rows("gained")[1].text)
    rows.segments.set_current("lost")
    QTest.mouseClick(rows.link, Qt.MouseButton.LeftButton)
    assert sheets(page)[-1].windowTitle() == "Lost rows"  # type: ignore[attr-defined]


def test_measures_are_chosen_and_remembered(page: EvaluatePage, session: Session) -> None:
    page._choose_measures()
    (menu,) = page.findChildren(QMenu)
    texts = {action.text(): action for action in menu.actions()}
    assert texts["Accuracy"].isChecked()
    assert not texts["Log loss"].isChecked()
    texts["Log loss"].trigger()
    assert [measure.key for measure in page.table.measures][-2:] == ["log_loss", "seconds"]
    assert "log_loss" in session.settings.get("evaluate.measures.classify")
    menu.close()


def test_a_new_evaluation_is_started_and_followed(page: EvaluatePage, qtbot: QtBot) -> None:
    page.new_evaluation()
    sheet = sheets(page)[-1]
    assert isinstance(sheet, NewSheet)
    assert sheet.form.values()["dataset"] == "moods"
    assert not sheet.start_button.isEnabled()
    sheet.form.set_values({"task": "classify"})
    assert sheet.start_button.isEnabled()
    sheet.start()
    kind, config = page.session.jobs.calls[-1][1:]  # type: ignore[attr-defined]
    assert kind == "evaluate"
    assert isinstance(config, EvaluateConfig)
    assert (config.dataset, config.models, config.baseline) == ("moods", (), True)
    rest(page, qtbot)
    assert page._wanted_run


def test_a_refused_start_is_told(page: EvaluatePage) -> None:
    page.session.jobs.refuse = "The disk is full."  # type: ignore[attr-defined]
    page.new_evaluation()
    sheet = sheets(page)[-1]
    assert isinstance(sheet, NewSheet)
    sheet.form.set_values({"task": "classify"})
    sheet.start()
    assert sheet.isVisible()
    assert any("The disk is full." in f"{notice.text} {notice.note}" for notice in page.session.notices.history)


def test_other_tabs_open_it_with_a_model_or_a_run(page: EvaluatePage, qtbot: QtBot) -> None:
    run = fixtures.texts(page.session.workspace)
    page.open(run=run.name)
    rest(page, qtbot)
    assert page.picker.words() == "Small stories, test part"
    page.open(dataset="moods")
    rest(page, qtbot)
    sheet = sheets(page)[-1]
    assert isinstance(sheet, NewSheet)
    assert sheet.form.values()["dataset"] == "moods"


@pytest.mark.parametrize("ending", ["csv", "json", "md", "png"])
def test_the_table_is_exported(page: EvaluatePage, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"figures.{ending}"
    page.session.dialogs.saved = path  # type: ignore[attr-defined]
    page.export_table()
    data = path.read_bytes()
    if ending == "csv":
        rows = list(csv.reader(data.decode("utf-8-sig").splitlines()))
        assert rows[0][:3] == ["id", "title", "kind"]
        assert [row[1] for row in rows[1:3]] == TITLES[:2]
    elif ending == "json":
        assert [entry["title"] for entry in json.loads(data)["models"]][:2] == TITLES[:2]
    elif ending == "md":
        assert "| Story moods, LoRA |" in data.decode()
    else:
        assert data.startswith(b"\x89PNG")


def test_texts_answers_and_failures_are_shown(session: Session, qtbot: QtBot) -> None:
    fixtures.texts(session.workspace)
    fixtures.instructions(session.workspace)
    page = shown(session, qtbot)
    for table in page.found.tables:
        page.picker.set_current(table.key)
        page.render_all()
        rest(page, qtbot)
        rows = page.details.rows
        assert not page.details.curves.isVisible()
        if table.task == "instruct":
            assert rows.title.text() == "Answers"
            assert "Reference: A gull is a bird." in rows.list.item(0).text()
        else:
            assert "stride 128, context 256" in rows.nothing.text()
            assert "damaged" in page.table.rows_model.index(2, 1).data()
            page.tick(page.table.rows_model.rows[2].key)
            assert not page.table.rows_model.rows[2].ticked
    assert not page.grab().isNull()


@pytest.mark.parametrize("size", ["S", "M", "L", "X"])
def test_every_size_shows_table_and_comparison(page: EvaluatePage, size: str) -> None:
    page.fit(size)
    details = page.details
    if size == "S":
        assert not details.isVisible()
        page.parts.set_current("compare")
        details.parts.set_current("bars")
        assert not page.table_card.isVisible()
        assert [part.isVisible() for part in (details.bars, details.curves, details.rows)] == [True, False, False]
        details.parts.set_current("rows")
        assert details.rows.isVisible()
    else:
        assert page.table_card.isVisible()
        assert details.rows.isVisible() is (size != "M")
    assert not page.grab().isNull()


def test_a_workspace_of_another_window_is_only_looked_at(page: EvaluatePage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(page.session), "read_only", property(lambda _self: True))
    assert page.new not in page.header().buttons
    page.new_evaluation()
    assert sheets(page) == []


def test_what_changes_is_read_again(page: EvaluatePage, qtbot: QtBot) -> None:
    fixtures.texts(page.session.workspace)
    page.session.changed("run")
    rest(page, qtbot)
    assert len(page.found.tables) == 2
    assert page.picker.words() == "Story moods, test part"


def test_data_measured_in_two_ways_is_told_apart(page: EvaluatePage, qtbot: QtBot) -> None:
    report = {**fixtures.report_of_moods([]), "task": "continue", "measures": []}
    fixtures.make(page.session.workspace, report, {})
    page.session.changed("run")
    rest(page, qtbot)
    assert {entry.text for entry in page.picker.entries} == {
        "Story moods, test part, labels",
        "Story moods, test part, text",
    }


def test_without_gained_rows_that_is_said(session: Session, qtbot: QtBot) -> None:
    records = fixtures.judged(1, 0.9, 0.0, 40)
    entries = [{**fixtures.entry(at, records), "predictions": f"predictions-{at}.jsonl"} for at in (0, 1)]
    said = {f"predictions-{at}.jsonl": records for at in (0, 1)}
    fixtures.make(session.workspace, fixtures.report_of_moods(entries), said)
    page = shown(session, qtbot)
    assert page.details.rows.nothing.text() == "There is no row that only LoRA has right."
    page.details.rows.segments.set_current("lost")
    assert page.details.rows.nothing.text() == "There is no row that only Small has right."


def test_labels_are_called_by_their_column() -> None:
    assert noun("Mood") == "mood"
    assert noun("column 1") == "label"
    assert noun("label") == "label"
    assert noun("") == "label"
