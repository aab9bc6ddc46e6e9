"""What a person would try first: words and pairs of words, weighted by rarity, and a logistic regression.

Weights are TF-IDF (Salton and Buckley 1988, "Term-weighting approaches in automatic text retrieval") with smoothed
document frequencies and rows of length one; the regression has a squared penalty on all weights but the offsets and
is solved by L-BFGS (Liu and Nocedal 1989). There is no chance in it: the same rows give the same figures.
"""

import re
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float64]
Labels = Sequence[int | Sequence[int]]

STRENGTH = 1.0  # how much a row's error counts against the penalty
MOST_STEPS = 200
MOST_FEATURES = 500_000
_TOLERANCE = 1e-6
_WORD = re.compile(r"\b\w\w+\b")
_LONGEST = 20_000  # characters of a text that are read


class Words:
    """Turns texts into sparse rows: words of two letters or more and pairs of neighbours, in lower case."""

    def __init__(self, texts: Sequence[str], check: Callable[[], None] = lambda: None) -> None:
        counts: Counter[str] = Counter()
        for text in texts:
            check()
            counts.update(set(_terms(text)))
        chosen = sorted(counts.most_common(MOST_FEATURES)) if len(counts) > MOST_FEATURES else sorted(counts.items())
        self.ids = {term: number for number, (term, _) in enumerate(chosen)}
        seen = np.array([count for _, count in chosen], dtype=np.float64)
        self.rarity = np.log((1 + len(texts)) / (1 + seen)) + 1

    def rows(self, texts: Sequence[str]) -> Tensor:
        """A sparse matrix, one row of length one for each text."""
        numbers, columns, values = [], [], []
        for number, text in enumerate(texts):
            counts = Counter(self.ids[term] for term in _terms(text) if term in self.ids)
            ids = np.fromiter(counts, dtype=np.int64, count=len(counts))
            weights = np.fromiter(counts.values(), dtype=np.float64, count=len(counts)) * self.rarity[ids]
            norm = float(np.sqrt((weights**2).sum()))
            numbers.append(np.full(len(ids), number))
            columns.append(ids)
            values.append(weights / norm if norm else weights)
        places = np.stack([np.concatenate(numbers), np.concatenate(columns)])
        shape = (len(texts), max(1, len(self.ids)))
        filled = torch.from_numpy(np.concatenate(values))
        return torch.sparse_coo_tensor(torch.from_numpy(places), filled, shape, check_invariants=True).coalesce()


def _terms(text: str) -> list[str]:
    words = _WORD.findall(text[:_LONGEST].lower())
    return words + [f"{one} {other}" for one, other in pairwise(words)]


@dataclass
class Baseline:
    """A fitted regression. With `several` labels a row may have any number of them."""

    words: Words
    weights: Tensor
    offsets: Tensor
    several: bool

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """One row for each text, one column for each label; rows add up to one unless a row may have several."""
        scores = self.words.rows(texts) @ self.weights + self.offsets
        if self.several:
            found = scores.sigmoid()
        elif scores.shape[1] == 1:
            found = torch.cat([(-scores).sigmoid(), scores.sigmoid()], dim=1)
        else:
            found = scores.softmax(1)
        return np.asarray(found.numpy(), dtype=np.float64)


@dataclass(frozen=True)
class Majority:
    """Always says how frequent each label was."""

    shares: Floats

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """The same row for each text."""
        return np.tile(self.shares, (len(texts), 1))


def majority(labels: Labels, number: int) -> Majority:
    """The baseline that reads no text."""
    return Majority(_targets(labels, number)[0].mean(0))


def fit(texts: Sequence[str], labels: Labels, number: int, check: Callable[[], None] = lambda: None) -> Baseline:
    """Learn to tell `number` labels apart. Labels are numbers from 0, or lists of them where rows may have several.

    `check` is called once for each text and each step, and may raise to stop.
    """
    targets, several = _targets(labels, number)
    wanted = torch.from_numpy(targets)
    if not several and number == 2:
        wanted = wanted[:, 1:]
    words = Words(texts, check)
    problem = _Problem(words.rows(texts), wanted, softmax=not several and number > 2)
    solved = _solve(problem, check)
    return Baseline(words, solved[:-1], solved[-1], several)


def _targets(labels: Labels, number: int) -> tuple[Floats, bool]:
    targets = np.zeros((len(labels), number))
    several = False
    for row, label in enumerate(labels):
        if isinstance(label, Sequence):
            several = True
            targets[row, list[int](label)] = 1
        else:
            targets[row, label] = 1
    return targets, several


class _Problem:
    """The function to make small, with its slope; the last row of its argument holds the offsets."""

    def __init__(self, rows: Tensor, wanted: Tensor, softmax: bool) -> None:
        self.wanted, self.softmax = wanted, softmax
        self.rows, self.columns = _by_row(rows), _by_row(rows.t().coalesce())
        self.shape = (rows.shape[1] + 1, wanted.shape[1])

    def __call__(self, at: Tensor) -> tuple[Tensor, Tensor]:
        weights = at[:-1]
        scores = self.rows @ weights + at[-1]
        if self.softmax:
            errors = (scores.logsumexp(1) - (scores * self.wanted).sum(1)).sum()
            slopes = scores.softmax(1) - self.wanted
        else:
            errors = torch.nn.functional.binary_cross_entropy_with_logits(scores, self.wanted, reduction="sum")
            slopes = scores.sigmoid() - self.wanted
        value = STRENGTH * errors + (weights**2).sum() / 2
        slope = torch.cat([STRENGTH * (self.columns @ slopes) + weights, STRENGTH * slopes.sum(0, keepdim=True)])
        return value / len(self.wanted), slope / len(self.wanted)


def _by_row(matrix: Tensor) -> Tensor:
    """The same matrix stored row by row, which multiplies six times as fast; torch warns that this is new."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return matrix.to_sparse_csr()


def _solve(problem: _Problem, check: Callable[[], None]) -> Tensor:
    at = torch.zeros(problem.shape, dtype=torch.float64, requires_grad=True)
    solver = torch.optim.LBFGS(
        [at],
        max_iter=MOST_STEPS,
        tolerance_grad=_TOLERANCE,
        tolerance_change=1e-12,
        history_size=10,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        check()
        with torch.no_grad():
            value, at.grad = problem(at.detach())
        return value

    solver.step(closure)  # type: ignore[no-untyped-call]
    return at.detach()
