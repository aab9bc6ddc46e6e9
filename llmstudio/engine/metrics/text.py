"""How near written texts come to their references: BLEU, chrF, ROUGE and exact match.

Equal to sacrebleu and rouge-score. Written here because torchmetrics adds these up in float32, which is off by more
than 1e-6 on the scale of 0 to 100, and needs downloads of NLTK for ROUGE.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from llmstudio.engine.metrics.stemming import stem

BLEU_ORDER, CHRF_ORDER, CHRF_BETA = 4, 6, 2
ROUGE_NAMES = ("rouge_1", "rouge_2", "rouge_l")
Counts = NDArray[np.int64]

# --- BLEU -----------------------------------------------------------------------------------------

_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
_APART = (  # mteval-v13a's rules for languages in Latin letters, in its order
    (re.compile(r"([ -&(-+:-@[-`{-~/])"), r" \1 "),
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)


def words_13a(text: str) -> list[str]:
    """The words and punctuation marks of a text, cut as mteval-v13a does."""
    text = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    text = f" {text} "
    for pattern, apart in _APART:
        text = pattern.sub(apart, text)
    return text.split()


def bleu_counts(answer: str, reference: str) -> Counts:
    """What corpus BLEU adds up over rows: both lengths, then hits and totals of runs of 1 to 4 words."""
    told, wanted = words_13a(answer), words_13a(reference)
    hits = [_common(_runs(told, n), _runs(wanted, n)) for n in range(1, BLEU_ORDER + 1)]
    totals = [max(0, len(told) - n + 1) for n in range(1, BLEU_ORDER + 1)]
    return np.array([len(told), len(wanted), *hits, *totals], dtype=np.int64)


def bleu_of(counts: Counts) -> float:
    """BLEU (Papineni et al. 2002), 0 to 100, of added counts; an order without hits is smoothed exponentially."""
    told, wanted, *rest = (int(number) for number in counts)
    hits, totals = rest[:BLEU_ORDER], rest[BLEU_ORDER:]
    if not any(hits) or not all(totals):
        return 0.0
    halvings, logs = 0, 0.0
    for hit, total in zip(hits, totals, strict=True):
        halvings += not hit
        logs += math.log(100 * hit / total if hit else 100 / (2**halvings * total))
    brevity = 1.0 if told >= wanted else math.exp(1 - wanted / told)
    return brevity * math.exp(logs / BLEU_ORDER)


def bleu(answers: Sequence[str], references: Sequence[str]) -> float:
    """Corpus BLEU with 13a words, 0 to 100, as sacrebleu's default; NaN without rows."""
    rows = [bleu_counts(*pair) for pair in zip(answers, references, strict=True)]
    return bleu_of(np.sum(rows, axis=0)) if rows else math.nan


# --- chrF -----------------------------------------------------------------------------------------


def chrf_counts(answer: str, reference: str) -> Counts:
    """What chrF adds up over rows: for runs of 1 to 6 characters, those told, those wanted and those in both."""
    told, wanted = "".join(answer.split()), "".join(reference.split())
    found = []
    for n in range(1, CHRF_ORDER + 1):
        left, right = _runs(told, n), _runs(wanted, n)
        found += [left.total() if right else 0, right.total(), _common(left, right)]
    return np.array(found, dtype=np.int64)


def chrf_of(counts: Counts) -> float:
    """chrF2 (Popović 2015), 0 to 100, of added counts; recall weighs twice as much as precision."""
    told, wanted, both = counts.reshape(CHRF_ORDER, 3).T
    there = (told > 0) & (wanted > 0)
    if not both[there].any():
        return 0.0
    precision = float((both[there] / told[there]).mean())
    recall = float((both[there] / wanted[there]).mean())
    square = CHRF_BETA**2
    return 100 * (1 + square) * precision * recall / (square * precision + recall)


def chrf(answers: Sequence[str], references: Sequence[str]) -> float:
    """Corpus chrF2 without spaces, 0 to 100, as sacrebleu's default; NaN without rows."""
    rows = [chrf_counts(*pair) for pair in zip(answers, references, strict=True)]
    return chrf_of(np.sum(rows, axis=0)) if rows else math.nan


# --- ROUGE ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rouge:
    """Precision, recall and F-measure of one pair of texts, 0 to 1."""

    precision: float
    recall: float
    f: float


def words_rouge(text: str, stemming: bool = False) -> list[str]:
    """Runs of a-z and 0-9 in lower case; with stemming, those of more than three letters are cut to their stem."""
    found: list[str] = re.findall(r"[a-z0-9]+", text.lower())
    return [stem(word) if len(word) > 3 else word for word in found] if stemming else found


def rouge(answer: str, reference: str, *, stemming: bool = False) -> dict[str, Rouge]:
    """ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004) of one answer, under rouge_1, rouge_2 and rouge_l."""
    told, wanted = words_rouge(answer, stemming), words_rouge(reference, stemming)
    common = [_common(_runs(told, n), _runs(wanted, n)) for n in (1, 2)] + [longest_common(told, wanted)]
    shorter = (0, 1, 0)  # how many fewer runs than words there are
    return {
        name: _score(hits, max(0, len(told) - less), max(0, len(wanted) - less))
        for name, hits, less in zip(ROUGE_NAMES, common, shorter, strict=True)
    }


def rouge_means(answers: Sequence[str], references: Sequence[str], *, stemming: bool = False) -> dict[str, float]:
    """The mean F-measure over all rows of each kind of ROUGE, 0 to 1; NaN without rows."""
    rows = [rouge(*pair, stemming=stemming) for pair in zip(answers, references, strict=True)]
    return {name: math.fsum(row[name].f for row in rows) / len(rows) if rows else math.nan for name in ROUGE_NAMES}


def _score(hits: int, told: int, wanted: int) -> Rouge:
    precision, recall = hits / max(told, 1), hits / max(wanted, 1)
    return Rouge(precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0)


def longest_common(left: Sequence[str], right: Sequence[str]) -> int:
    """Length of the longest common subsequence, many cells at once in the bits of one number (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for place, word in enumerate(left):
        places[word] = places.get(word, 0) | 1 << place
    whole = (1 << len(left)) - 1
    free = whole
    for word in right:
        hit = free & places.get(word, 0)
        free = ((free + hit) | (free - hit)) & whole
    return len(left) - free.bit_count()


# --- exact match, and counting ----------------------------------------------------------------------


def same(answer: str, reference: str, *, strict: bool = False) -> bool:
    """Whether two texts are the same; unless strict, capital letters and the kind and number of spaces do not count."""
    if strict:
        return answer == reference
    return " ".join(answer.split()).casefold() == " ".join(reference.split()).casefold()


def exact_match(answers: Sequence[str], references: Sequence[str], *, strict: bool = False) -> float:
    """The share of rows with the same text; NaN without rows."""
    rows = [same(*pair, strict=strict) for pair in zip(answers, references, strict=True)]
    return sum(rows) / len(rows) if rows else math.nan


def _runs(items: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(items[start:] for start in range(n)), strict=False))


def _common(left: Counter[tuple[str, ...]], right: Counter[tuple[str, ...]]) -> int:
    return sum(min(number, right[run]) for run, number in left.items() if run in right)
