"""What became of the files a dataset was read from."""

import json
import os
from pathlib import Path

import pytest

from llmstudio.base import jsonl
from llmstudio.store import catalog, events, origins
from llmstudio.store.catalog import Kept
from llmstudio.store.workspace import Workspace
from tests.data.fake_context import import_into


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "ws")


def imported(ws: Workspace, *paths: Path) -> Kept:
    """A dataset of these files, and the run that made it."""
    context = import_into(ws, *paths, name="tales")
    folder = ws.runs / f"run-{len(list(ws.runs.iterdir()))}"
    folder.mkdir()
    job = {
        "id": folder.name,
        "kind": "import_dataset",
        "title": "t",
        "config": {"paths": [str(path) for path in paths]},
    }
    (folder / "job.json").write_text(json.dumps(job))
    for event in (events.Status("queued", attempt=1), events.Result({"id": context.results["id"]})):
        jsonl.append(folder / "events.jsonl", events.to_record(event))
    return catalog.find(ws, "dataset", context.results["id"])


def later(path: Path, text: str) -> None:
    """Written in a minute from now."""
    path.write_text(text)
    moment = path.stat().st_mtime + 60
    os.utime(path, (moment, moment))


def test_files_as_they_were_are_nothing_to_tell(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Once upon a time.")
    kept = imported(ws, tmp_path / "a.txt")
    found = origins.find(ws, kept)
    assert found == origins.Origin((str(tmp_path / "a.txt"),))
    assert (found.words, found.readable) == ("", True)
    later(tmp_path / "a.txt", "Once upon a time.")
    assert origins.find(ws, kept) == found


@pytest.mark.parametrize("text", ["Once upon a tide.", "Longer than it was before."])
def test_a_file_of_another_content_or_size_has_changed(ws: Workspace, tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text("Once upon a time.")
    kept = imported(ws, tmp_path / "a.txt")
    later(tmp_path / "a.txt", text)
    found = origins.find(ws, kept)
    assert found is not None
    assert found.words == "a.txt has changed since the import; this dataset is as it was."
    assert found.readable


def test_files_that_are_gone_cannot_be_read_again(ws: Workspace, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"Once upon a time in {name}.")
    kept = imported(ws, tmp_path / "a.txt", tmp_path / "b.txt")
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).unlink()
    found = origins.find(ws, kept)
    assert found is not None
    assert found.words == "a.txt, b.txt are no longer there; this dataset holds its own copy."
    assert not found.readable


def test_without_a_record_of_the_import_nothing_is_known(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Once upon a time.")
    context = import_into(ws, tmp_path / "a.txt", name="tales")
    assert origins.find(ws, catalog.find(ws, "dataset", context.results["id"])) is None
