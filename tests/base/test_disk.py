"""Renaming waits for programs that hold a file for a moment; other errors come at once."""

import errno
from pathlib import Path

import pytest

from llmstudio.base.disk import DISK, patiently


class Busy:
    """Fails `times` times as Windows does when another program has the file open."""

    def __init__(self, times: int, winerror: int) -> None:
        self.left = times
        self.winerror = winerror
        self.calls = 0

    def __call__(self) -> None:
        self.calls += 1
        if self.left:
            self.left -= 1
            error = PermissionError(errno.EACCES, "in use")
            error.winerror = self.winerror  # type: ignore[attr-defined,unused-ignore]
            raise error


@pytest.mark.parametrize("winerror", [5, 32, 33])
def test_a_busy_file_is_tried_again(winerror: int) -> None:
    action = Busy(3, winerror)
    patiently(action, waits=(0.0, 0.0, 0.0))
    assert action.calls == 4


@pytest.mark.parametrize(("times", "winerror", "calls"), [(9, 32, 4), (1, 2, 1)])
def test_at_last_or_for_other_reasons_the_error_comes_out(times: int, winerror: int, calls: int) -> None:
    action = Busy(times, winerror)
    with pytest.raises(PermissionError):
        patiently(action, waits=(0.0, 0.0, 0.0))
    assert action.calls == calls


def test_a_file_is_written_whole_and_replaced(tmp_path: Path) -> None:
    for content in (b"first", b"x" * 3_000_000):
        descriptor = DISK.create(tmp_path / "a")
        DISK.write(descriptor, content)
        DISK.fsync(descriptor)
        DISK.close(descriptor)
        DISK.rename(tmp_path / "a", tmp_path / "b")
        DISK.fsync_file(tmp_path / "b")
        DISK.fsync_folder(tmp_path)
        assert (tmp_path / "b").read_bytes() == content
    for addition in (b"1", b"2"):
        descriptor = DISK.append(tmp_path / "a")
        DISK.write(descriptor, addition)
        DISK.close(descriptor)
    assert (tmp_path / "a").read_bytes() == b"12"
    DISK.unlink(tmp_path / "a")
    DISK.mkdir(tmp_path / "c" / "d")
    DISK.remove_folder(tmp_path / "c")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
