"""The Fine-tune tab with a real fine-tuning in a child process: moods told apart, paused, resumed, kept, tried."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from llmstudio.base.paths import resource
from llmstudio.config.dataset import ImportConfig
from llmstudio.config.option import Options
from llmstudio.config.train import PretrainConfig
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.finetune.page import FinetunePage
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.store import catalog

TINY: dict[str, Any] = {
    "name": "Tiny", "dataset": "Moods", "tokenizer": "bytes", "n_layer": 2, "n_head": 2, "n_embd": 32,
    "block_size": 128, "batch_size": 8, "max_steps": 30, "eval_every": 30, "sample_tokens": 0, "threads": 1,
    "precision": "fp32",
}  # fmt: skip
TUNED: dict[str, Any] = {
    "name": "Told apart", "max_steps": 120, "batch_size": 16, "eval_every": 20, "save_every": 20, "patience": 0,
    "learning_rate": 0.003, "precision": "fp32", "threads": 1,
}  # fmt: skip


def do(session: Session, kind: str, config: Options) -> None:
    """Run a job to its end, here."""
    folder = create_run(session.workspace, kind, config, title=kind)
    assert InlineRunner(session.workspace).run(folder) == "finished"


@pytest.mark.real
def test_moods_are_learned_by_mouse(session: Session, qtbot: QtBot) -> None:
    source = str(resource("samples/moods.csv.gz"))
    do(session, "import_dataset", ImportConfig(paths=(source,), name="Moods", text_column="text", label_column="mood"))
    do(session, "pretrain", PretrainConfig(**TINY))
    page = FinetunePage(session)
    qtbot.addWidget(page)
    page.resize(1104, 700)
    with qtbot.waitExposed(page):
        page.show()
    page.shown()
    page.setup_view.set_values(TUNED)
    qtbot.waitUntil(lambda: page.setup.can_start, timeout=30_000)
    assert page.setup.values["label_column"] == "mood"
    with qtbot.waitSignal(session.jobs.ended, timeout=90_000) as ended:
        qtbot.mouseClick(page.setup_view.start, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(page.view and page.view.report and page.view.report.step), timeout=80_000)
        qtbot.mouseClick(page.headers.pause, Qt.MouseButton.LeftButton)
    assert ended.args is not None
    assert ended.args[1] == "paused"
    watched_half_way(page)
    with qtbot.waitSignal(session.jobs.ended, timeout=90_000) as ended:
        qtbot.mouseClick(page.headers.resume, Qt.MouseButton.LeftButton)
    assert ended.args is not None
    assert ended.args[1] == "finished", page.model.state.error if page.model else ""
    kept_and_tried(page, session, qtbot)


def watched_half_way(page: FinetunePage) -> None:
    """What stands there after the first evaluations."""
    view = page.view
    assert view is not None
    assert view.report is not None
    assert set(view.report.labels) == {"angry", "happy", "proud", "sad", "sorry", "thankful"}
    assert sum(map(sum, view.report.confusion)) == view.report.rows_total == 256
    assert view.tiles["fourth"].label == "Bag of words"
    assert float(view.tiles["fourth"].figure) > 60
    assert page.run_view.rows.table.rows_model.rows


def kept_and_tried(page: FinetunePage, session: Session, qtbot: QtBot) -> None:
    """The model, its place in the lineage, and the way to the Playground."""
    kept = catalog.find(session.workspace, "model", "Told apart")
    assert kept.manifest["task"]["kind"] == "classify"
    assert kept.manifest["task"]["columns"]["label"] == "mood"
    assert page.run_view.kept.isVisibleTo(page)
    steps, _ = page.model.series.get("loss").arrays() if page.model else ([], [])
    assert steps[-1] == 120
    with qtbot.waitSignal(session.go_requested) as went:
        qtbot.mouseClick(page.headers.use, Qt.MouseButton.LeftButton)
    assert went.args == ["playground", {"model": kept.id}]
