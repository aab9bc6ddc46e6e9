"""Decides which part of a dataset trains, validates and tests: by a seeded hash, or by position."""

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from llmstudio.config.dataset import PARTS

FEW = 50
LONG_SHARE = 0.2
HASHED = 1_000_000


@dataclass(frozen=True)
class Plan:
    """A decided split.

    By document: the document with fraction u lies in the first part whose cumulative share exceeds u, unless
    `moved` says otherwise. By position: `cuts` are the two places, in characters of the whole dataset, where
    validation and test begin.
    """

    by: Literal["document", "position"]
    why: str
    shares: tuple[float, float, float]
    cuts: tuple[int, int] = (0, 0)
    moved: tuple[tuple[int, str], ...] = ()

    @property
    def bounds(self) -> tuple[float, float]:
        """Where validation and test begin, as fractions of one."""
        return bounds(self.shares)


def bounds(shares: tuple[float, float, float]) -> tuple[float, float]:
    """Cumulative shares of train, and of train and validation, without the dust of adding."""
    return round(shares[0], 9), round(shares[0] + shares[1], 9)


def fraction(text: str, seed: int) -> float:
    """A document's place in [0, 1): a seeded hash of its first million characters."""
    key = seed.to_bytes(8, "little")
    digest = hashlib.blake2b(text[:HASHED].encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest()
    return int.from_bytes(digest, "little") / 2**64


def decide(
    by: Literal["auto", "document", "position"],
    shares: tuple[float, float, float],
    fractions: NDArray[np.float64],
    characters: NDArray[np.int64],
    tables: bool,
) -> Plan:
    """Choose the way of splitting and where it cuts.

    `fractions` and `characters` have one entry per document; `tables` says that documents are rows of a
    table, which are never cut in two.
    """
    chosen, why = _choose(by, characters)
    if shares[0] >= 1:
        why = "all of it is for training"
    if chosen == "position":
        return Plan("position", why, shares, _cuts(shares, characters, tables))
    return Plan("document", why, shares, moved=_fill_empty(shares, fractions))


def _choose(by: str, characters: NDArray[np.int64]) -> tuple[Literal["document", "position"], str]:
    if by == "position":
        return "position", "chosen"
    if by == "document":
        return "document", "chosen"
    if len(characters) < FEW:
        return "position", f"few documents ({len(characters):,}): the last part is held back"
    if characters.max() > LONG_SHARE * characters.sum():
        return "position", "one document holds most of the text: the last part is held back"
    return "document", f"{len(characters):,} documents: each falls into one part by a hash of its text"


def _cuts(shares: tuple[float, float, float], characters: NDArray[np.int64], tables: bool) -> tuple[int, int]:
    total = int(characters.sum())
    first, second = (int(bound * total) for bound in bounds(shares))
    if not tables:
        return _not_nothing(first, second, least=1 if shares[0] else 0)
    starts = np.concatenate(([0], np.cumsum(characters)))
    nearest = [int(starts[int(np.abs(starts - cut).argmin())]) for cut in (first, second)]
    return _not_nothing(nearest[0], nearest[1], least=int(characters[0]) if shares[0] else 0)


def _not_nothing(first: int, second: int, least: int) -> tuple[int, int]:
    """However little text there is, training gets `least` of it."""
    return max(first, least), max(second, least)


def _fill_empty(shares: tuple[float, float, float], fractions: NDArray[np.float64]) -> tuple[tuple[int, str], ...]:
    """Give a wanted part that no hash fell into the document nearest to it, if there are enough of them."""
    low, high = bounds(shares)
    parts = np.searchsorted(np.array([low, high]), fractions, side="right")
    moved: list[tuple[int, str]] = []
    for part, share in enumerate(shares):
        counts = np.bincount(parts, minlength=3)
        if share == 0 or counts[part] or counts.max() < 2:
            continue
        donors = np.flatnonzero(counts[parts] > 1)
        middle = ((0.0, low, high)[part] + (low, high, 1.0)[part]) / 2
        taken = int(donors[np.abs(fractions[donors] - middle).argmin()])
        parts[taken] = part
        moved.append((taken, PARTS[part]))
    return tuple(moved)
