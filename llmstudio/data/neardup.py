"""Finds documents that are equal or nearly so among any number of them, in bounded memory.

While documents pass, a fingerprint of each goes to disk: a hash of the whole, and the sketch of its runs of words
(`sketch`). At the end equal hashes are found by sorting them range by range, and near-duplicates by locality-sensitive
hashing: texts whose sketches agree in a whole band are compared by their signatures (Indyk & Motwani 1998; bands:
Leskovec, Rajaraman & Ullman, "Mining of Massive Datasets", chapter 3). What is similar enough hangs together in a
cluster, directly or through others; the first document of each cluster stays. Nothing depends on chance or order.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llmstudio.base.disk import DISK
from llmstudio.data import sketch
from llmstudio.data.column import Column
from llmstudio.data.sketch import Bands, Slots

RANGE = 1 << 20  # fingerprints sorted at a time
PAIRS = 1 << 17  # pairs compared at a time
NEIGHBOURS = 16  # documents of a bucket that each is compared with, besides the bucket's first
SHOWN = 5

Check = Callable[[], None]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Progress = Callable[[float], None]


def _never() -> None:
    """Nobody wants to stop."""


@dataclass(frozen=True)
class Cluster:
    """Documents that hang together: the one that stays, the first that goes, their similarity, how many there are."""

    first: int
    other: int
    similarity: float
    size: int


@dataclass
class Found:
    """What goes (`gone[i]`: document i) and the near-duplicates behind it."""

    gone: Flags
    equal: int = 0
    near: int = 0
    clusters: int = 0
    first_equal: int = -1
    largest: list[Cluster] = field(default_factory=list)


class Fingerprints:
    """The fingerprints of a stream of documents, kept in `folder`: equal ones, near-duplicates, or both are wanted.

    `threshold` is the similarity from which on documents are near-duplicates; 0: not wanted.
    """

    def __init__(self, folder: Path, *, equal: bool, threshold: float, state: dict[str, Any] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        state = state or {"count": 0, "digests": 0, "sketched": 0}
        sketched = int(state["sketched"])
        self.threshold = threshold
        self.bands = sketch.bands_for(threshold) if threshold else Bands(0, 1)
        self.count = int(state["count"])
        self._folder = folder
        self._digests = Column(folder / "digests", np.uint64, rows=int(state["digests"])) if equal else None
        self._documents = Column(folder / "sketched", np.uint32, rows=sketched)
        self._signatures = Column(folder / "signatures", np.uint8, sketch.BYTES, sketched)
        self._keys = [Column(folder / f"band-{band:02}", np.uint32, rows=sketched) for band in range(self.bands.bands)]

    def state(self) -> dict[str, Any]:
        """Force all fingerprints to the disk, and tell what another one in this folder begins with as `state`."""
        for column in self._columns():
            column.sync()
        DISK.fsync_folder(self._folder)
        digests = len(self._digests) if self._digests is not None else 0
        return {"count": self.count, "digests": digests, "sketched": len(self._documents)}

    def add(self, digests: NDArray[np.uint64], slots: Slots | None) -> None:
        """Take the next documents: 64 bits of the hash of each, and where wanted their slots, [n, 128].

        A text without words has no near-duplicates.
        """
        if self._digests is not None:
            self._digests.add(digests)
        if slots is not None and self.threshold:
            told = np.flatnonzero(slots[:, 0] != sketch.EMPTY)
            self._documents.add(told + self.count)
            self._signatures.add(sketch.signature(slots[told]))
            for column, keys in zip(self._keys, sketch.keys(slots[told], self.bands).T, strict=True):
                column.add(keys)
        self.count += len(digests)

    def find(self, check: Check = _never, progress: Progress = lambda share: None) -> Found:
        """Decide what goes. Five bytes of memory for each document, and a fixed amount beside."""
        found = Found(np.zeros(self.count, dtype=bool))
        if self._digests is not None:
            _mark_equal(self._digests, found, check)
        if self.threshold:
            self._find_near(found, check, progress)
        return found

    def close(self) -> None:
        """Let go of the files."""
        for column in self._columns():
            column.close()

    def _columns(self) -> list[Column]:
        equal = [] if self._digests is None else [self._digests]
        return [*equal, self._documents, self._signatures, *self._keys]

    def _find_near(self, found: Found, check: Check, progress: Progress) -> None:
        forest = Forest(len(self._documents))
        skipped = np.zeros(len(self._documents), dtype=bool)
        for first, documents in self._documents.blocks():
            skipped[first : first + len(documents)] = found.gone[documents]
        for band, keys in enumerate(self._keys):
            for bucket, members in _buckets(keys, skipped, check):
                self._compare(bucket, members, forest, check)
            progress((band + 1) / len(self._keys))
        self._tell(found, forest.roots())

    def _compare(self, bucket: Numbers, members: Numbers, forest: "Forest", check: Check) -> None:
        """Unite what is similar among `members`, sorted by the number of their `bucket`.

        Each is compared with the first of its bucket and with those up to 16 places on: all with all in buckets of
        up to 17. What hangs together already is not compared again.
        """
        for step in range(NEIGHBOURS + 1):
            check()
            begins = np.flatnonzero(np.diff(bucket, prepend=-1))
            sizes = np.diff(begins, append=len(bucket))
            roots = forest.find(members)
            open_ = np.logical_or.reduceat(roots != np.repeat(roots[begins], sizes), begins)
            keep = np.repeat(open_, sizes)
            bucket, members, roots = bucket[keep], members[keep], roots[keep]
            if not len(bucket):
                return
            if step == 0:
                ahead = np.repeat(np.flatnonzero(np.diff(bucket, prepend=-1)), sizes[open_])
            else:
                ahead = np.maximum(np.arange(len(bucket)) - step, 0)
            differ = np.flatnonzero((bucket[ahead] == bucket) & (roots[ahead] != roots))
            self._unite(members[ahead[differ]], members[differ], forest, check)

    def _unite(self, one: Numbers, other: Numbers, forest: "Forest", check: Check) -> None:
        for at in range(0, len(one), PAIRS):
            check()
            left, right = one[at : at + PAIRS], other[at : at + PAIRS]
            near = self._similarity(left, right) >= self.threshold
            forest.unite(left[near], right[near])

    def _similarity(self, one: Numbers, other: Numbers) -> NDArray[np.float64]:
        return sketch.similarity(self._signatures.take(one), self._signatures.take(other))

    def _tell(self, found: Found, roots: NDArray[np.uint32]) -> None:
        """Mark all but the first of each cluster, and describe the largest clusters."""
        going = np.flatnonzero(roots != np.arange(len(roots), dtype=np.uint32))
        firsts, at, counts = np.unique(roots[going], return_index=True, return_counts=True)
        found.gone[self._documents.take(going)] = True
        found.near, found.clusters = len(going), len(firsts)
        for number in np.lexsort((firsts, -counts))[:SHOWN]:
            pair = np.array([firsts[number], going[at[number]]], dtype=np.int64)
            first, other = (int(document) for document in self._documents.take(pair))
            alike = float(self._similarity(pair[:1], pair[1:])[0])
            found.largest.append(Cluster(first, other, round(alike, 3), int(counts[number]) + 1))


class Forest:
    """Which of `count` things hang together: a disjoint-set forest in which every root is the smallest of its tree."""

    def __init__(self, count: int) -> None:
        self._parents = np.arange(count, dtype=np.uint32)

    def find(self, things: Numbers) -> NDArray[np.uint32]:
        """The root of each, remembered."""
        found = self._parents[things]
        while True:
            above = self._parents[found]
            if np.array_equal(above, found):
                break
            found = above
        self._parents[things] = found
        return found

    def unite(self, one: Numbers, other: Numbers) -> None:
        """Let one[i] and other[i] hang together, for all i."""
        while len(one):
            first, second = self.find(one), self.find(other)
            apart = first != second
            one, other, first, second = one[apart], other[apart], first[apart], second[apart]
            np.minimum.at(self._parents, np.maximum(first, second), np.minimum(first, second))

    def roots(self) -> NDArray[np.uint32]:
        """The root of everything."""
        while True:
            above = self._parents[self._parents]
            if np.array_equal(above, self._parents):
                return above
            self._parents = above


def _buckets(keys: Column, skipped: Flags, check: Check) -> Iterator[tuple[Numbers, Numbers]]:
    """(bucket, member) of all that share a key with another, sorted, a range of keys at a time."""
    ranges = max(1, -(-len(keys) // RANGE))
    for number in range(ranges):
        gathered = []
        for first, block in keys.blocks():
            check()
            inside = ~skipped[first : first + len(block)]
            if ranges > 1:
                inside &= (block.astype(np.uint64) * np.uint64(ranges)) >> np.uint64(32) == number
            at = np.flatnonzero(inside)
            gathered.append((block[at].astype(np.uint64) << np.uint64(32)) | (at + first).astype(np.uint64))
        if not gathered:
            return
        packed = np.concatenate(gathered)
        packed.sort()
        shared = np.zeros(len(packed), dtype=bool)
        same = (packed[1:] >> np.uint64(32)) == (packed[:-1] >> np.uint64(32))
        shared[1:] |= same
        shared[:-1] |= same
        packed = packed[shared]
        if len(packed):
            yield (packed >> np.uint64(32)).astype(np.int64), (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _mark_equal(digests: Column, found: Found, check: Check) -> None:
    """Mark every document whose hash an earlier one has."""
    ranges = max(1, -(-len(digests) // RANGE))
    width = np.uint64((1 << 64) // ranges) if ranges > 1 else np.uint64(0)
    for number in range(ranges):
        values, documents = [], []
        for first, block in digests.blocks():
            check()
            at = np.flatnonzero(np.minimum(block // width, ranges - 1) == number) if width else np.arange(len(block))
            values.append(block[at])
            documents.append(at + first)
        if not values:
            return
        every, where = np.concatenate(values), np.concatenate(documents)
        order = np.argsort(every, kind="stable")
        again = where[order[1:]][every[order[1:]] == every[order[:-1]]]
        found.gone[again] = True
        found.equal += len(again)
    if found.equal:
        found.first_equal = int(found.gone.argmax())
