"""The Settings tab as a person uses it: everything applies at once."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListWidget, QPushButton
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.settings.page import SettingsPage
from llmstudio.store import machine
from tests.gui.tabs.desk import RememberingJobs, make_session


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SettingsPage:
    monkeypatch.setattr(machine, "default_path", lambda: tmp_path / "machine.json")
    session = make_session(tmp_path)
    session.theme.apply()
    made = SettingsPage(session)
    qtbot.addWidget(made)
    made.resize(1080, 700)
    made.fit("L")
    made.show()
    made.shown()
    return made


def test_a_theme_applies_at_once_and_can_be_undone(page: SettingsPage) -> None:
    editor: Any = page.form.rows["theme"].editor
    editor.open_list()
    entries = next(found for found in page.findChildren(QListWidget) if found.count() == 3)
    QTest.keyClick(entries, Qt.Key.Key_Down)
    QTest.keyClick(entries, Qt.Key.Key_Return)
    assert page.theme.mode == "dark"
    assert page.session.settings.get("appearance.theme") == "dark"
    action = page.session.notices.history[0].action
    assert action is not None
    action.run()
    assert page.theme.mode == "light"
    assert page.form.values()["theme"] == "light"


def test_the_switch_for_motion_is_a_click(page: SettingsPage) -> None:
    editor = page.form.rows["reduced_motion"].editor
    QTest.mouseClick(editor, Qt.MouseButton.LeftButton)
    assert page.theme.reduced_motion
    assert page.session.notices.history[0].text == "Reduced motion is changed"


def test_zoom_by_keys_is_taken_over_by_the_form(page: SettingsPage) -> None:
    page.theme.zoom_by(1)
    assert page.form.values()["zoom"] == "110"
    page.theme.set_zoom(1.0)
    assert page.form.values()["zoom"] == "100"


def test_search_leaves_sections_and_chooses_the_first(page: SettingsPage) -> None:
    assert page.search()
    QTest.keyClicks(page.search_field, "licence")
    assert [page.sections.item(row).text() for row in range(page.sections.count())] == ["About"]
    assert page.stack.currentIndex() == list(page._pages).index("about")
    QTest.keyClicks(page.search_field, "zzz")
    assert page.nothing.isVisible()


def test_testing_the_machine_again_runs_a_probe_and_shows_its_figures(page: SettingsPage, tmp_path: Path) -> None:
    jobs: RememberingJobs = page.session.jobs  # type: ignore[assignment]
    page.open(section="machine")
    QTest.mouseClick(page.test, Qt.MouseButton.LeftButton)
    assert jobs.submitted[0][0] == "probe"
    assert not page.test.isEnabled()
    assert "Testing" in page.told.full_text
    machine.save({"device": "cpu", "precision": "bf16", "bf16_gain": 4.0, "flops": 1e11, "threads": 2})
    jobs.end("run-1", "finished")
    assert page.test.isEnabled()
    assert page.told.full_text == "The last test chose these"


def test_a_failed_test_says_so(page: SettingsPage) -> None:
    jobs: RememberingJobs = page.session.jobs  # type: ignore[assignment]
    page.probe.begin()
    jobs.end("run-1", "failed")
    assert page.told.full_text == "The test stopped before it was done."


def test_another_workspace_is_asked_for(page: SettingsPage, qtbot: QtBot, tmp_path: Path) -> None:
    dialogs: Any = page.session.dialogs
    dialogs.folder = tmp_path / "other"
    with qtbot.waitSignal(page.session.workspace_requested) as told:
        QTest.mouseClick(page.other, Qt.MouseButton.LeftButton)
    assert told.args == [tmp_path / "other"]


def test_versions_can_be_copied(page: SettingsPage) -> None:
    page.show_section("about")
    copy = next(b for b in page.findChildren(QPushButton) if b.accessibleName() == "Copy")
    QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert "LLM Studio: " in QGuiApplication.clipboard().text()


def test_small_windows_have_a_picker_of_sections(page: SettingsPage) -> None:
    page.fit("S")
    assert page.picker.isVisible()
    assert not page.sections.isVisible()
    page.picker.chosen.emit("folders")
    assert page.stack.currentIndex() == 2
    assert not page.search()


def test_every_section_is_a_command(page: SettingsPage) -> None:
    ids = [command.id for command in page.commands()]
    assert ids == [
        "settings.appearance",
        "settings.machine",
        "settings.folders",
        "settings.network",
        "settings.notices",
        "settings.keys",
        "settings.about",
        "settings.test",
    ]
