"""Settings survive: later versions' keys, damage, places that cannot be written."""

import json
from pathlib import Path

import pytest

from llmstudio.base import files, paths
from llmstudio.base.errors import UserError
from llmstudio.store.settings import Settings, default_path


def test_what_is_set_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.json"
    settings = Settings(path)
    assert settings.get("theme", "auto") == "auto"
    settings.set("theme", "dark")
    settings.set("sizes", [1, 2])
    again = Settings(path)
    assert (again.get("theme"), again.get("sizes"), again.damaged) == ("dark", [1, 2], None)
    assert again.keys() == ("theme", "sizes")


def test_keys_of_a_later_version_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"from_the_future": {"a": 1}}')
    Settings(path).set("theme", "dark")
    assert json.loads(path.read_text()) == {"from_the_future": {"a": 1}, "theme": "dark"}


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00"])
def test_a_damaged_file_is_put_aside(tmp_path: Path, content: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content)
    settings = Settings(path)
    assert settings.get("theme") is None
    assert settings.damaged is not None
    assert settings.damaged.read_text() == content
    settings.set("theme", "dark")
    assert Settings(path).get("theme") == "dark"


def test_an_unchanged_value_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(tmp_path / "settings.json")
    settings.set("a", None)
    monkeypatch.setattr(files, "write_json", lambda *_: pytest.fail("written"))
    settings.set("a", None)


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="in the way"):
        Settings(tmp_path / "file" / "deep" / "settings.json").set("a", 1)


def test_settings_are_not_in_the_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMSTUDIO_CONFIG", str(tmp_path / "mine"))
    assert default_path() == tmp_path / "mine" / "settings.json"
    monkeypatch.delenv("LLMSTUDIO_CONFIG")
    assert default_path().parent == paths.user_config()


def test_a_window_has_its_settings_written_elsewhere_and_the_newest_win(tmp_path: Path) -> None:
    waiting = []
    settings = Settings(tmp_path / "settings.json")
    settings.later = waiting.append
    settings.set("a", 1)
    settings.set("a", 2)
    assert settings.get("a") == 2
    assert not settings.path.exists()
    for write in waiting:
        write()
    assert Settings(settings.path).get("a") == 2
    settings.set("b", 3)
    settings.flush()
    assert Settings(settings.path).get("b") == 3
