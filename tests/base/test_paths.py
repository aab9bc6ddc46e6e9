"""Resources are found, and the workspace can be named by the environment."""

from pathlib import Path

import pytest

from llmstudio.base import paths
from llmstudio.base.errors import UserError


def test_a_bundled_resource_is_found() -> None:
    assert paths.resource("presets/gpt2.toml").is_file()


def test_a_missing_resource_says_what_to_do() -> None:
    with pytest.raises(UserError, match="Install LLM Studio again"):
        paths.resource("no/such/thing")


def test_the_frozen_application_has_its_own_resources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "only-here.txt").touch()
    monkeypatch.setattr("sys._MEIPASS", str(tmp_path), raising=False)
    assert paths.resource("only-here.txt").is_file()


def test_the_environment_names_the_workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LLMSTUDIO_WORKSPACE", str(tmp_path))
    assert paths.default_workspace() == tmp_path
    monkeypatch.delenv("LLMSTUDIO_WORKSPACE")
    assert paths.default_workspace() == Path.home() / "LLM Studio"


def test_personal_folders_are_named_after_the_application() -> None:
    for folder in (paths.user_config(), paths.user_cache(), paths.user_log()):
        assert "LLM Studio" in str(folder)
