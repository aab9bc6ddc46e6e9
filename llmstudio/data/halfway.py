"""Token files that are half written: what surely lies on the disk, so that an encoding that was killed goes on there.

They lie beside the folder they will be, hidden, with a note of what they are made from and how far they are. Whoever
stops in order removes them; only a process that was killed, or a machine that went off, leaves them.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llmstudio.base import files
from llmstudio.base.disk import DISK
from llmstudio.base.errors import Interrupt, UserError
from llmstudio.base.locks import FileLock

EVERY = 256 << 20  # bytes of ids between two notes
NOTE = "halfway.json"
COUNTS = "halfway-counts-{}.bin"
_NUMBERS = ("tokens", "documents", "characters", "bytes")
_BLOCK = 1 << 20


@dataclass
class Tally:
    """What is known of a split so far; `following` is the number of the document that comes next."""

    split: str
    tokens: int = 0
    documents: int = 0
    characters: int = 0
    bytes: int = 0
    following: int = 0
    size: int = 0
    over: bool = False
    digest: Any = field(default_factory=hashlib.sha256)

    def facts(self) -> dict[str, Any]:
        """For the index of the token files."""
        return {**{name: getattr(self, name) for name in _NUMBERS}, "sha256": self.digest.hexdigest()}


@contextmanager
def open_half(staging: Path, target: Path, inputs: dict[str, Any]) -> Iterator["Halfway"]:
    """The half-written files for `target`, if they are made from the same `inputs`, else new ones.

    While another process works on them, this one begins anew in `staging`. On any error they are removed, on a pause
    they stay.
    """
    folder = target.with_name(f".half-{target.name}")
    lock = FileLock(folder.with_name(folder.name + ".lock"))
    mine = lock.acquire()
    try:
        half = Halfway(folder if mine else staging / "half", inputs)
        keep = False
        try:
            yield half
        except Interrupt as interrupt:
            keep = mine and interrupt.kind == "pause"
            raise
        finally:
            half.close()
            if not keep:
                DISK.remove_folder(half.folder)
    finally:
        if mine:
            lock.release()
            DISK.unlink(lock.path)


class Halfway:
    """Writes the ids of one split after the other into `folder`, and notes how far it is."""

    def __init__(self, folder: Path, inputs: dict[str, Any]) -> None:
        self.folder, self._inputs = folder, inputs
        self._file = -1
        self._noted = self._serial = 0
        self._done: dict[str, dict[str, Any]] = {}
        self._read()

    @property
    def characters(self) -> int:
        """How many characters were encoded before."""
        return sum(int(facts["characters"]) for facts in self._done.values())

    def counts(self, vocab_size: int) -> NDArray[np.int64]:
        """How often each id occurs in what was encoded before."""
        path = self.folder / COUNTS.format(self._serial)
        found = np.fromfile(path, dtype="<i8") if self._done else np.zeros(vocab_size, dtype="<i8")
        return np.asarray(found, dtype=np.int64)

    def begin(self, split: str, check: Callable[[], None]) -> Tally:
        """Open the file of a split after what surely lies in it."""
        facts = self._done.get(split, {})
        tally = Tally(split, **{name: value for name, value in facts.items() if name != "split"})
        path = self.folder / f"{split}.bin"
        if facts:
            DISK.truncate(path, tally.size)
            _hash(path, tally.digest, check)
        else:
            DISK.close(DISK.create(path))
        if not tally.over:
            self._file = DISK.append(path)
        self._noted = tally.size
        return tally

    def write(self, data: bytes, tally: Tally) -> None:
        """Append ids."""
        DISK.write(self._file, data)
        tally.digest.update(data)
        tally.size += len(data)

    def keep_now_and_then(self, tally: Tally, counts: NDArray[np.int64]) -> None:
        """Note how far it is, if it went on far enough since the last note. Only between two documents."""
        if tally.size - self._noted >= EVERY:
            self.keep(tally, counts)

    def keep(self, tally: Tally, counts: NDArray[np.int64], *, over: bool = False) -> None:
        """Force the ids to the disk and note how far it is."""
        tally.over = over
        if self._file >= 0:
            DISK.fsync(self._file)
        else:
            DISK.fsync_file(self.folder / f"{tally.split}.bin")
        numbers = {name: getattr(tally, name) for name in (*_NUMBERS, "following", "size", "over")}
        self._done[tally.split] = numbers
        old, self._serial = self._serial, self._serial + 1
        files.write_bytes(self.folder / COUNTS.format(self._serial), counts.astype("<i8").tobytes())
        note = {"inputs": self._inputs, "serial": self._serial, "splits": self._done}
        files.write_json(self.folder / NOTE, note)
        DISK.unlink(self.folder / COUNTS.format(old))
        self._noted = tally.size

    def close(self) -> None:
        """Let go of the open file."""
        if self._file >= 0:
            DISK.close(self._file)
            self._file = -1

    def move(self, target: Path) -> None:
        """Move the files, all written, into their folder."""
        for split in self._done:
            DISK.rename(self.folder / f"{split}.bin", target / f"{split}.bin")

    def _read(self) -> None:
        """Take up what an earlier process left, if it fits; otherwise begin with nothing."""
        try:
            note = files.read_json(self.folder / NOTE)
            fits = note["inputs"] == self._inputs
            self._serial, self._done = int(note["serial"]), dict(note["splits"])
            sound = all(
                (self.folder / f"{split}.bin").stat().st_size >= facts["size"] for split, facts in self._done.items()
            )
            expected = 8 * int(self._inputs["vocab_size"])
            if fits and sound and (self.folder / COUNTS.format(self._serial)).stat().st_size == expected:
                return
        except (UserError, OSError, KeyError, TypeError, ValueError, AttributeError):
            pass
        self._serial, self._done = 0, {}
        DISK.remove_folder(self.folder)
        DISK.mkdir(self.folder)


def _hash(path: Path, digest: Any, check: Callable[[], None]) -> None:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            check()
            digest.update(block)
