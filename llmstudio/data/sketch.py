"""What a document looks like from afar: 128 numbers that agree in as many places as two texts have in common.

A text is taken as the set of its runs of five words, in any case and with any punctuation; two texts are as similar
as these sets overlap (Jaccard: common runs over all runs). One hash per run is dealt into 128 slots, each of which
keeps the smallest (one permutation hashing: Li, Owen & Zhang 2012; empty slots borrow as in Shrivastava 2017); the
share of equal slots estimates the similarity as MinHash does (Broder 1997). Of each slot four bits are kept (b-bit
minwise hashing: Li & König 2010), 64 bytes a document. `keys` bundles whole slots for finding candidates.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SLOTS = 128
BYTES = SLOTS // 2
RUN = 5  # words
PIECE = 1 << 18  # characters hashed at a time
EMPTY = np.uint32(0xFFFFFFFF)
_ROUNDS = 6  # of asking slot by slot before all filled ones are compared
_BASE = 0x9E3779B97F4A7C15
_SMALL_BASE = 0x9E3779B1  # odd, so that it has an inverse modulo 2^32
_ALONE = 1 << 21  # set in what `_table` says of characters that are words by themselves
# Scripts that put no spaces between words: each character counts as one.
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0xA4CF), (0xF900, 0xFAFF))

Hashes = NDArray[np.uint64]
Slots = NDArray[np.uint32]
Signature = NDArray[np.uint8]
Letters = NDArray[np.uint8] | NDArray[np.uint32]


class Bands(NamedTuple):
    """How slots are bundled: `bands` groups of `rows` slots; two texts meet where a whole group agrees."""

    bands: int
    rows: int

    def chance(self, similarity: float) -> float:
        """How likely two texts meet: 1 - (1 - s^r)^b."""
        return float(1 - (1 - similarity**self.rows) ** self.bands)


def bands_for(similarity: float, least: float = 0.99) -> Bands:
    """The longest bands with which two texts this similar meet in at least 99 of 100 cases."""
    for rows in range(16, 1, -1):
        found = Bands(SLOTS // rows, rows)
        if found.chance(similarity) >= least:
            return found
    return Bands(SLOTS, 1)


def slots_of(texts: Sequence[str]) -> Slots:
    """The slots of every text, empty ones filled, [texts, 128]; a text without words has nothing but EMPTY."""
    table = np.full((len(texts), SLOTS), EMPTY, dtype=np.uint32)
    first, size = 0, 0
    for number, text in enumerate(texts):
        if size + len(text) > PIECE and number > first:
            table[first:number] = _together(texts[first:number])
            first, size = number, 0
        size += len(text) + 1
        if len(text) > PIECE:
            sketch = Sketch()
            sketch.take(text)
            table[number] = sketch.finish()
            first, size = number + 1, 0
    if first < len(texts):
        table[first:] = _together(texts[first:])
    return _filled(table)


def signature(table: Slots) -> Signature:
    """Four bits of each slot, two slots a byte: [texts, 64]."""
    stirred = table * np.uint32(0x9E3779B1)
    low = ((stirred ^ (stirred >> np.uint32(15))) >> np.uint32(7)).astype(np.uint8) & np.uint8(15)
    return np.asarray(low[:, ::2] | (low[:, 1::2] << np.uint8(4)), dtype=np.uint8)


def keys(table: Slots, bands: Bands) -> NDArray[np.uint32]:
    """One number for each band, [texts, bands]; equal bands have equal numbers."""
    used = table[:, : bands.bands * bands.rows].reshape(len(table), bands.bands, bands.rows)
    whole = np.zeros((len(table), bands.bands), dtype=np.uint64)
    for row in range(bands.rows):
        whole = whole * np.uint64(_BASE) + used[:, :, row]
    return (_mixed(whole) >> np.uint64(32)).astype(np.uint32)


def similarity(one: Signature, other: Signature) -> NDArray[np.float64]:
    """The estimated similarity of texts, row by row, with a standard error of at most 0.05.

    Slots that differ agree in their four bits once in sixteen times; that is taken off.
    """
    agree = _equal_slots()[one ^ other].sum(axis=-1, dtype=np.int64) / SLOTS
    return np.asarray(np.clip((agree - 1 / 16) / (15 / 16), 0, 1), dtype=np.float64)


class Sketch:
    """The slots of one text that comes in blocks."""

    def __init__(self) -> None:
        self._held, self._begun = "", False
        self._slots = np.full((1, SLOTS), EMPTY, dtype=np.uint32)

    def take(self, block: str) -> None:
        """Take the next block. Its last words wait for what follows them."""
        for at in range(0, len(block), PIECE):
            self._take(self._held + block[at : at + PIECE])

    def finish(self) -> Slots:
        """The slots of all of it, empty ones filled, [1, 128]."""
        if not self._begun or len(_starts(_letters(self._held))) >= RUN:
            self._add(self._held)
        return _filled(self._slots)

    def _take(self, text: str) -> None:
        starts = _starts(_letters(text))
        if len(starts) <= RUN and len(text) < 4 * PIECE:
            self._held = text
            return
        last = int(starts[-1]) if len(starts) > RUN else len(text)  # the last word may go on
        self._add(text[:last])
        self._held = text[int(starts[-RUN]) :] if len(starts) > RUN else ""
        self._begun = True

    def _add(self, text: str) -> None:
        self._slots = np.minimum(self._slots, _together([text]))


def run_hashes(texts: Sequence[str]) -> tuple[Hashes, NDArray[np.int64]]:
    """A 64-bit hash of each run of five words of each text, and the number of runs each text has.

    A text of fewer words is one run; one without words has none.
    """
    words, counts = _words(texts)
    sizes = np.where(counts > 0, np.maximum(counts, RUN), 0)
    if (sizes != counts).any():  # short texts are filled up, so that every text has whole runs
        shift = np.cumsum(sizes) - sizes - (np.cumsum(counts) - counts)
        padded = np.zeros(int(sizes.sum()), dtype=np.uint64)
        padded[np.arange(len(words)) + np.repeat(shift, counts)] = words
        words = padded
    if not len(words):
        return words, sizes
    whole = np.zeros(len(words) - RUN + 1, dtype=np.uint64)
    for place in range(RUN):
        whole *= np.uint64(_BASE)
        whole += words[place : len(words) - RUN + 1 + place]
    ends = np.cumsum(sizes)[:-1]
    inside = np.ones(len(whole), dtype=bool)
    for back in range(1, RUN):  # runs that would reach into the next text
        inside[ends[(ends >= back) & (ends - back < len(whole))] - back] = False
    return _mixed(whole[inside]), np.where(sizes > 0, sizes - RUN + 1, 0)


def _together(texts: Sequence[str]) -> Slots:
    """The slots of texts that fit in memory several times over, empty ones left empty."""
    hashes, counts = run_hashes(texts)
    table = np.full(len(texts) * SLOTS, EMPTY, dtype=np.uint32)
    place = np.repeat(np.arange(len(texts)) * SLOTS, counts) + (hashes >> np.uint64(57)).astype(np.int64)
    np.minimum.at(table, place, (hashes >> np.uint64(20)).astype(np.uint32))
    return table.reshape(-1, SLOTS)


def _filled(table: Slots) -> Slots:
    """Each empty slot takes what another holds: in which order it asks the others is the same for all texts."""
    empty = table == EMPTY
    rows, columns = np.nonzero(empty & ~empty.all(axis=1, keepdims=True))
    if not len(rows):
        return table
    done = table.copy()
    order, ranks = _orders()
    for asked in range(_ROUNDS):
        lender = order[columns, asked]
        there = ~empty[rows, lender]
        done[rows[there], columns[there]] = table[rows[there], lender[there]]
        rows, columns = rows[~there], columns[~there]
    if len(rows):  # few slots of these texts are filled: look for the one that would be asked first
        few, place = np.unique(rows, return_inverse=True)
        first = _first_lender(~empty[few], ranks)
        done[rows, columns] = table[rows, first[place, columns]]
    return done


def _first_lender(held: NDArray[np.bool_], ranks: Signature) -> NDArray[np.int64]:
    """For each text and slot the filled slot that it asks first, [texts, 128]."""
    counts = held.sum(axis=1)
    lenders = np.full((len(held), int(counts.max())), SLOTS)
    row, column = np.nonzero(held)
    lenders[row, np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)] = column
    best = np.zeros((len(held), SLOTS), dtype=np.int64)
    for slot in range(SLOTS):
        best[:, slot] = ranks[slot][lenders].argmin(axis=1)
    return np.asarray(np.take_along_axis(lenders, best, axis=1))


@cache
def _orders() -> tuple[NDArray[np.int64], Signature]:
    """For each slot the order in which it asks the others, and the rank of each in it (last: of none at all)."""
    luck = np.random.Generator(np.random.Philox(key=2017))
    order = np.stack([luck.permutation(SLOTS) for _ in range(SLOTS)])
    ranks = np.full((SLOTS, SLOTS + 1), 255, dtype=np.uint8)
    np.put_along_axis(ranks, order, np.arange(SLOTS, dtype=np.uint8)[None], axis=1)
    return order, ranks


def _words(texts: Sequence[str]) -> tuple[Hashes, NDArray[np.int64]]:
    """A hash of every word and the number of words of each text.

    The hash is a polynomial in the word's characters, worked out over all texts at once: each character counts with
    a power of its place in the whole, which is divided out at the word's beginning.
    """
    letters = _letters("\n".join(texts))
    starts = _starts(letters)
    ends = np.cumsum([len(text) + 1 for text in texts])
    counts = np.diff(np.searchsorted(starts, ends), prepend=0)
    if not len(starts):
        return np.zeros(0, dtype=np.uint64), counts
    powers, inverse = _powers(1 << max(18, (len(letters) - 1).bit_length()))
    sums = np.add.reduceat(powers[: len(letters)] * letters, starts, dtype=np.uint32) * inverse[starts]
    return _mixed(sums.astype(np.uint64)), counts


def _letters(text: str) -> Letters:
    """For each character its lower case (with _ALONE set where it is a word by itself), 0 for what parts words."""
    if text.isascii():
        plain: NDArray[np.uint8] = np.frombuffer(text.encode("ascii").translate(_ascii_table()), dtype=np.uint8)
        return plain
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    found: NDArray[np.uint32] = _table()[np.minimum(codes, 0xFFFF)]
    beyond = codes > 0xFFFF
    found[beyond] = codes[beyond] | _ALONE
    return found


def _starts(letters: Letters) -> NDArray[np.int64]:
    """Where words begin."""
    inside = letters != 0
    begins = inside.copy()
    if letters.dtype == np.uint8:
        begins[1:] &= ~inside[:-1]
        return np.flatnonzero(begins)
    alone = letters >= _ALONE
    begins[1:] &= ~(inside & ~alone)[:-1] | alone[1:]
    return np.flatnonzero(begins)


@cache
def _ascii_table() -> bytes:
    return _table()[:256].astype(np.uint8).tobytes()


@cache
def _table() -> NDArray[np.uint32]:
    table = np.zeros(1 << 16, dtype=np.uint32)
    for code in range(1 << 16):
        char = chr(code)
        if char.isalnum() or unicodedata.category(char).startswith("M"):
            table[code] = ord(char.lower()[0])
    for first, last in _UNSPACED:
        table[first : last + 1] |= np.where(table[first : last + 1] != 0, np.uint32(_ALONE), np.uint32(0))
    return table


@cache
def _powers(size: int) -> tuple[Slots, Slots]:
    """The base's powers 0, 1, ... and their inverses modulo 2^32."""
    found = []
    for base in (_SMALL_BASE, pow(_SMALL_BASE, -1, 1 << 32)):
        powers = np.full(size, base, dtype=np.uint32)
        powers[0] = 1
        found.append(np.multiply.accumulate(powers, dtype=np.uint32))
    return found[0], found[1]


@cache
def _equal_slots() -> NDArray[np.uint8]:
    """How many of a byte's two slots are equal, by the exclusive or of two bytes."""
    byte = np.arange(256)
    return np.asarray(((byte & 15) == 0).astype(np.uint8) + ((byte >> 4) == 0).astype(np.uint8), dtype=np.uint8)


def _mixed(values: Hashes) -> Hashes:
    """The finaliser of SplitMix64 (Steele, Lea & Flood 2014): every bit of a value moves every bit of its hash."""
    values = values ^ (values >> np.uint64(30))
    values = values * np.uint64(0xBF58476D1CE4E5B9)
    values = values ^ (values >> np.uint64(27))
    values = values * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
