"""Which windows of the text stand in which batch: a pure function of seed, epoch, step, rank and world."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class Batches:
    """Batches of one token file. Every epoch reads each window once, in an order of its own.

    The windows of an epoch start at a random offset, so that their borders move from epoch to epoch.
    """

    def __init__(self, ids: NDArray[Any], *, block: int, batch: int, seed: int, rank: int = 0, world: int = 1) -> None:
        assert len(ids) > block, "the caller checks that the text fills one window"
        self.ids, self.block, self.batch, self.seed = ids, block, batch, seed
        self.rank, self.world = rank, world
        self.spare = min(block, len(ids) - block)  # how many offsets leave the number of windows the same
        self.windows = (len(ids) - self.spare) // block
        self._epoch, self._order, self._offset = -1, np.zeros(0, dtype=np.int64), 0

    def at(self, number: int) -> tuple[Tensor, Tensor]:
        """The `number`-th batch (from 0) of this rank: ids and targets, each batch x block."""
        first = (number * self.world + self.rank) * self.batch
        rows = np.stack([self._window(first + row) for row in range(self.batch)])
        both = torch.from_numpy(rows.astype(np.int64))
        return both[:, :-1].contiguous(), both[:, 1:].contiguous()

    def _window(self, index: int) -> NDArray[Any]:
        epoch, place = divmod(index, self.windows)
        self._turn_to(epoch)
        start = self._offset + int(self._order[place]) * self.block
        return self.ids[start : start + self.block + 1]

    def _turn_to(self, epoch: int) -> None:
        if epoch != self._epoch:
            chance = np.random.Generator(np.random.Philox(key=[self.seed, epoch]))
            self._offset = int(chance.integers(self.spare))
            self._order = chance.permutation(self.windows)
            self._epoch = epoch


def windows(ids: NDArray[Any], block: int, size: int, most: int | None = None) -> list[tuple[Tensor, Tensor]]:
    """All of `ids` in windows of `block` that do not overlap, `size` windows at a time.

    With `most`, only so many windows, spread evenly. The last, shorter window comes alone.
    """
    full = max(0, (len(ids) - 1) // block)
    chosen = np.arange(full) if most is None or most >= full else np.arange(most) * full // most
    found = []
    for at in range(0, len(chosen), size):
        rows = np.stack([ids[i * block : i * block + block + 1] for i in chosen[at : at + size]])
        found.append(_pair(rows))
    rest = ids[full * block :]
    if len(rest) > 1 and len(chosen) == full:
        found.append(_pair(rest[None]))
    return found


def _pair(rows: NDArray[Any]) -> tuple[Tensor, Tensor]:
    both = torch.from_numpy(rows.astype(np.int64))
    return both[:, :-1].contiguous(), both[:, 1:].contiguous()
