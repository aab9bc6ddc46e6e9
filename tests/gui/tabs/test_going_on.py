"""A training found to go on, a moment after the window opened, is shown in the tab that is in front."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from tests.gui.tabs import run_fixtures as made
from tests.gui.tabs.test_train import jobs_of, open_page, session_on
from tests.gui.tabs.train_fixtures import workspace


def test_it_takes_the_place_of_a_form_nobody_asked_for(theme: Theme, tmp_path: Path, qtbot: QtBot) -> None:
    page = open_page(session_on(workspace(tmp_path), theme, tmp_path), qtbot)
    page.shown()
    assert page.stack.currentWidget() is page.setup_view
    jobs = jobs_of(page)
    jobs.follow(made.make_run(page.session.workspace, made.training(20)))
    jobs.changed.emit()
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.run_view)
    page.new_run()
    jobs.changed.emit()
    assert page.stack.currentWidget() is page.setup_view
    assert not page.session.background.busy()  # a form that was asked for stays
    page.session.background.close()
