"""R20: bugs that lose data, planted one at a time into a fork of this process: the fault tests have to find each.

Without this nobody would know whether tests that never fail can fail.
"""

import contextlib
import hashlib
import json
import math
import os
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from llmstudio.base import files, jsonl, locks
from llmstudio.base.disk import DISK, Disk
from llmstudio.engine import checkpoint, device, tensorbytes
from tests.base.crashfs import RecordingDisk
from tests.faults import corruption, crashes, crowding, divergence, errors, kills, row
from tests.faults.row import Row
from tests.faults.writers import named

Suite = Callable[[Path], list[str]]
_usual_write = checkpoint.write


# --- the suites, cut down to what should find the bug ---------------------------------------------


def crash_states(*names: str) -> Suite:
    """R2 for these writers."""
    return lambda folder: [
        fault for name in names for fault in crashes.broken(named(name), folder / name, most=400, seed=1)[1]
    ]


def disk_errors(kind: str, *names: str) -> Suite:
    """R3 for these writers."""
    return lambda folder: [fault for name in names for fault in errors.broken(named(name), kind, folder / name)[1]]


def damage(folder: Path) -> list[str]:
    """R5 for checkpoints."""
    _, run = corruption.trained(folder / "ws")
    trial, chance = corruption.Checkpoints(run, folder).trial, random.Random(3)
    return [fault for fault in (trial(chance) for _ in range(25)) if fault]


def killing(folder: Path) -> list[str]:
    """R1."""
    return kills.trials(8, 11, folder).faults


def broken_numbers(folder: Path) -> list[str]:
    """R15."""
    return divergence.trials(1, 15, folder).faults


def crowds(folder: Path) -> list[str]:
    """R8."""
    return crowding.trials(1, 8, folder).faults


# --- the bugs -------------------------------------------------------------------------------------


class NoFolderSync(RecordingDisk):
    """Names are not forced to the disk."""

    def fsync_folder(self, path: Path) -> None:
        """Forgotten."""


def _manifest_late(folder: Path, kind: str, snapshot: checkpoint.Snapshot, facts: Any) -> Path:
    target = checkpoint.shown(folder, kind, snapshot.step)
    hashes = {}
    with files.staged_folder(target, replace=target.exists()) as staging:
        for name, part in snapshot.tensors.items():
            data = b"".join(bytes(piece) for piece in tensorbytes.pieces(part))
            files.write_bytes(staging / f"{name}.safetensors", data)
            hashes[f"{name}.safetensors"] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        data = json.dumps(snapshot.state).encode()
        files.write_bytes(staging / checkpoint.STATE, data)
        hashes[checkpoint.STATE] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    files.write_json(target / checkpoint.MANIFEST, checkpoint.manifest_of(snapshot.step, facts, hashes))
    return target


def _old_goes_first(staging: Path, target: Path, replace: bool, disk: Disk) -> None:
    if target.exists():
        disk.remove_folder(target)
    disk.rename(staging, target)
    disk.fsync_folder(target.parent)


def _in_place(path: Path, pieces: Iterable[bytes | memoryview], size: int, *, disk: Disk = DISK) -> str:
    with files.disk_faults(path, size):
        digest = files._write_synced(path, pieces, disk)
        disk.fsync_folder(path.parent)
    return digest


def _swallowing(path: Path, pieces: Iterable[bytes | memoryview], disk: Disk) -> str:
    digest, descriptor = hashlib.sha256(), disk.create(path)
    for piece in pieces:
        with contextlib.suppress(OSError):
            disk.write(descriptor, piece)
        digest.update(piece)
    disk.fsync(descriptor)
    disk.close(descriptor)
    return digest.hexdigest()


def _pruned_early(folder: Path, kind: str, snapshot: checkpoint.Snapshot, facts: Any) -> Path:
    for _, path in checkpoint.listed(folder, kind):
        checkpoint._remove(path)
    return _usual_write(folder, kind, snapshot, facts)


