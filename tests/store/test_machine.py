"""The memory of the last probe: kept, stale under another stamp, harmless when damaged."""

from pathlib import Path

import pytest

from llmstudio.store import machine


def test_a_probe_is_remembered_until_its_stamp_changes(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "machine.json"
    assert machine.load(path) is None
    machine.save({"rate": 2.5}, path, stamp="torch 1")
    found = machine.load(path, stamp="torch 1")
    assert found is not None
    assert found["rate"] == 2.5
    assert machine.load(path) == found
    assert machine.load(path, stamp="torch 2") is None


def test_damage_means_no_probe(tmp_path: Path) -> None:
    path = tmp_path / "machine.json"
    for content in ("", "[]"):
        path.write_text(content)
        assert machine.load(path) is None


def test_each_machine_has_its_own_file() -> None:
    assert machine.default_path().name.startswith("machine-")


def test_a_probe_of_other_hardware_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "default_path", lambda: tmp_path / "machine.json")
    machine.save({"precision": "fp32"})
    known = machine.load()
    assert known is not None
    assert known["precision"] == "fp32"
    assert "torch" in machine.stamp_here()
    monkeypatch.setattr(machine, "stamp_here", lambda: "torch 99, 512 cores")
    assert machine.load() is None
