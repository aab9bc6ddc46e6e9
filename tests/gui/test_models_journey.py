"""In the window, with the real jobs: a model looked up on a hub, imported, and carried out again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from llmstudio.gui import app
from llmstudio.store import catalog, machine
from tests import hubserver
from tests.engine.convert import foreign
from tests.engine.convert.test_foldertokenizer import folder_with
from tests.hubserver import COMMIT, REPO, Hub

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(240)]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    folder = tmp_path / "theirs"
    foreign.model("llama3", vocab_size=320).save_pretrained(folder)
    folder_with(folder, ["<|endoftext|>", "<|im_end|>"], eos_token="<|im_end|>")
    with hubserver.serving(Hub({path.name: path.read_bytes() for path in folder.iterdir()})) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        monkeypatch.setenv("LLMSTUDIO_CONFIG", str(tmp_path / "config"))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        machine.save({"device": "cpu", "precision": "fp32", "device_name": "CPU"})  # no test of it at the start
        yield served


def test_from_a_name_on_the_hub_to_a_gguf_file(hub: Hub, qtbot: QtBot, tmp_path: Path) -> None:
    window = app.build(tmp_path / "ws")
    jobs = window.session.jobs
    window.show_tab("models")
    page: Any = window.page("models")
    page.import_model(REPO, look_up=True)
    sheet: Any = QApplication.activeModalWidget()
    qtbot.waitUntil(sheet.import_button.isEnabled, timeout=20_000)
    sheet.import_button.click()
    qtbot.waitUntil(page.work.cards[0].isVisible, timeout=20_000)
    qtbot.waitUntil(lambda: page.presenter.state.detail is not None, timeout=90_000)
    assert page.presenter.state.detail.lineage[0].note == f"from the hub, {COMMIT[:8]}"
    kept = catalog.find(window.session.workspace, "model", "small")
    assert kept.manifest["origin"]["revision"] == COMMIT
    page.export()
    sheet = QApplication.activeModalWidget()
    foreseen = sheet.presenter.state.chosen.bytes
    sheet.export_button.click()
    qtbot.waitUntil(lambda: not jobs.live(), timeout=90_000)
    (written,) = (tmp_path / "ws" / "exports").glob("*.gguf")
    assert written.read_bytes()[:4] == b"GGUF"
    assert abs(written.stat().st_size - foreseen) < 0.25 * foreseen
    assert json.loads((kept.path / "model.json").read_text())["title"] == "small"
    window.close_for_good()
