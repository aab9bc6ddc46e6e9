"""A long row of numbers on disk: added to at the end, read in blocks, so that memory does not grow with its length."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llmstudio.base.disk import DISK
from llmstudio.base.errors import UserError

BUFFER = 1 << 18  # bytes gathered before they are written
BLOCK = 1 << 22  # bytes read at a time


class Column:
    """Values of one type, `width` of them in each row. For one thread at a time.

    Made empty at `path`, or opened after its first `rows` rows, which must be there; what follows them goes.
    """

    def __init__(self, path: Path, dtype: Any, width: int = 1, rows: int = 0) -> None:
        self.path, self.dtype, self.width = path, np.dtype(dtype), width
        self._rows = rows
        self._waiting: list[bytes] = []
        self._single: list[float] = []
        self._size = 0
        if rows:
            DISK.truncate(path, rows * self.row_bytes)
        self._file = DISK.append(path) if rows else DISK.create(path)

    def __len__(self) -> int:
        return self._rows

    @property
    def row_bytes(self) -> int:
        """Bytes that one row takes."""
        return int(self.dtype.itemsize) * self.width

    def add(self, values: NDArray[Any]) -> None:
        """Append rows, [n] where the width is 1, else [n, width]."""
        self._gather()
        self._take(np.ascontiguousarray(values, dtype=self.dtype).tobytes())
        self._rows += len(values)

    def append(self, value: float) -> None:
        """Append one row of one value."""
        self._single.append(value)
        self._rows += 1
        if len(self._single) * self.row_bytes >= BUFFER:
            self._gather()

    def read(self, first: int, count: int) -> NDArray[Any]:
        """Rows from `first` on, fewer where it ends: [rows], or [rows, width]."""
        self._flush()
        with self.path.open("rb") as file:
            file.seek(first * self.row_bytes)
            found = np.fromfile(file, dtype=self.dtype, count=count * self.width)
        if len(found) < min(count, max(self._rows - first, 0)) * self.width:
            raise UserError(f"{self.path} was changed while it was in use.", "Start again.")
        return found if self.width == 1 else found.reshape(-1, self.width)

    def blocks(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """(number of the first row, rows) from the beginning to the end."""
        step = max(1, BLOCK // self.row_bytes)
        for first in range(0, self._rows, step):
            yield first, self.read(first, step)

    def take(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """The rows of these numbers, in any order; only the blocks that hold them are read."""
        shape = (len(rows),) if self.width == 1 else (len(rows), self.width)
        found = np.empty(shape, dtype=self.dtype)
        order = np.argsort(rows, kind="stable")
        step = max(1, BLOCK // self.row_bytes)
        cuts = np.searchsorted(rows[order], np.arange(0, self._rows + step, step))
        for block, (low, high) in enumerate(pairwise(cuts)):
            if low < high:
                wanted = order[low:high]
                found[wanted] = self.read(block * step, step)[rows[wanted] - block * step]
        return found

    def sync(self) -> None:
        """Force all rows to the disk."""
        self._flush()
        DISK.fsync(self._file)

    def close(self) -> None:
        """Let go of the file, which stays."""
        if self._file >= 0:
            self._flush()
            DISK.close(self._file)
            self._file = -1

    def _gather(self) -> None:
        if self._single:
            self._take(np.array(self._single, dtype=self.dtype).tobytes())
            self._single = []

    def _take(self, data: bytes) -> None:
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= BUFFER:
            self._write()

    def _flush(self) -> None:
        self._gather()
        self._write()

    def _write(self) -> None:
        if self._waiting:
            DISK.write(self._file, b"".join(self._waiting))
            self._waiting, self._size = [], 0
