"""Counts what a dataset is made of: lengths, characters, words and scripts.

The text is counted range by range, in several processes where it is large; each reads its ranges itself, and what they
found is added up in the order of the text, so that the result does not depend on how many there are.

Characters and lengths are exact. Words are counted in an even sample of at most 16 million characters, in bounded
memory: when more than half a million different words are held, those seen once are let go.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llmstudio.base import files
from llmstudio.data import database
from llmstudio.data.documents import INDEX, TEXT
from llmstudio.data.workers import Workers

FILE = "statistics.json"
SAMPLE = 16 << 20
MOST_WORDS = 500_000
SHOWN = 100
BINS = 24
RANGE = 64 << 20  # characters counted at a time: several row groups, so that few are read twice
_ROWS = 128
_LENGTHS = 1 << 20  # rows of the index read at a time
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
Row = tuple[int, str]
Counts = NDArray[np.int64]
Check = Callable[[], None]


def _never() -> None:
    """Nobody wants to stop."""


def compute(
    folder: Path,
    check: Check = lambda: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    processes: int = 0,
) -> dict[str, Any]:
    """Statistics of the dataset in `folder`; `check` is called several times a second and may raise.

    `processes` help (0: none do).
    """
    lengths = _lengths_of(folder / INDEX, check)
    every = max(1, -(-int(lengths.sum()) // SAMPLE))
    tally = _Tally(int(lengths.sum()), every)
    ranges = (_Range(folder / TEXT, every, *bounds) for bounds in _ranges(lengths))
    done = 0
    with Workers(_count, processes) as workers:
        found = workers.results(ranges, check) if processes else (_count(one, check) for one in ranges)
        for counted in found:
            check()
            tally.add(counted)
            done += counted.characters
            progress(done, tally.total)
    return {"documents": len(lengths), "length": _lengths(lengths), **tally.facts()}


def save(folder: Path, facts: dict[str, Any]) -> None:
    """Keep the statistics beside the documents."""
    files.write_json(folder / FILE, facts)


def load(folder: Path) -> dict[str, Any]:
    """The statistics kept with a dataset; {} where there are none."""
    path = folder / FILE
    return dict(files.read_json(path)) if path.is_file() else {}


@dataclass(frozen=True)
class _Range:
    """Documents `first` to `last` of a text file, of each the parts that begin in [start, end).

    Words are counted in one part of `every`.
    """

    path: Path
    every: int
    first: int
    last: int
    start: int
    end: int


@dataclass(frozen=True)
class _Counted:
    """What a range is made of: `counts[i]` is how often the character `codes[i]` occurs; words as they first came."""

    codes: Counts
    counts: Counts
    words: Counter[str]
    characters: int
    sampled: int


def _lengths_of(index: Path, check: Check) -> Counts:
    """The characters of each document, [documents]: eight bytes of memory for each."""
    connection = database.connect()
    try:
        database.view(connection, "rows", index)
        found = connection.execute("SELECT count(*), max(document) FROM rows").fetchone()
        rows, last = found if found and found[0] else (0, -1)
        lengths = np.zeros(last + 1, dtype=np.int64)
        sql = "SELECT document, characters FROM rows WHERE row >= $first AND row < $last"
        for first in range(0, rows, _LENGTHS):
            check()
            block = connection.execute(sql, {"first": first, "last": first + _LENGTHS}).fetchnumpy()
            np.add.at(lengths, block["document"], block["characters"])
        return lengths
    finally:
        connection.close()


def _ranges(lengths: Counts) -> Iterator[tuple[int, int, int, int]]:
    """(first document, last document, start, end) of ranges of at most RANGE characters, in order.

    Documents that are longer are cut.
    """
    ends, first = np.cumsum(lengths), 0
    while first < len(lengths):
        before = int(ends[first - 1]) if first else 0
        following = int(np.searchsorted(ends, before + RANGE, side="right"))
        if following > first:
            yield first, following - 1, 0, RANGE + 1
        else:
            following = first + 1
            for start in range(0, int(lengths[first]), RANGE):
                yield first, first, start, start + RANGE
        first = following


def _count(task: _Range, check: Check = _never) -> _Counted:
    """Read and count one range. Runs in any process."""
    connection = database.connect()
    counting = _Counting(task.every)
    try:
        database.view(connection, "parts", task.path)
        sql = (
            "SELECT document, text FROM parts "
            "WHERE document >= $first AND document <= $last AND start >= $start AND start < $end"
        )
        values = {"first": task.first, "last": task.last, "start": task.start, "end": task.end}
        stream = connection.execute(sql, values)
        while rows := stream.fetchmany(_ROWS):
            check()
            counting.take(rows, check)
    finally:
        connection.close()
    return counting.done()


class _Counting:
    """Counts the rows of one range."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._counts = np.zeros(0x110000, dtype=np.int64)
        self._words: Counter[str] = Counter()
        self._row = self._sampled = 0

    def take(self, rows: list[Row], check: Check) -> None:
        """Count a batch."""
        text = "".join(text for _, text in rows)
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        found = np.bincount(codes)
        self._counts[: len(found)] += found
        for run in self._runs(rows):
            check()
            self._sampled += len(run)
            self._words.update(_WORD.findall(run.lower()))

    def done(self) -> _Counted:
        """What was counted."""
        used = np.flatnonzero(self._counts)
        return _Counted(used, self._counts[used], self._words, int(self._counts.sum()), self._sampled)

    def _runs(self, rows: list[Row]) -> Iterator[str]:
        """The rows to count words in; neighbours are joined where all are taken, so that few words are cut."""
        if self._every == 1:
            last = -1
            run: list[str] = []
            for document, text in rows:
                if document != last:
                    run.append("\n")
                run.append(text)
                last = document
            yield "".join(run)
            return
        for _, text in rows:
            if self._row % self._every == 0:
                yield text
            self._row += 1


