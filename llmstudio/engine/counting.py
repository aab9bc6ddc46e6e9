"""What counting alone reaches: how often each piece followed the few before it, without any network.

A small language model that does not beat this has learned nothing that a table does not know.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ORDER = 5
"""Pieces of the longest run that is counted: the piece itself and four before it."""

MOST_VOCABULARY = 1024
"""Beyond this a text that is counted in a second is too short to say much about runs of pieces."""

MOST_TOKENS = 2_000_000
MOST_MEASURED = 1_000_000

Keys = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Counted:
    """`nats` per token over `tokens` of the validation text, after counting `counted` tokens of the training text."""

    nats: float
    tokens: int
    counted: int
    order: int


def measure(
    train: NDArray[Any], validation: NDArray[Any], vocab_size: int, check: Callable[[], None] = lambda: None
) -> Counted | None:
    """The loss of a counting model on `validation`; None where there is nothing to measure or too much to count.

    Of longer texts the first two million tokens are counted. The first token is not predicted, like anywhere else.
    """
    if vocab_size > MOST_VOCABULARY or len(validation) < 2 or not len(train):
        return None
    known = np.asarray(train[:MOST_TOKENS], dtype=np.int64)
    asked = np.asarray(validation[:MOST_MEASURED], dtype=np.int64)
    chances = likelihoods(known, asked, vocab_size, check)
    return Counted(float(-np.log(chances).mean()), len(chances), len(known), ORDER)


def likelihoods(known: Keys, asked: Keys, vocab_size: int, check: Callable[[], None] = lambda: None) -> Floats:
    """How likely each token of `asked` but the first is after those before it, [tokens - 1], counted in `known`.

    Runs of one piece up to `ORDER` are mixed after Witten and Bell (1991), method C: what follows a history many
    ways is left more to shorter histories. Before anything is counted all pieces are equally likely.
    """
    mixed = np.full(len(asked) - 1, 1.0 / vocab_size)
    for order in range(1, min(ORDER, len(known), len(asked)) + 1):
        check()
        wanted = _runs(asked, order, vocab_size)[1 if order == 1 else 0 :]  # the first token is not predicted
        at = len(mixed) - len(wanted)  # those before it have no history that long
        mixed[at:] = _mixed(_runs(known, order, vocab_size), wanted, vocab_size, mixed[at:])
    return mixed


def _mixed(known: Keys, wanted: Keys, vocab_size: int, shorter: Floats) -> Floats:
    """The likelihoods of `wanted` runs, given those of the same tokens after histories one piece shorter."""
    runs, counts = np.unique(known, return_counts=True)
    histories, first = np.unique(runs // vocab_size, return_index=True)
    ways = np.diff(first, append=len(runs))  # how many different pieces came after each history
    place, there = _find(histories, wanted // vocab_size)
    seen = np.where(there, np.add.reduceat(counts, first)[place], 0)
    ways = np.where(there, ways[place], 1)
    place, there = _find(runs, wanted)
    hits = np.where(there, counts[place], 0)
    return np.asarray((hits + ways * shorter) / (seen + ways), dtype=np.float64)


def _runs(ids: Keys, order: int, vocab_size: int) -> Keys:
    """Every run of `order` ids as one number, the last id lowest: [len(ids) - order + 1]."""
    size = len(ids) - order + 1
    keys = np.zeros(size, dtype=np.int64)
    for place in range(order):
        keys = keys * vocab_size + ids[place : place + size]
    return keys


def _find(table: Keys, keys: Keys) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where each key stands in a sorted table, and whether it does."""
    at = np.minimum(np.searchsorted(table, keys), len(table) - 1)
    return at, table[at] == keys
