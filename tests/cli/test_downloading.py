"""`llmstudio models download`, from a hub on loopback."""

from pathlib import Path

import pytest

from tests import hubserver
from tests.cli.conftest import Terminal
from tests.hubserver import COMMIT, REPO, Hub


def test_a_model_is_brought_into_a_folder(terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"config.json": b"{}", "model.safetensors": b"w" * 5000}
    monkeypatch.setenv("LLMSTUDIO_CONFIG", str(tmp_path / "config"))
    with hubserver.serving(Hub(files)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        said = terminal("models", "download", REPO, "--to", str(tmp_path / "here"))
        assert said.status == 0, said.err
        assert said.result["revision"] == COMMIT
        assert said.result["licence"] == "apache-2.0"
        assert (tmp_path / "here" / "model.safetensors").read_bytes() == files["model.safetensors"]
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        said = terminal("models", "download", REPO, "--to", str(tmp_path / "there"))
    assert said.status == 2
    assert "set to stay offline" in said.err
    assert not (tmp_path / "there").exists()


def test_what_is_no_name_is_refused(terminal: Terminal) -> None:
    said = terminal("models", "download", "nonsense")
    assert said.status == 2
    assert "not the name of a model" in said.err
