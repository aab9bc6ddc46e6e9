"""The Data tab as a person meets it: empty, importing, failing, browsing, cleaning, deleting."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.data.page import DataPage
from llmstudio.store import catalog
from llmstudio.store.workspace import Workspace
from tests.gui.tabs.data_fixtures import STORIES, keep_dataset, run_inline, settle
from tests.gui.tabs.finetune_fixtures import labelled_dataset


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> Iterator[DataPage]:
    run_inline(session)
    made = DataPage(session)
    qtbot.addWidget(made)
    made.resize(1080, 700)
    made.fit("L")
    with qtbot.waitExposed(made):
        made.show()
    made.shown()
    settle(qtbot, session)
    yield made
    settle(qtbot, session)


@pytest.fixture
def filled(page: DataPage, qtbot: QtBot, tmp_path: Path) -> DataPage:
    keep_dataset(page.session.workspace, tmp_path)
    page.session.changed("dataset")
    settle(qtbot, page.session)
    page.show_dataset("small-stories")
    settle(qtbot, page.session)
    return page


def wait_ready(page: DataPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(page.importing.panel.import_button.isEnabled, timeout=10_000)


def test_an_empty_tab_says_what_to_do(page: DataPage) -> None:
    panel = page.importing.panel
    assert panel.hero.isVisible()
    assert panel.hero.title.text() == "No text yet"
    assert panel.hero.button.text() == "Import files"
    assert not panel.import_button.isEnabled()
    for name in ("data.path", "data.name", "data.import_button"):
        found = page.findChild(QWidget, name)
        assert found is not None
        assert found.isVisible(), name


def test_a_typed_path_is_imported_and_shown(page: DataPage, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "tales.txt").write_text("\n".join(STORIES), encoding="utf-8")
    path, name = page.findChild(QLineEdit, "data.path"), page.findChild(QLineEdit, "data.name")
    QTest.keyClicks(path, str(tmp_path / "tales.txt"))
    QTest.keyClicks(name, "Tales")
    wait_ready(page, qtbot)
    QTest.mouseClick(page.findChild(QAbstractButton, "data.import_button"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.browse, timeout=20_000)
    settle(qtbot, page.session)
    assert page.picker.words() == "Tales"
    assert page.parts.overview.tiles["documents"].figure.text() == "1"
    assert "Mira found the lantern" in page.parts.overview.documents.text.toPlainText()
    assert page.parts.overview.split.how.full_text == "by position"
    assert [button.text() for button in page.header().buttons] == ["Import", "Use for a tokenizer"]


def test_dropped_files_are_looked_at_with_their_first_documents(page: DataPage, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("label,text\nham,<b>Come</b> at five\nspam,win\n", encoding="utf-8")
    page.open(paths=[str(tmp_path / "a.csv")])
    wait_ready(page, qtbot)
    panel = page.importing.panel
    assert not panel.hero.isVisible()
    names = [child.accessibleName() for child in panel.first.findChildren(QWidget)]
    assert "<b>Come</b> at five" in names
    assert panel.form.rows["text_column"].isVisible()
    assert not panel.form.rows["documents"].isVisible()


def test_pasted_text_is_imported(page: DataPage, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("Odo rowed out and the bell rang twice.")
    QTest.keyClick(page, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    wait_ready(page, qtbot)
    page.primary()
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.browse, timeout=20_000)
    settle(qtbot, page.session)
    assert page.documents.state.text == "Odo rowed out and the bell rang twice."


def test_pasted_files_are_taken_as_files(page: DataPage, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Odo rowed.", encoding="utf-8")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.txt"))])
    QGuiApplication.clipboard().setMimeData(data)
    page.paste()
    assert page.importing.presenter.state.path == str(tmp_path / "a.txt")
    settle(qtbot, page.session)


def test_a_faulty_row_found_on_the_way_is_mended_from_its_card(page: DataPage, qtbot: QtBot, tmp_path: Path) -> None:
    rows = [f"ham,message {number}" for number in range(400)]
    rows[350] = "ham,too,many"
    (tmp_path / "late.csv").write_text("\n".join(["label,text", *rows]), encoding="utf-8")
    page.open(paths=[str(tmp_path / "late.csv")])
    wait_ready(page, qtbot)
    page.primary()
    trouble = page.importing.panel.trouble
    qtbot.waitUntil(trouble.isVisible, timeout=20_000)
    assert "row 352" in trouble.title.text()
    remedy = next(b for b in trouble.findChildren(QAbstractButton) if b.text().startswith("Leave out"))
    settle(qtbot, page.session)
    qtbot.waitUntil(lambda: not page.importing.presenter.state.busy)
    QTest.mouseClick(remedy, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.browse, timeout=20_000)
    settle(qtbot, page.session)
    kept = catalog.find(page.session.workspace, "dataset", "late")
    assert kept.manifest["documents"] == 399
    page.tabs.set_current("sources")
    assert page.parts.sources.fault_card.isVisibleTo(page.parts.sources)
    assert page.parts.sources.faults.rows_model.rowCount() == 1


def test_other_encodings_are_offered_as_buttons(page: DataPage, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes("Привет мир".encode("cp1251"))
    page.open(paths=[str(tmp_path / "notes.txt")])
    wait_ready(page, qtbot)
    offer = page.importing.panel.first.offer

    def shown() -> list[QAbstractButton]:
        return [button for button in offer.findChildren(QAbstractButton) if button.isVisible()]

    qtbot.waitUntil(lambda: 1 <= len(shown()) <= 3)
    buttons = shown()
    QTest.mouseClick(buttons[-1], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.importing.presenter.state.files[:1] != [] and not page.importing.presenter.state.busy)
    assert page.importing.presenter.state.files[0].confidence == "chosen"


def test_the_text_is_read_searched_and_never_taken_for_markup(filled: DataPage, qtbot: QtBot) -> None:
    card = filled.parts.overview.documents
    assert card.list.count() == 50
    card.list.setCurrentRow(3)
    settle(qtbot, filled.session)
    assert filled.documents.state.row == filled.documents.state.rows[3]
    QTest.keyClicks(card.search, "kite")
    qtbot.waitUntil(lambda: filled.documents.state.total == 12)
    settle(qtbot, filled.session)
    assert card.text.extraSelections()
    assert filled.parts.documents.documents.pages.text() == "1 to 12 of 12"
    QTest.keyClick(card.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: filled.documents.state.total == 60)
    settle(qtbot, filled.session)


def test_cleaning_makes_a_dataset_that_undo_puts_into_the_trash(filled: DataPage, qtbot: QtBot) -> None:
    filled.tabs.set_current("cleaning")
    settle(qtbot, filled.session)
    step = filled.parts.cleaning.steps["lowercase"]
    step.row.editor.click()  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: step.count.text() == "60 of 60 would change")
    assert step.example.isVisible()
    QTest.mouseClick(filled.parts.cleaning.apply, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: filled.picker.words() == "Small stories, cleaned", timeout=20_000)
    settle(qtbot, filled.session)
    notice = next(n for n in filled.session.notices.history if n.action and n.action.title == "Undo")
    notice.action.run()  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: filled.picker.words() == "Small stories", timeout=10_000)
    settle(qtbot, filled.session)
    assert not catalog.exists(filled.session.workspace, "dataset", "Small stories, cleaned")


def test_another_split_makes_another_dataset(filled: DataPage, qtbot: QtBot) -> None:
    filled.tabs.set_current("split")
    assert filled.parts.split.table.rows_model.rowCount() == 3
    filled.parts.split.form.set_values({"split": "50,60,0"})
    assert not filled.parts.split.button.isEnabled()
    filled.parts.split.form.set_values({"split": "50,50,0"})
    QTest.mouseClick(filled.parts.split.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: filled.picker.words() == "Small stories, split anew", timeout=20_000)
    settle(qtbot, filled.session)


def test_a_deleted_dataset_comes_back_with_undo(filled: DataPage, qtbot: QtBot) -> None:
    QTest.mouseClick(filled.parts.sources.delete, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: filled.stack.currentWidget() is filled.importing.panel, timeout=10_000)
    settle(qtbot, filled.session)
    notice = next(n for n in filled.session.notices.history if n.action)
    notice.action.run()  # type: ignore[union-attr]
    settle(qtbot, filled.session)
    qtbot.waitUntil(lambda: filled.data.state.current is not None)
    settle(qtbot, filled.session)
    assert catalog.exists(filled.session.workspace, "dataset", "Small stories")


def test_a_dataset_is_renamed(filled: DataPage, qtbot: QtBot) -> None:
    filled.session.dialogs.text = "Tales"  # type: ignore[attr-defined]
    QTest.mouseClick(filled.parts.sources.rename, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: filled.picker.words() == "Tales", timeout=10_000)
    settle(qtbot, filled.session)


def test_use_for_a_tokenizer_goes_there_with_the_dataset(filled: DataPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(filled.session.go_requested) as told:
        QTest.mouseClick(filled.use_button, Qt.MouseButton.LeftButton)
    assert told.args == ["tokenizer", {"dataset": "small-stories", "train": True}]


def test_labelled_rows_lead_to_fine_tuning(filled: DataPage, qtbot: QtBot) -> None:
    assert filled.tune_button not in filled.header().buttons
    rows = [{"text": f"Tale {at} of the sea.", "mood": "sad" if at % 2 else "merry"} for at in range(12)]
    moods = labelled_dataset(filled.session.workspace, "Moods", rows, label="mood")
    filled.session.changed("dataset")
    qtbot.waitUntil(lambda: any(kept.id == moods for kept in filled.data.state.datasets))
    filled.open(dataset=moods)
    qtbot.waitUntil(lambda: filled.tune_button in filled.header().buttons)
    with qtbot.waitSignal(filled.session.go_requested) as went:
        filled.tune_button.click()
    assert went.args == ["finetune", {"dataset": moods}]


def test_narrow_windows_have_the_plots_on_their_own_page(filled: DataPage) -> None:
    for size in ("M", "S", "L", "X"):
        filled.fit(size)
        narrow = size in ("S", "M")
        assert filled.parts.plots.parentWidget() is not filled.parts.overview or not narrow
        assert filled.tabs.count() == (6 if narrow else 5)
        filled.tabs.set_current("statistics")
        assert not filled.grab().isNull()
    assert filled.parts.overview.isAncestorOf(filled.parts.plots)


def test_every_control_that_takes_the_focus_has_a_name(filled: DataPage) -> None:
    nameless = [
        widget
        for widget in filled.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.accessibleName()
        and not widget.isHidden()
        and _is_ours(widget)
    ]
    assert nameless == []


def _is_ours(widget: QWidget) -> bool:
    return not widget.objectName().startswith("qt_") and type(widget).__name__ != "QWidget"


def test_escape_leaves_the_import(filled: DataPage) -> None:
    filled.show_import()
    assert filled.header().buttons == ()
    assert filled.escape()
    assert filled.stack.currentWidget() is filled.browse
    assert not filled.escape()


def test_the_sample_stories_are_one_press_away(page: DataPage, qtbot: QtBot) -> None:
    QTest.mouseClick(page.importing.panel.hero.link, Qt.MouseButton.LeftButton)
    wait_ready(page, qtbot)
    config = page.importing.presenter.config()
    assert config is not None
    assert config.name == "Small stories"
    assert page.importing.presenter.state.seen is not None
    assert len(page.importing.presenter.state.seen.documents) == 10


def test_a_read_only_workspace_can_be_looked_at_only(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    keep_dataset(session.workspace, tmp_path)
    first, session.workspace = session.workspace, Workspace.open(session.workspace.root, window=True)
    assert session.read_only
    made = DataPage(session)
    qtbot.addWidget(made)
    made.show()
    made.shown()
    settle(qtbot, session)
    assert not made.import_button.isEnabled()
    assert made.commands()[0].enabled() == "This workspace is read-only"
    made.open(paths=["/a.txt"])
    assert made.stack.currentWidget() is made.browse
    for part, control in (("sources", made.parts.sources.delete), ("cleaning", made.parts.cleaning.apply)):
        made.tabs.set_current(part)
        settle(qtbot, session)
        assert not control.isVisible()
    session.workspace = first


def test_a_source_that_changed_is_told_and_can_be_imported_as_a_new_version(
    page: DataPage, qtbot: QtBot, tmp_path: Path
) -> None:
    kept = keep_dataset(page.session.workspace, tmp_path, "Versions", documents="line")
    (tmp_path / "stories.txt").write_text("Mira found nothing any more.\n" * 3, encoding="utf-8")
    page.session.changed("dataset")
    settle(qtbot, page.session)
    page.show_dataset(kept.id)
    page.tabs.set_current("sources")
    settle(qtbot, page.session)
    sources = page.parts.sources
    assert sources.origin.isVisibleTo(sources)
    assert sources.origin.text() == "stories.txt has changed since the import; this dataset is as it was."
    with qtbot.waitSignal(page.session.go_requested) as going:
        QTest.mouseClick(sources.again, Qt.MouseButton.LeftButton)
    assert going.args == ["data", {"paths": [str(tmp_path / "stories.txt")]}]
    page.open(paths=going.args[1]["paths"])
    assert page.importing.presenter.state.path == str(tmp_path / "stories.txt")
