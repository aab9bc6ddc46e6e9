"""The memory of the last probe: kept, stale under another stamp, harmless when damaged."""

from pathlib import Path

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
