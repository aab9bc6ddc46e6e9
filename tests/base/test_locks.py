"""Locks exclude one another, and the system frees those of the dead."""

import subprocess
import sys
from pathlib import Path

import pytest

from llmstudio.base.locks import FileLock, is_held

HOLD = (
    "import sys; from pathlib import Path; from llmstudio.base.locks import FileLock\n"
    "lock = FileLock(Path(sys.argv[1])); print(lock.acquire(), flush=True); sys.stdin.read()\n"
)


def holder(path: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )


def answer(process: "subprocess.Popen[bytes]") -> bool:
    assert process.stdout is not None
    return process.stdout.readline().strip() == b"True"


def end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.communicate()


def test_two_locks_exclude_each_other_even_in_one_process(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "l"), FileLock(tmp_path / "l")
    assert first.acquire()
    assert first.acquire()  # again by the same object is no change
    assert not second.acquire()
    assert first.held
    assert not second.held
    first.release()
    first.release()
    assert second.acquire(wait=1)
    second.release()


def test_asking_changes_nothing(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "l")
    assert not (tmp_path / "l").exists()
    with FileLock(tmp_path / "l"):
        assert is_held(tmp_path / "l")
    assert not is_held(tmp_path / "l")


def test_a_lock_held_elsewhere_is_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FileLock, "acquire", lambda self, wait=0.0: False)
    with pytest.raises(TimeoutError), FileLock(tmp_path / "l"):
        pass


@pytest.mark.faults
def test_of_many_starts_at_once_one_wins_and_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    starters = [holder(tmp_path / "l") for _ in range(8)]
    won = [process for process in starters if answer(process)]
    assert len(won) == 1
    assert is_held(tmp_path / "l")
    end(won[0])
    lock = FileLock(tmp_path / "l")
    assert lock.acquire(wait=1)
    lock.release()
    for process in starters:
        end(process)
