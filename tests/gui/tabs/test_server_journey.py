"""The Server tab with a real child: a model is served, asked by another program, and let go."""

import json
import urllib.request
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.server.page import ServerPage
from tests.gui.tabs.server_fixtures import put_ring
from tests.tasks import small

PATIENCE_MS = 90_000


@pytest.mark.slow
def test_a_model_is_served_asked_and_let_go(session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    put_ring(monkeypatch)
    small.make_dataset(session.workspace.datasets / "tales", [small.small_text()[:6000]], by="position")
    small.train(session.workspace, small.new_run(session.workspace, max_steps=4, sample_tokens=0, block_size=64))
    page = ServerPage(session)
    qtbot.addWidget(page)
    page.resize(1104, 700)
    page.show()
    page.shown()
    page.setup.form.set_values({"port": 0, "threads": 1})
    page.start_button.click()
    qtbot.waitUntil(lambda: page.presenter.state.phase == "running", timeout=PATIENCE_MS)
    address, key = page.running.address.address.full_text, page.presenter.state.key
    body = json.dumps({"model": "tiny", "prompt": "Ada", "max_tokens": 5}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    with urllib.request.urlopen(urllib.request.Request(f"{address}/completions", body, headers)) as answer:
        assert json.load(answer)["usage"]["completion_tokens"] <= 5
    qtbot.waitUntil(lambda: bool(page.presenter.state.picture.points), timeout=PATIENCE_MS)
    assert page.running.requests.table.rows_model.rows[0].route == "/v1/completions"
    page.stop_button.click()
    qtbot.waitUntil(lambda: page.presenter.state.phase == "idle", timeout=PATIENCE_MS)
    assert page.presenter.state.failure is None
    assert not list(Path(session.workspace.runs).glob("*serve*")), "no history is left"
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{address}/models")
