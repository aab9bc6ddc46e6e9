"""Counts what a dataset is made of: lengths, characters, words and scripts.

Characters and lengths are exact. Words are counted in an even sample of at most 16 million characters, in bounded
memory: when more than half a million different words are held, those seen once are let go.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llmstudio.base import files
from llmstudio.data import database
from llmstudio.data.documents import INDEX, TEXT

FILE = "statistics.json"
SAMPLE = 16 << 20
MOST_WORDS = 500_000
SHOWN = 100
BINS = 24
_ROWS = 128
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
Row = tuple[int, str]


def compute(
    folder: Path,
    check: Callable[[], None] = lambda: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Statistics of the dataset in `folder`; `check` is called several times a second and may raise."""
    connection = database.connect()
    try:
        database.view(connection, "parts", folder / TEXT)
        database.view(connection, "rows", folder / INDEX)
        sql = "SELECT sum(characters)::BIGINT AS length FROM rows GROUP BY document ORDER BY document"
        lengths = np.asarray(connection.execute(sql).fetchnumpy()["length"], dtype=np.int64)
        tally = _Tally(int(lengths.sum()))
        done = 0
        stream = connection.cursor().execute("SELECT document, text FROM parts")
        while rows := stream.fetchmany(_ROWS):
            check()
            done += tally.take(rows, check)
            progress(done, tally.total)
        return {"documents": len(lengths), "length": _lengths(lengths), **tally.facts()}
    finally:
        connection.close()


def save(folder: Path, facts: dict[str, Any]) -> None:
    """Keep the statistics beside the documents."""
    files.write_json(folder / FILE, facts)


def load(folder: Path) -> dict[str, Any]:
    """The statistics kept with a dataset; {} where there are none."""
    path = folder / FILE
    return dict(files.read_json(path)) if path.is_file() else {}


class _Tally:
    def __init__(self, total: int) -> None:
        self.total = total
        self._every = max(1, -(-total // SAMPLE))
        self._counts = np.zeros(0x110000, dtype=np.int64)
        self._words: Counter[str] = Counter()
        self._row = self._sampled = 0
        self._pruned = False

    def take(self, rows: list[Row], check: Callable[[], None]) -> int:
        """Count a batch; returns its characters."""
        text = "".join(text for _, text in rows)
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        found = np.bincount(codes)
        self._counts[: len(found)] += found
        for run in self._runs(rows):
            check()
            self._sampled += len(run)
            self._words.update(_WORD.findall(run.lower()))
        if len(self._words) > MOST_WORDS:
            self._pruned = True
            self._words = Counter({word: number for word, number in self._words.items() if number > 1})
        return len(text)

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


def _utf8_bytes(counts: NDArray[np.int64]) -> int:
    total = counts.sum()
    return int(total + counts[0x80:].sum() + counts[0x800:].sum() + counts[0x10000:].sum())


def _lengths(lengths: NDArray[np.int64]) -> dict[str, Any]:
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


def _scripts(counts: NDArray[np.int64], used: NDArray[np.int64]) -> list[list[Any]]:
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
