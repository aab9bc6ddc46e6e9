"""R2: every state in which a power cut could leave the disk, for everything that is written; then the real recovery.

Method: reliability of databases is tested so (SQLite's crash tests, ALICE): record what is done to the disk, then
enumerate what of it may be lost. See `tests.base.crashfs` for the model of the disk.
"""

import random
import shutil
from collections.abc import Iterable
from pathlib import Path

from tests.base.crashfs import RecordingDisk, Snapshot, Tree, crash_states, materialise
from tests.faults import disks, row
from tests.faults.row import Row
from tests.faults.writers import WRITERS, Writer

MOST_STATES = 400
"""Of each writer in a short run; a long one looks at all."""


def recorded(writer: Writer, folder: Path) -> list[Snapshot]:
    """What the writer does to the disk, operation by operation."""
    disk = RecordingDisk(root=folder)
    writer.prepare(folder)
    disk.begin()
    with disks.routed(disk):
        writer.act(folder)
    return disk.history


def different(states: Iterable[Tree]) -> list[Tree]:
    """The same without repetitions."""
    return list({frozenset(state.items()): state for state in states}.values())


def broken(writer: Writer, folder: Path, *, most: int | None = None, seed: int = 0) -> tuple[int, list[str]]:
    """How many crash states of a writer were recovered from, and what was wrong afterwards."""
    before, after = writer.states(_fresh(folder / "undisturbed"))
    states = different(crash_states(recorded(writer, _fresh(folder / "recorded"))))
    if most is not None and len(states) > most:
        states = random.Random(seed).sample(states, most)
    faults = []
    for number, state in enumerate(states):
        root = _fresh(folder / f"state {number}")
        materialise(state, root)
        try:
            found = writer.found(root)
        except Exception as error:
            found = f"{type(error).__name__}: {error}"
        if found not in (before, after):
            faults.append(f"{writer.name}: state {number} is neither: {found!r:.200}, from {sorted(state)!r:.300}")
        shutil.rmtree(root)
    return len(states), faults


def _fresh(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def trials(count: int, seed: int, folder: Path) -> Row:
    """All writers; `count` states of each at most (0: all)."""
    done = Row("R2 crash states", 0)
    for number, writer in enumerate(WRITERS):
        states, faults = broken(writer, folder / str(number), most=count or None, seed=seed)
        done.trials += states
        done.faults += faults
        done.figures[writer.name] = states
    return done


if __name__ == "__main__":
    row.main(trials)
