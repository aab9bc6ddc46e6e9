"""Importing a model by the sheet: from this machine and from a hub on loopback."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file

from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.models.importsheet import ImportSheet
from llmstudio.gui.tabs.models.presenter_import import facts
from tests import hubserver
from tests.gui.tabs.desk import keep_model, make_session
from tests.hubserver import COMMIT, REPO, Hub

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    for name in ("HF_ENDPOINT", "HF_HUB_OFFLINE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    made = make_session(tmp_path)
    made.theme.apply()
    yield made
    made.background.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "small"
    path.mkdir()
    (path / "config.json").write_text(json.dumps({"model_type": "llama"}))
    (path / "tokenizer.json").write_text("{}")
    (path / "README.md").write_text("---\nlicense: mit\n---\n")
    save_file({"w": np.zeros((10, 7), np.float16)}, path / "model.safetensors")
    return path


def shown(qtbot: QtBot, session: Session, **words: Any) -> Any:
    sheet = ImportSheet(session, **words)
    qtbot.addWidget(sheet)
    sheet.show()
    return sheet


def words_of(sheet: Any) -> str:
    return "\n".join(check.text for check in sheet.readiness.checks)


def test_a_folder_is_looked_at_named_and_imported(qtbot: QtBot, session: Session, folder: Path) -> None:
    keep_model(session, "Small")
    sheet = shown(qtbot, session)
    assert not sheet.import_button.isEnabled()
    QTest.keyClicks(sheet.path, str(folder))
    qtbot.waitUntil(sheet.import_button.isEnabled)
    rows = dict(facts(sheet.presenter.state))
    assert (rows["Kind"], rows["Family"], rows["Licence"]) == ("Hugging Face folder", "Llama", "mit")
    assert sheet.name.placeholderText() == "small 2"
    with qtbot.waitSignal(sheet.started) as told:
        QTest.mouseClick(sheet.import_button, LEFT)
    jobs: Any = session.jobs
    kind, config, title = jobs.submitted[0]
    assert (kind, config.path, config.name, title) == ("import_model", str(folder), "small 2", "Import small 2")
    assert told.args == ["run-1"]
    assert not sheet.isVisible()


def test_a_taken_name_is_refused(qtbot: QtBot, session: Session, folder: Path) -> None:
    keep_model(session, "Small")
    sheet = shown(qtbot, session, path=str(folder))
    qtbot.waitUntil(sheet.import_button.isEnabled)
    QTest.keyClicks(sheet.name, "small")
    assert "already exists" in words_of(sheet)
    assert not sheet.import_button.isEnabled()
    QTest.keyClicks(sheet.name, " one")
    assert sheet.import_button.isEnabled()


def test_pickled_weights_wait_for_consent(qtbot: QtBot, session: Session, folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    sheet = shown(qtbot, session, path=str(folder))
    qtbot.waitUntil(sheet.trust.isVisible)
    assert not sheet.import_button.isEnabled()
    QTest.mouseClick(sheet.trust, LEFT)
    assert sheet.import_button.isEnabled()
    sheet.start()
    jobs: Any = session.jobs
    assert jobs.submitted[0][1].trust_pickle is True


def test_a_missing_tokenizer_is_said_before(qtbot: QtBot, session: Session, folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    sheet = shown(qtbot, session, path=str(folder))
    qtbot.waitUntil(lambda: "tokenizer.json is missing" in words_of(sheet))
    assert not sheet.import_button.isEnabled()
    (folder / "config.json").write_text(json.dumps({"model_type": "gpt2"}))
    other = shown(qtbot, session, path=str(folder))
    qtbot.waitUntil(other.import_button.isEnabled)
    assert "GPT-2's own vocabulary" in words_of(other)


def test_what_is_no_model_says_so(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    sheet = shown(qtbot, session, path=str(tmp_path / "notes.txt"))
    qtbot.waitUntil(lambda: "no model file" in words_of(sheet))
    sheet.path.clear()
    QTest.keyClicks(sheet.path, str(tmp_path / "gone"))
    qtbot.waitUntil(lambda: "There is nothing at" in words_of(sheet))


def test_a_model_of_the_hub_is_asked_for_only_when_told_to(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"config.json": b"{}", "model.safetensors": b"w" * 5000, "tokenizer.json": b"{}"}
    with hubserver.serving(Hub(files)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        sheet = shown(qtbot, session)
        QTest.keyClicks(sheet.path, REPO)
        qtbot.waitUntil(sheet.look_button.isVisible)
        assert not sheet.import_button.isEnabled()
        assert not hub.asked
        QTest.mouseClick(sheet.look_button, LEFT)
        qtbot.waitUntil(sheet.import_button.isEnabled)
        rows = dict(facts(sheet.presenter.state))
        assert rows["Comes"] == "5 KB in 3 files"
        assert rows["Version"] == COMMIT[:12]
        assert rows["Licence"] == "apache-2.0"
        sheet.start()
    jobs: Any = session.jobs
    assert jobs.submitted[0][1].path == f"{REPO}@{COMMIT}"
    assert jobs.submitted[0][1].name == "small"


def test_an_unknown_family_and_an_unreachable_hub_are_said(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"config.json": b"{}", "model.safetensors": b"w" * 5000}
    with hubserver.serving(Hub(files, facts={"config": {"model_type": "mamba"}})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        sheet = shown(qtbot, session, path=REPO, look_up=True)
        qtbot.waitUntil(lambda: "mamba are not known" in words_of(sheet))
        assert not sheet.import_button.isEnabled()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    other = shown(qtbot, session, path=REPO, look_up=True)
    qtbot.waitUntil(lambda: "cannot be reached" in words_of(other))


def test_offline_the_settings_are_named(qtbot: QtBot, session: Session) -> None:
    session.settings.set("network.offline", True)
    sheet = shown(qtbot, session, path=REPO)
    assert "stay offline" in words_of(sheet)
    assert not sheet.look_button.isEnabled()
    with qtbot.waitSignal(sheet.settings_requested):
        sheet.readiness.row_requested.emit("settings")


def test_a_refusal_of_the_job_is_told(qtbot: QtBot, session: Session, folder: Path) -> None:
    sheet = shown(qtbot, session, path=str(folder))
    qtbot.waitUntil(sheet.import_button.isEnabled)
    jobs: Any = session.jobs
    jobs.refusal = UserError("The disk is full.", "Free some.")
    sheet.start()
    assert sheet.isVisible()
    assert session.notices.history[0].tone == "danger"


def test_files_and_folders_can_be_chosen(qtbot: QtBot, session: Session, folder: Path) -> None:
    sheet = shown(qtbot, session)
    dialogs: Any = session.dialogs
    dialogs.folder = folder
    QTest.mouseClick(sheet.folder_button, LEFT)
    qtbot.waitUntil(sheet.import_button.isEnabled)
    dialogs.open_files = lambda *_args: [folder / "model.safetensors"]
    QTest.mouseClick(sheet.files_button, LEFT)
    assert sheet.path.text().endswith("model.safetensors")
    qtbot.waitUntil(sheet.import_button.isEnabled)
