"""Exporting a model by the sheet: what it takes, what it loses, where it goes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.config import export
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.models.exportsheet import ExportSheet
from tests.gui.tabs.desk import keep_model, make_session

LLAMA = {"preset": "llama", "family": "llama", "dtype": "bf16", "tokenizer": {"id": "x", "kind": "bpe"}}


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = make_session(tmp_path)
    made.theme.apply()
    yield made
    made.background.close()


def shown(qtbot: QtBot, session: Session, **facts: Any) -> Any:
    sheet = ExportSheet(session, keep_model(session, "Pell", **facts))
    qtbot.addWidget(sheet)
    sheet.show()
    return sheet


def test_it_foresees_size_and_loss_and_starts_the_job(qtbot: QtBot, session: Session) -> None:
    sheet = shown(qtbot, session, **LLAMA)
    assert sheet.presenter.state.type == "bf16"
    assert sheet.loss.text() == export.EXACT
    assert sheet.place.text().endswith("pell-bf16.gguf")
    before = sheet.figure.text()
    sheet.type.chosen.emit("q8_0")
    assert sheet.figure.text() != before
    assert "0.5 %" in sheet.loss.text()
    assert sheet.place.text().endswith("pell-q8_0.gguf")
    with qtbot.waitSignal(sheet.started):
        QTest.mouseClick(sheet.export_button, Qt.MouseButton.LeftButton)
    jobs: Any = session.jobs
    kind, config, title = jobs.submitted[0]
    assert (kind, title) == ("export_model", "Export Pell")
    assert (config.format, config.type, config.model, config.overwrite) == ("gguf", "q8_0", "pell", False)
    assert config.to == str(session.workspace.exports / "pell-q8_0.gguf")


def test_a_folder_has_its_own_types_and_place(qtbot: QtBot, session: Session) -> None:
    sheet = shown(qtbot, session, **LLAMA)
    sheet.type.chosen.emit("q4_0")
    sheet.format.set_current("hf")
    assert sheet.presenter.state.type == "bf16"
    assert [entry.key for entry in sheet.type.entries] == ["f32", "f16", "bf16"]
    assert sheet.place.text().endswith("pell-bf16")


def test_what_is_there_is_not_replaced_unasked(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    sheet = shown(qtbot, session, **LLAMA)
    (tmp_path / "mine.gguf").write_bytes(b"x")
    sheet.place.clear()
    QTest.keyClicks(sheet.place, str(tmp_path / "mine.gguf"))
    assert not sheet.export_button.isEnabled()
    assert sheet.again.isVisible()
    QTest.mouseClick(sheet.again, Qt.MouseButton.LeftButton)
    assert sheet.export_button.isEnabled()
    sheet.start()
    jobs: Any = session.jobs
    assert jobs.submitted[0][1].overwrite is True


def test_a_place_can_be_chosen(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    sheet = shown(qtbot, session, **LLAMA)
    dialogs: Any = session.dialogs
    dialogs.save_to = tmp_path / "out.gguf"
    QTest.mouseClick(sheet.choose, Qt.MouseButton.LeftButton)
    assert sheet.place.text() == str(tmp_path / "out.gguf")
    sheet.type.chosen.emit("f16")
    assert sheet.place.text() == str(tmp_path / "out.gguf")  # the person's own place stays
    sheet.format.set_current("hf")
    dialogs.folder = tmp_path
    QTest.mouseClick(sheet.choose, Qt.MouseButton.LeftButton)
    assert Path(sheet.place.text()).parent == tmp_path


def test_studio_small_says_why_it_stays_here(qtbot: QtBot, session: Session) -> None:
    sheet = shown(qtbot, session)
    assert not sheet.export_button.isEnabled()
    assert "studio-small models cannot be exported" in sheet.loss.text()
    assert sheet.readiness.checks[0].state == "wrong"
    assert not sheet.type.isEnabled()
