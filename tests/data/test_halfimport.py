"""Notes of imports that are half done: believed only while they fit, and swept when nobody takes them up."""

import os
from pathlib import Path

import pytest

from llmstudio.base.errors import Interrupt
from llmstudio.base.locks import FileLock
from llmstudio.data import halfimport
from llmstudio.data.halfimport import NOTE, PREFIX, open_half

INPUTS = {"sources": ["a"], "options": {"x": 1}}


def half_done(folder: Path, end: Exception) -> None:
    """Begin an import, note how far it is, and end it so."""
    with open_half(folder, "set", folder / "staging") as half:
        assert half.take_up(INPUTS) is None
        (half.folder / "text-1").write_bytes(b"12345")
        half.keep({"documents": 3})
        raise end


def paused(folder: Path) -> Path:
    """A half import with a note and a file; its folder."""
    with pytest.raises(Interrupt):
        half_done(folder, Interrupt("pause"))
    return folder / f"{PREFIX}set"


def test_what_was_noted_is_told_to_the_next(tmp_path: Path) -> None:
    folder = paused(tmp_path)
    with open_half(tmp_path, "set", tmp_path / "staging") as half:
        assert half.take_up(INPUTS) == {"documents": 3}
        assert (half.folder / "text-1").read_bytes() == b"12345"
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_other_inputs_are_told_and_begin_with_nothing(tmp_path: Path) -> None:
    paused(tmp_path)
    with open_half(tmp_path, "set", tmp_path / "staging") as half:
        assert half.take_up({**INPUTS, "sources": ["b"]}) is None
        assert half.changed == ("sources",)
        assert list(half.folder.iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"[1]", b'{"inputs": 1}', b'{"sizes": {"text-1": 5}, "inputs": {}}'])
def test_a_damaged_note_is_not_believed(tmp_path: Path, damage: bytes) -> None:
    (paused(tmp_path) / NOTE).write_bytes(damage)
    with open_half(tmp_path, "set", tmp_path / "staging") as half:
        assert half.take_up(INPUTS) is None
        assert half.changed == ()


def test_a_file_that_lost_its_end_is_not_believed(tmp_path: Path) -> None:
    (paused(tmp_path) / "text-1").write_bytes(b"1234")
    with open_half(tmp_path, "set", tmp_path / "staging") as half:
        assert half.take_up(INPUTS) is None


def test_while_another_process_works_on_it_one_begins_anew(tmp_path: Path) -> None:
    folder = paused(tmp_path)
    lock = FileLock(tmp_path / f"{PREFIX}set.lock")
    assert lock.acquire()
    try:
        with open_half(tmp_path, "set", tmp_path / "staging") as half:
            assert half.folder == tmp_path / "staging"
            assert half.take_up(INPUTS) is None
    finally:
        lock.release()
    assert (folder / NOTE).is_file()
    assert not (tmp_path / "staging").exists()


@pytest.mark.parametrize("error", [ValueError("x"), Interrupt("cancel")])
def test_an_error_and_a_cancel_leave_nothing(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)):
        half_done(tmp_path, error)
    assert list(tmp_path.iterdir()) == []


def test_halves_without_a_note_and_old_ones_are_swept(tmp_path: Path) -> None:
    folder = paused(tmp_path)
    (tmp_path / f"{PREFIX}dead").mkdir()
    with open_half(tmp_path, "other", tmp_path / "staging"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    old = (folder / NOTE).stat().st_mtime - halfimport.KEPT_SECONDS - 5
    os.utime(folder / NOTE, (old, old))
    with open_half(tmp_path, "other", tmp_path / "staging"):
        pass
    assert list(tmp_path.iterdir()) == []
