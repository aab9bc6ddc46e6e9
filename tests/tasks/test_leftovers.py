"""What a killed export left is removed; what might be anybody else's stays."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llmstudio.base.locks import FileLock
from llmstudio.tasks import leftovers

LEFT = ".staging-model-0a1b2c3d"
WRITER = """
import os, sys
from pathlib import Path
from llmstudio.base import files
with files.staged_folder(Path(sys.argv[1])) as staging:
    (staging / "model.safetensors").write_bytes(b"half")
    (staging / ".config.json.0a1b2c3d.tmp").write_bytes(b"{")
    print("writing", flush=True)
    sys.stdin.read()
"""


def leave(folder: Path, *names: str, lock: bool = True) -> Path:
    """What a killed writer leaves."""
    left = folder / LEFT
    left.mkdir()
    for name in names:
        (left / name).write_bytes(b"x")
    if lock:
        left.with_name(f"{LEFT}.lock").touch()
    return left


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_an_export_that_was_killed_is_cleared_and_one_at_work_is_not(tmp_path: Path) -> None:
    target = tmp_path / "model"
    command = [sys.executable, "-c", WRITER, str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        assert leftovers.clear(tmp_path / "another") == []  # it is at work
        assert len(list(tmp_path.iterdir())) == 2
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    removed = leftovers.clear(tmp_path / "another")
    assert [path.name.startswith(".staging-model-") for path in removed] == [True]
    assert list(tmp_path.iterdir()) == []


def test_one_that_was_killed_before_it_made_its_folder_leaves_a_lock(tmp_path: Path) -> None:
    (tmp_path / f"{LEFT}.lock").touch()
    leftovers.clear(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda left: (left / "thesis.docx").write_bytes(b"x"),
        lambda left: (left / "config.json").mkdir(),
        lambda left: (left / "config.json").symlink_to(left.parent),
        lambda left: left.with_name(f"{LEFT}.lock").unlink(),
        lambda left: left.with_name(f"{LEFT}.lock").write_text("mine"),
        lambda left: left.rename(left.with_name(".staging-model")),
    ],
)
def test_what_might_be_anybodys_stays(tmp_path: Path, spoil: object) -> None:
    left = leave(tmp_path, "model.safetensors")
    spoil(left)  # type: ignore[operator]
    before = sorted(path for path in tmp_path.rglob("*") if path.suffix != ".lock")
    leftovers.clear(tmp_path / "model")
    assert sorted(path for path in tmp_path.rglob("*") if path.suffix != ".lock") == before


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "config.json").write_text("{}")
    place = tmp_path / "place"
    place.mkdir()
    (place / LEFT).symlink_to(elsewhere)
    (place / f"{LEFT}.lock").touch()
    leftovers.clear(place / "model")
    assert (elsewhere / "config.json").exists()
    assert (place / LEFT).is_symlink()


def test_a_lock_that_is_held_protects(tmp_path: Path) -> None:
    left = leave(tmp_path, "config.json")
    with FileLock(left.with_name(f"{LEFT}.lock")):
        assert leftovers.clear(tmp_path / "model") == []
    assert left.exists()


def test_half_a_file_goes_after_an_hour_if_it_was_to_become_this_one(tmp_path: Path) -> None:
    names = (".m.gguf.0a1b2c3d.tmp", ".m.gguf.1a1b2c3d.tmp", ".m.gguf.2a1b2c3d.tmp", ".other.gguf.0a1b2c3d.tmp")
    old, new, foreign, other = (tmp_path / name for name in names)
    for path in (old, new, other):
        path.write_bytes(b"GGUF and more")
    foreign.write_bytes(b"a letter")
    for path in (old, foreign, other):
        os.utime(path, (time.time() - 4000,) * 2)
    assert leftovers.clear(tmp_path / "m.gguf") == [old]
    assert sorted(tmp_path.iterdir()) == sorted([new, foreign, other])


def test_a_place_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    assert leftovers.clear(tmp_path / "nowhere" / "model") == []
