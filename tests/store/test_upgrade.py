"""Workspaces of an earlier format: a backup, the steps, and all as it was where a step fails."""

import json
import zipfile
from pathlib import Path

import pytest

from llmstudio.base import files, jsonl
from llmstudio.base.errors import UserError
from llmstudio.base.locks import FileLock
from llmstudio.store import events, run, summary, upgrade
from llmstudio.store.upgrade import Step
from llmstudio.store.workspace import LOCK, VERSION, Workspace

STAMP = {"version": 1, "id": "0123456789abcdef", "created": "2026-01-02T03:04:05+00:00"}


def old(root: Path) -> Path:
    """A workspace of format 1 with a finished run and one whose log a crash has torn."""
    Workspace.open(root)
    files.write_json(root / "workspace.json", STAMP)
    for name in ("done", "torn"):
        folder = root / "runs" / name
        folder.mkdir()
        files.write_json(folder / "job.json", {"id": name, "kind": "pretrain", "title": name.title(), "config": {}})
        for event in (events.Status("queued", attempt=1), events.Metrics(3, {"loss": 2.5}), events.Status("finished")):
            jsonl.append(folder / "events.jsonl", events.to_record(event))
    with (root / "runs" / "torn" / "events.jsonl").open("ab") as log:
        log.write(b'{"kind": "met')
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in upgrade.changeable(root)}


@pytest.mark.parametrize("window", [True, False])
def test_an_earlier_workspace_is_upgraded_when_it_is_opened_after_a_backup(tmp_path: Path, window: bool) -> None:
    root = old(tmp_path / "ws")
    before = contents(root)
    ws = Workspace.open(root, window=window)
    stamp = files.read_json(root / "workspace.json")
    assert (stamp["version"], stamp["id"], stamp["created"]) == (VERSION, STAMP["id"], STAMP["created"])
    assert [(done["from"], done["to"]) for done in stamp["upgrades"]] == [(1, VERSION)]
    assert ws.backup is not None
    with zipfile.ZipFile(ws.backup) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == before
    done = root / "runs" / "done"
    assert summary.load(done, done / "events.jsonl") is not None
    assert run.load(done, quick=True).latest == {"loss": 2.5}
    assert not (root / "runs" / "torn" / "summary.json").exists()
    ws.close()
    again = Workspace.open(root, window=True)
    assert again.backup is None
    assert len(list((root / "backups").iterdir())) == 1
    again.close()


def test_a_new_workspace_needs_nothing(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path)
    assert (ws.backup, upgrade.needed(tmp_path)) == (None, 0)
    assert not (tmp_path / "backups").exists()


def test_there_is_a_step_from_every_format_to_the_present_one() -> None:
    assert list(upgrade.STEPS) == list(range(1, VERSION))


def test_a_step_that_fails_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = old(tmp_path)
    before = contents(root)

    def half(place: Path) -> None:
        files.write_json(place / "runs" / "done" / "job.json", {"half": True})
        files.write_json(place / "runs" / "done" / "new.json", {})
        (place / "runs" / "torn" / "job.json").unlink()
        raise ValueError("inner secret")

    monkeypatch.setitem(upgrade.STEPS, 1, Step("Break", half))
    with pytest.raises(UserError, match="is as it was") as caught:
        Workspace.open(root, window=True)
    assert "backups/format-1-" in caught.value.hint
    assert "inner secret" not in str(caught.value)
    assert contents(root) == before
    monkeypatch.undo()
    assert Workspace.open(root).backup is not None


def test_the_steps_run_in_order_and_the_stamp_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, told = old(tmp_path), []

    def note(number: int) -> Step:
        return Step(str(number), lambda place: told.append((number, upgrade.stamp_of(place)["version"])))

    monkeypatch.setattr(upgrade, "VERSION", 4)
    monkeypatch.setattr(upgrade, "STEPS", {number: note(number) for number in (1, 2, 3)})
    upgrade.run_steps(root)
    assert told == [(1, 1), (2, 1), (3, 1)]
    assert upgrade.stamp_of(root)["version"] == 4


def test_it_waits_for_the_window_that_has_it_open(tmp_path: Path) -> None:
    root = old(tmp_path)
    lock = FileLock(root / LOCK)
    assert lock.acquire()
    with pytest.raises(UserError, match="a window has it open"):
        Workspace.open(root)
    assert Workspace.open(root, window=True).read_only
    assert upgrade.needed(root) == 1
    lock.release()
    assert Workspace.open(root).backup is not None
    assert lock.acquire()
    lock.release()


def test_without_a_backup_nothing_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = old(tmp_path)
    before = contents(root)
    (root / "backups").write_text("in the way")
    with pytest.raises(UserError, match="in the way"):
        Workspace.open(root)
    assert contents(root) == before


def test_a_backup_cannot_lead_out_of_the_workspace(tmp_path: Path) -> None:
    root = old(tmp_path / "ws")
    evil = tmp_path / "evil.zip"
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("../out.json", "{}")
    with pytest.raises(UserError, match="not allowed"):
        upgrade.restore(root, evil)
    assert not (tmp_path / "out.json").exists()
    assert json.loads((root / "workspace.json").read_bytes()) == STAMP