class _Tally:
    """Adds up ranges, in their order."""

    def __init__(self, total: int, every: int) -> None:
        self.total, self._every = total, every
        self._counts = np.zeros(0x110000, dtype=np.int64)
        self._words: Counter[str] = Counter()
        self._sampled = 0
        self._pruned = False

    def add(self, found: _Counted) -> None:
        """The next range."""
        self._counts[found.codes] += found.counts
        self._sampled += found.sampled
        self._words.update(found.words)
        if len(self._words) > MOST_WORDS:
            self._pruned = True
            self._words = Counter({word: number for word, number in self._words.items() if number > 1})

    def facts(self) -> dict[str, Any]:
        used = np.flatnonzero(self._counts)
        order = used[np.argsort(-self._counts[used], kind="stable")]
        return {
            "characters": int(self._counts.sum()),
            "bytes": _utf8_bytes(self._counts),
            "distinct_characters": len(used),
            "frequent_characters": [[chr(code), int(self._counts[code])] for code in order[:SHOWN]],
            "scripts": _scripts(self._counts, used),
            "frequent_words": [[word, number] for word, number in self._words.most_common(SHOWN)],
            "distinct_words": len(self._words),
            "distinct_words_is_a_lower_bound": self._pruned or self._every > 1,
            "words": self._words.total(),
            "words_counted_in": round(self._sampled / max(self.total, 1), 4),
        }


def _utf8_bytes(counts: Counts) -> int:
    total = counts.sum()
    return int(total + counts[0x80:].sum() + counts[0x800:].sum() + counts[0x10000:].sum())


def _lengths(lengths: Counts) -> dict[str, Any]:
    """Five figures and a histogram with bins of equal width in the logarithm."""
    low, high = int(lengths.min()), int(lengths.max())
    edges = np.unique(np.round(np.geomspace(max(low, 1), max(high, 1) + 1, BINS + 1)).astype(np.int64))
    counts, _ = np.histogram(lengths, bins=edges) if len(edges) > 1 else (np.array([len(lengths)]), None)
    return {
        "min": low,
        "median": float(np.median(lengths)),
        "mean": float(lengths.mean()),
        "p90": float(np.percentile(lengths, 90)),
        "max": high,
        "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
    }


def _scripts(counts: Counts, used: Counts) -> list[list[Any]]:
    """[script, share of all letters], the most frequent first."""
    found: Counter[str] = Counter()
    for code in used:
        name = _script(int(code))
        if name:
            found[name] += int(counts[code])
    total = found.total()
    return [[name, number / total] for name, number in found.most_common(12)]


@cache
def _script(code: int) -> str:
    """The script of a letter, from the first word of its Unicode name; "" for what is no letter."""
    char = chr(code)
    if not char.isalpha():
        return ""
    word = unicodedata.name(char, "Other").split()[0].split("-")[0].capitalize()
    return {"Cjk": "Han", "Fullwidth": "Latin", "Mathematical": "Latin", "Modifier": "Other"}.get(word, word)
