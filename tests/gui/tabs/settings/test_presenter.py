"""What the Settings tab knows."""

from pathlib import Path

import pytest

import llmstudio
from llmstudio.gui.tabs.settings import presenter
from llmstudio.gui.tabs.settings.presenter import Fact


def test_a_search_finds_sections_by_title_and_by_what_is_in_them() -> None:
    assert presenter.matching("") == ["appearance", "machine", "folders", "network", "notices", "keys", "about"]
    assert presenter.matching("DARK") == ["appearance"]
    assert presenter.matching("bf16") == ["machine"]
    assert presenter.matching("nothing like it") == []


def test_the_machine_is_told_with_and_without_a_test() -> None:
    untested = {fact.label: fact for fact in presenter.machine_facts(None)}
    assert untested["Precision"].value == "Not tested yet"
    assert untested["Processor"].value.endswith(("core", "cores"))
    probe = {"device": "cpu", "precision": "bf16", "bf16_gain": 3.94, "flops": 4.2e11, "threads": 2}
    tested = {fact.label: fact for fact in presenter.machine_facts(probe)}
    assert tested["Precision"] == Fact("Precision", "bf16", "bf16 runs at 3.9 times the speed of fp32")
    assert tested["Training speed"].value == "420 billion a second"
    assert tested["Threads"].value == "2"


def test_folders_are_named_and_can_be_opened(tmp_path: Path) -> None:
    rows = presenter.folder_facts(tmp_path, tmp_path / "settings.json", tmp_path / "studio.log")
    assert [fact.label for fact, _ in rows] == ["Workspace", "Settings", "Log"]
    assert all(folder == tmp_path for _, folder in rows)
    assert "free on this disk" in rows[0][0].note


def test_the_packaged_application_shows_the_licences_of_what_it_carries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys._MEIPASS", str(tmp_path), raising=False)
    notices = tmp_path / "resources" / "licences"
    notices.mkdir(parents=True)
    fact, folder = presenter.folder_facts(tmp_path, tmp_path / "settings.json", tmp_path / "studio.log")[-1]
    assert (fact.label, folder) == ("Licences", notices)
    assert "LGPL" in fact.note


def test_versions_and_licences_are_those_installed() -> None:
    assert presenter.about_facts()[0] == Fact("LLM Studio", llmstudio.__version__, "MIT licence")
    found = {fact.label: fact for fact in presenter.library_facts()}
    assert found["Qt for Python"].note == "LGPL-3.0"
    assert len(found) >= 15
    assert "PyTorch: " in presenter.as_text(list(found.values()))
