"""The Train tab with a real training in a child process: start, pause, resume, keep."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.train.page import TrainPage
from llmstudio.store import catalog
from tests.data.corpus import make_dataset, small_text

TINY = {
    "name": "Tiny",
    "dataset": "tales",
    "n_layer": 1,
    "n_head": 2,
    "n_embd": 16,
    "block_size": 16,
    "batch_size": 4,
    "max_steps": 400,
    "eval_every": 50,
    "save_every": 50,
    "sample_tokens": 8,
    "threads": 1,
    "precision": "fp32",
}


@pytest.mark.real
def test_a_training_is_started_paused_resumed_and_kept_by_mouse(session: Session, qtbot: QtBot) -> None:
    make_dataset(session.workspace.datasets / "tales", [small_text()[:6000]], by="position", shares=(0.9, 0.1, 0))
    page = TrainPage(session)
    qtbot.addWidget(page)
    page.resize(1104, 700)
    with qtbot.waitExposed(page):
        page.show()
    page.setup_view.form.set_values(TINY)
    with qtbot.waitSignal(session.jobs.ended, timeout=60_000):
        qtbot.mouseClick(page.setup_view.start, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(page.view and page.view.samples), timeout=50_000)
        qtbot.mouseClick(page.headers.pause, Qt.MouseButton.LeftButton)
    assert page.run_view.summary.chip.text() == "Paused"
    paused_at = len(page.run_view.plot.picture.curves[0].x)
    assert 1 <= paused_at < 400
    with qtbot.waitSignal(session.jobs.ended, timeout=60_000) as caught:
        qtbot.mouseClick(page.headers.resume, Qt.MouseButton.LeftButton)
    assert caught.args is not None
    assert caught.args[1] == "finished"
    assert page.run_view.summary.chip.text() == "Finished"
    train, validation, counted = page.run_view.plot.picture.curves
    assert (len(train.x), train.x[-1]) == (400, 400)
    assert len(validation.x) >= 8
    assert len(set(counted.y)) == 1, "what counting reaches is one line"
    assert [mark.word for mark in page.run_view.plot.picture.marks] == ["resumed"]
    assert catalog.find(session.workspace, "model", "Tiny").manifest["lineage"]["dataset"]["id"] == "tales"
    with qtbot.waitSignal(session.go_requested) as went:
        qtbot.mouseClick(page.headers.write, Qt.MouseButton.LeftButton)
    assert went.args == ["playground", {"model": "tiny"}]
