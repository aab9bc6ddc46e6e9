"""Crashes and errors at every moment of a durable write: the old or the new is found, and nothing else."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from llmstudio.base import files
from llmstudio.base.disk import Disk
from llmstudio.base.errors import UserError
from tests.base.content import NEW, OLD, found, put
from tests.base.crashfs import RecordingDisk, Tree, crash_states, materialise

Faulty = type[RecordingDisk]


def broken_states(tmp_path: Path, disk: RecordingDisk, old: bool) -> tuple[int, list[Tree]]:
    """Commit NEW over OLD or nothing, then recover from each crash: (how many, the bad ones)."""
    disk.root = tmp_path / "disk"
    disk.root.mkdir()
    if old:
        put(disk.root / "step", OLD)
    disk.begin()
    with files.staged_folder(disk.root / "step", replace=True, disk=disk) as staging:
        put(staging, {name: data for name, data in NEW.items() if name != "manifest.json"})
        files.write_bytes(staging / "manifest.json", NEW["manifest.json"], disk=disk)
    allowed = [NEW, OLD if old else None]
    seen: list[Tree] = []
    bad = []
    for state in crash_states(disk.history):
        if state in seen:
            continue
        seen.append(state)
        root = tmp_path / f"state-{len(seen)}"
        root.mkdir()
        materialise(state, root)
        files.sweep(root)
        leftovers = [path for path in root.iterdir() if path.name.startswith(".")]
        if found(root / "step") not in allowed or leftovers:
            bad.append(state)
        shutil.rmtree(root)
    return len(seen), bad


@pytest.mark.faults
@pytest.mark.parametrize("old", [False, True])
def test_every_crash_during_a_folder_commit_leaves_the_old_or_the_new(tmp_path: Path, old: bool) -> None:
    count, bad = broken_states(tmp_path, RecordingDisk(), old)
    assert count > 20
    assert bad == []


class NoFileSync(RecordingDisk):
    def fsync_file(self, path: Path) -> None:
        """Forgets the bytes of files that others wrote."""


class NoFolderSync(RecordingDisk):
    def fsync_folder(self, path: Path) -> None:
        """Forgets the names."""


class CopyInsteadOfRename(RecordingDisk):
    def rename(self, source: Path, target: Path) -> None:
        """Puts the files in place one by one."""
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            goal = target / path.relative_to(source) if source.is_dir() else target
            if path.is_file():
                goal.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, goal)
                self.fsync_file(goal)
        if source.is_dir():
            shutil.rmtree(source)
        else:
            source.unlink()
        self._note()


@pytest.mark.faults
@pytest.mark.parametrize("bug", [NoFileSync, NoFolderSync, CopyInsteadOfRename])
def test_the_crash_test_finds_planted_bugs(tmp_path: Path, bug: Faulty) -> None:
    assert broken_states(tmp_path, bug(), old=True)[1]


@pytest.mark.faults
@pytest.mark.parametrize("old", [None, b"before"])
def test_every_crash_during_a_file_write_leaves_the_old_or_the_new(tmp_path: Path, old: bytes | None) -> None:
    disk = RecordingDisk(root=tmp_path / "disk")
    disk.root.mkdir()
    if old is not None:
        (disk.root / "settings.json").write_bytes(old)
    disk.begin()
    files.write_bytes(disk.root / "settings.json", b"after, and longer", disk=disk)
    for state in crash_states(disk.history):
        assert state.get("settings.json") in (old, b"after, and longer")


class FailsAt(Disk):
    """Raises an error at the n-th operation, and counts operations."""

    def __init__(self, n: int, error: BaseException) -> None:
        self.left = n
        self.error = error

    def _tick(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.error

    def create(self, path: Path) -> int:
        self._tick()
        return super().create(path)

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        self._tick()
        super().write(descriptor, data)

    def fsync(self, descriptor: int) -> None:
        self._tick()
        super().fsync(descriptor)

    def fsync_folder(self, path: Path) -> None:
        self._tick()
        super().fsync_folder(path)

    def rename(self, source: Path, target: Path) -> None:
        self._tick()
        super().rename(source, target)

    def mkdir(self, path: Path) -> None:
        self._tick()
        super().mkdir(path)


@pytest.mark.faults
@pytest.mark.parametrize(
    "make",
    [
        lambda: OSError(errno.ENOSPC, "full"),
        lambda: OSError(errno.EACCES, "no"),
        lambda: OSError(errno.EIO, "input/output"),
        KeyboardInterrupt,
        MemoryError,
    ],
)
def test_an_error_at_any_operation_leaves_the_old_or_the_new_and_nothing_else(
    tmp_path: Path, make: Callable[[], BaseException]
) -> None:
    for n in range(1, 100):
        target = tmp_path / str(n) / "step"
        put(target, OLD)
        disk = FailsAt(n, make())
        raised: BaseException | None = None
        try:
            with files.staged_folder(target, replace=True, disk=disk) as staging:
                put(staging, NEW)
        except BaseException as error:
            raised = error
        files.sweep(target.parent)
        assert found(target) == (NEW if raised is None else found(target))
        assert found(target) in (OLD, NEW)
        assert [path.name for path in target.parent.iterdir()] == ["step"]
        if raised is None:
            assert n > 8
            return
        if isinstance(disk.error, OSError) and disk.error.errno != errno.EIO:
            assert isinstance(raised, UserError)
        else:
            assert raised is disk.error
    raise AssertionError("never came through")
