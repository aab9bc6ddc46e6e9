"""What one fault test came to, and how it is run in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHOWN_FAULTS = 20
MEMORY = Path("/dev/shm")
ROOM = 1 << 30  # that a long run may need there


@dataclass
class Row:
    """A row of the table: how many trials, what went wrong in them (nothing should), figures, how it is repeated."""

    name: str
    trials: int
    faults: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    seconds: float = 0.0

    def line(self) -> str:
        """The row as a line of text, its first faults below it."""
        verdict = "ok" if not self.faults else f"{len(self.faults)} FAULTS"
        figures = ", ".join(f"{name} {_shown(value)}" for name, value in self.figures.items())
        faults = "".join(f"\n      - {fault[:600]}" for fault in self.faults[:SHOWN_FAULTS])
        start = f"{self.name:<22} {self.trials:>6}  {verdict:<9} {self.seconds:>6.0f} s"
        return f"{start}  seed {self.seed}  {figures}{faults}"


def _shown(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


Trials = Callable[[int, int, Path], Row]
"""(how many, seed, an empty folder) -> what came of them."""


def timed(trials: Trials, count: int, seed: int, folder: Path) -> Row:
    """Do it, and note how long it took."""
    start = time.monotonic()
    done = trials(count, seed, folder)
    done.seed, done.seconds = seed, time.monotonic() - start
    return done


@contextmanager
def memory_folder(room: int = ROOM) -> Iterator[Path]:
    """An empty folder in memory where the system has such a place, for thousands of writes forced to the disk."""
    there = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= room
    with tempfile.TemporaryDirectory(
        prefix="faults-", dir=MEMORY if there else None, ignore_cleanup_errors=True
    ) as name:
        yield Path(name)


def main(trials: Trials) -> None:
    """For a module started as a program with COUNT SEED FOLDER: the last line it prints is the row as JSON."""
    count, seed, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    print(json.dumps(asdict(timed(trials, count, seed, folder))), flush=True)


def apart(module: str, count: int, seed: int, folder: Path, *, hang: float) -> Row:
    """The row of `tests.faults.MODULE`, run in a process of its own with one thread; `hang` seconds are too many."""
    words = [sys.executable, "-X", "utf8", "-m", f"tests.faults.{module}", str(count), str(seed), str(folder)]
    quiet = {**os.environ, "OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": str(folder / "cache")}
    done = subprocess.run(words, cwd=ROOT, env=quiet, capture_output=True, text=True, timeout=hang)
    if done.returncode != 0:
        return Row(module, 0, [f"the test itself ended with {done.returncode}: {done.stderr[-2000:]}"], seed=seed)
    return Row(**json.loads(done.stdout.splitlines()[-1]))
