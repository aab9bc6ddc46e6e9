"""Which rows of a table stand in which step, and how rows of different lengths become one batch.

Rows of like length are put together, so that little is filled up; the order is a pure function of seed, epoch
and step. Filling stands on the right, where causal attention never looks at it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

IGNORED = -100
"""A target that does not count."""

BUCKET = 16
"""So many steps are drawn at random together and then sorted by length."""

Numbers = NDArray[np.int64]


class RowOrder:
    """The rows of every step: each epoch has each row once, or draws as many with the chances of `weights`."""

    def __init__(
        self, lengths: Sequence[int], *, rows: int, parts: int, seed: int, weights: Sequence[float] | None = None
    ) -> None:
        assert len(lengths), "the caller checks that there are rows"
        self.lengths = np.asarray(lengths, dtype=np.int64)
        self.rows, self.parts, self.seed = rows, parts, seed
        self.chances = None if weights is None else np.asarray(weights, dtype=np.float64) / np.sum(weights)
        self.steps = -(-len(self.lengths) // rows)
        self._epoch, self._groups = -1, list[Numbers]()

    def at(self, step: int) -> list[Numbers]:
        """The rows of a step (from 0) in at most `parts` parts, each of like lengths; none of them is empty."""
        epoch, place = divmod(step, self.steps)
        if epoch != self._epoch:
            self._groups, self._epoch = self._drawn(epoch), epoch
        group = self._groups[place]
        return [part for part in np.array_split(group, min(self.parts, len(group))) if len(part)]

    def tokens(self, step: int) -> int:
        """Real tokens in a step, what is filled up not counted."""
        return int(sum(self.lengths[part].sum() for part in self.at(step)))

    def _drawn(self, epoch: int) -> list[Numbers]:
        chance = np.random.Generator(np.random.Philox(key=[self.seed, epoch]))
        count = len(self.lengths)
        order = chance.permutation(count) if self.chances is None else chance.choice(count, count, p=self.chances)
        groups: list[Numbers] = []
        for start in range(0, count, self.rows * BUCKET):
            near = order[start : start + self.rows * BUCKET]
            near = near[np.argsort(self.lengths[near], kind="stable")]
            groups += [near[at : at + self.rows] for at in range(0, len(near), self.rows)]
        return [groups[place] for place in chance.permutation(len(groups))]


def in_batches(lengths: Sequence[int], most_tokens: int) -> list[Numbers]:
    """All rows, the long ones first, in batches that take at most so many tokens when filled up (one row at least)."""
    order = np.argsort(-np.asarray(lengths, dtype=np.int64), kind="stable")
    batches: list[Numbers] = []
    start = 0
    while start < len(order):
        longest = max(1, int(lengths[order[start]]))
        size = max(1, most_tokens // longest)
        batches.append(order[start : start + size])
        start += size
    return batches


def padded(rows: Sequence[NDArray[Any]], fill: int = 0) -> Tensor:
    """Rows of ids as one matrix (B, T), filled up on the right."""
    whole = np.full((len(rows), max(len(row) for row in rows)), fill, dtype=np.int64)
    for number, row in enumerate(rows):
        whole[number, : len(row)] = row
    return torch.from_numpy(whole)


def rarity(labels: Sequence[int], classes: int) -> NDArray[np.float64]:
    """For each class by what its rows have to be multiplied so that all count alike; 1 on average over the rows."""
    counts = np.bincount(np.asarray(labels, dtype=np.int64), minlength=classes).astype(np.float64)
    there = counts > 0
    shares = np.ones(classes)
    shares[there] = len(labels) / (there.sum() * counts[there])
    return shares
