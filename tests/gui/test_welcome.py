"""The first page."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.welcome import WelcomePage, describe_machine, describe_precision, describe_workspace
from llmstudio.store import machine
from tests.gui.tabs.desk import RememberingJobs, make_session


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WelcomePage:
    monkeypatch.setattr(machine, "default_path", lambda: tmp_path / "machine.json")
    session = make_session(tmp_path)
    session.theme.apply()
    made = WelcomePage(session)
    qtbot.addWidget(made)
    made.resize(1104, 772)
    made.show()
    return made


def test_the_keyboard_starts_at_the_one_button_and_tab_goes_through_the_cards(page: WelcomePage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: page.focusWidget() is page.build)
    order = []
    widget: Any = page.build
    for _ in range(40):
        widget = widget.nextInFocusChain()
        if widget in (page.own_text, page.open_model, page.open_workspace, page.machine.change):
            order.append(widget)
    assert order[:4] == [page.own_text, page.open_model, page.open_workspace, page.machine.change]


def test_the_one_button_starts_the_quick_start_and_walks_on(page: WelcomePage, qtbot: QtBot) -> None:
    jobs: RememberingJobs = page.session.jobs  # type: ignore[assignment]
    with qtbot.waitSignals([page.session.go_requested, page.session.banner_requested]):
        QTest.mouseClick(page.build, Qt.MouseButton.LeftButton)
    assert [kind for kind, _, _ in jobs.submitted] == ["probe", "quickstart"]


def test_the_cards_lead_to_their_tabs_and_to_another_workspace(page: WelcomePage, qtbot: QtBot, tmp_path: Path) -> None:
    for card, tab in ((page.own_text, "data"), (page.open_model, "models")):
        with qtbot.waitSignal(page.session.go_requested) as told:
            QTest.mouseClick(card, Qt.MouseButton.LeftButton)
        assert told.args[0] == tab
    dialogs: Any = page.session.dialogs
    dialogs.folder = tmp_path / "other"
    for widget in (page.open_workspace, page.machine.change):
        with qtbot.waitSignal(page.session.workspace_requested):
            QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def test_the_machine_line_fills_while_the_probe_runs(page: WelcomePage) -> None:
    jobs: RememberingJobs = page.session.jobs  # type: ignore[assignment]
    assert page.machine.precision.full_text == "A short test is running"
    machine.save({"device": "cpu", "precision": "bf16"})
    jobs.end("run-1", "finished")
    assert page.machine.precision.full_text == "bf16, chosen by a short test"
    page.hide()
    page.show()
    assert len(jobs.submitted) == 1


def test_a_test_beside_busy_programs_is_made_again_once(page: WelcomePage) -> None:
    jobs: RememberingJobs = page.session.jobs  # type: ignore[assignment]
    machine.save({"device": "cpu", "precision": "bf16", "busy": 0.8})
    jobs.end("run-1", "finished")
    for _ in range(2):
        page.hide()
        page.show()
    assert len(jobs.submitted) == 2


def test_small_windows_have_words_instead_of_pictures(page: WelcomePage) -> None:
    assert page.road.isVisible()
    page.resize(780, 480)
    assert not page.road.isVisible()
    assert page.road_words.isVisible()


def test_words_about_the_machine(tmp_path: Path) -> None:
    assert describe_machine({}).endswith("no graphics card")
    assert describe_machine({"device": "cuda", "device_name": "H200"}).endswith("H200")
    assert describe_precision({}, probing=False) == "Tested before the first training"
    assert str(tmp_path) in describe_workspace(tmp_path)
    assert describe_workspace(Path.home()).startswith("~/")


def test_the_manual_is_one_step_away(page: WelcomePage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.session.go_requested) as gone:
        QTest.mouseClick(page.manual, Qt.MouseButton.LeftButton)
    assert gone.args == ["manual", {}]