@contextmanager
def _all(*patches: AbstractContextManager[Any]) -> Iterator[None]:
    with ExitStack() as stack:
        for patch in patches:
            stack.enter_context(patch)
        yield


@dataclass(frozen=True)
class Bug:
    """What is planted, and the suite that has to find it."""

    name: str
    plant: Callable[[], AbstractContextManager[Any]]
    suite: Suite


def _replace(owner: Any, name: str, new: Any) -> Callable[[], AbstractContextManager[Any]]:
    return lambda: mock.patch.object(owner, name, new)


BUGS = (
    Bug("files are not forced to the disk", _replace(files, "_sync_tree", lambda *_: None),
        crash_states("export folder")),
    Bug("names are not forced to the disk", _replace(crashes, "RecordingDisk", NoFolderSync),
        crash_states("checkpoint", "model again")),
    Bug("the manifest is written after the rename", _replace(checkpoint, "write", _manifest_late),
        crash_states("checkpoint")),
    Bug("the old one is removed first", _replace(files, "_put_in_place", _old_goes_first),
        crash_states("model again")),
    Bug("a file is overwritten in place", _replace(files, "write_pieces", _in_place), crash_states("settings")),
    Bug("older checkpoints go before the new one is there", _replace(checkpoint, "write", _pruned_early),
        crash_states("checkpoint")),
    Bug("what a crash left is not swept", _replace(files, "sweep", lambda *_, **__: []), crash_states("new model")),
    Bug("a full disk is swallowed", _replace(files, "_write_synced", _swallowing), disk_errors("ENOSPC", "settings")),
    Bug("torn lines stay in the log",
        lambda: _all(mock.patch.object(jsonl, "truncate_torn", return_value=0),
                     mock.patch.object(jsonl, "_ends_in_newline", return_value=True)),
        disk_errors("ENOSPC", "log")),
    Bug("hashes are not compared",
        _replace(checkpoint, "_checked", lambda path, name, _facts: (path / name).read_bytes()), damage),
    Bug("damaged checkpoints are thrown away", _replace(checkpoint, "set_aside", checkpoint._remove), damage),
    Bug("random numbers are not taken up again", _replace(device, "set_random_state", lambda *_: None), killing),
    Bug("nobody looks whether numbers are finite",
        lambda: _all(mock.patch.object(math, "isfinite", return_value=True),
                     mock.patch.object(checkpoint, "check_finite", return_value=True)),
        broken_numbers),
    Bug("a lock that does not lock", _replace(locks, "_take", lambda _descriptor: True), crowds),
)  # fmt: skip


def found(bug: Bug, folder: Path) -> list[str]:
    """The faults that the suite finds with the bug planted; in a fork, so that nothing of it stays."""
    folder.mkdir(parents=True)
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            with bug.plant():
                faults = bug.suite(folder)
        except BaseException as error:  # a suite that breaks off has noticed something too
            faults = [f"{type(error).__name__}: {error}"]
        with os.fdopen(writing, "w") as pipe:
            json.dump([fault[:300] for fault in faults[:3]], pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(process, 0)
    return list(json.loads(said)) if said else ["the process died"]


def trials(count: int, seed: int, folder: Path) -> Row:
    """The first `count` bugs (0: all)."""
    done, words = Row("R20 planted bugs", 0), {}
    for number, bug in enumerate(BUGS[: count or None]):
        faults = found(bug, folder / str(number))
        done.trials += 1
        words[bug.name] = faults[0][:100] if faults else "NOT FOUND"
        if not faults:
            done.faults.append(f"not found: {bug.name}")
    done.figures = {"found": f"{done.trials - len(done.faults)} of {done.trials}"}
    for name, fault in words.items():
        print(f"  {name}: {fault}", flush=True)
    return done


if __name__ == "__main__":
    row.main(trials)
