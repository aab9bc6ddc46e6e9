"""What a student learns from: rows with labels or values, or rows of text of which some tokens count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from llmstudio.config import sizing
from llmstudio.engine.device import Place
from llmstudio.engine.heads import Judging, Student
from llmstudio.engine.metrics import classification, multilabel
from llmstudio.engine.rows import IGNORED, Numbers, in_batches, padded

TOKENS_AT_ONCE = 8192

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """What an evaluation found: `loss` is the mean that is trained on; per row its loss and, with a head, what it
    says (rows x outputs: probabilities or the value)."""

    loss: float
    losses: Floats
    said: Floats | None = None


class Lesson(Protocol):
    """Rows to learn from, by number."""

    lengths: list[int]

    def share(self, chosen: Numbers) -> float:
        """By what the sum of these rows' losses is divided to give their mean."""

    def losses(self, student: Student, chosen: Numbers, device: str) -> Tensor:
        """Losses of these rows; their sum is what the step lowers."""

    def examine(self, student: Student, place: Place) -> Iterator[Outcome | None]:
        """Evaluate on all rows: None after each part, and the outcome last."""

    def right(self, said: Floats | None) -> float | None:
        """How much of what an examination heard is right, from 0 to 1; None where the loss tells more."""


@dataclass
class Judged:
    """Texts with what a head should say of each: a class, zeros and ones, or a value.

    With `reading` the mean cross entropy of each text's tokens, times this weight, is learned beside it: who
    goes on reading forgets less and learns little by heart (Radford et al. 2018, section 3.2).
    With `swapped` this share of the tokens is another, drawn at random, whenever a text is learned from; what is to
    be foretold stays what was written. Drawn from torch's generator.
    """

    rows: Sequence[NDArray[Any]]
    truth: NDArray[Any]
    judging: Judging
    reading: float = 0.0
    swapped: float = 0.0

    def __post_init__(self) -> None:
        self.lengths = [len(row) for row in self.rows]

    def share(self, chosen: Numbers) -> float:
        """Rows, or the weights of their classes."""
        return float(self.judging.shares(self._truth(chosen, "cpu")).sum()) if len(chosen) else 0.0

    def losses(self, student: Student, chosen: Numbers, device: str) -> Tensor:
        """One loss for each row."""
        truth = self._truth(chosen, device)
        ids, lengths = self._batch(chosen, device)
        seen = self._disturbed(ids, student.body.config.vocab_size)
        if not self.reading:
            return self.judging.losses(student.judge(seen, lengths), truth)
        numbers, read = student.judge_and_read(ids, lengths, seen)
        urge = self.reading * self.judging.shares(truth) * read
        return self.judging.losses(numbers, truth) + urge - urge.detach()  # learned from, but not told as the loss

    def _disturbed(self, ids: Tensor, pieces: int) -> Tensor:
        if not self.swapped:
            return ids
        hit = torch.rand(ids.shape) < self.swapped
        return torch.where(hit.to(ids.device), torch.randint(pieces, ids.shape).to(ids.device), ids)

    def _numbers(self, student: Student, chosen: Numbers, device: str) -> Tensor:
        return student.judge(*self._batch(chosen, device))

    def _batch(self, chosen: Numbers, device: str) -> tuple[Tensor, Tensor]:
        rows = [self.rows[one] for one in chosen]
        lengths = torch.tensor([len(row) for row in rows])
        return padded(rows).to(device), lengths.to(device)

    def _truth(self, chosen: Numbers, device: str) -> Tensor:
        return torch.from_numpy(self.truth[chosen]).to(device)

    def examine(self, student: Student, place: Place) -> Iterator[Outcome | None]:
        """Unweighted: what counts is how good it is, not what was made to count."""
        plain = Judging(self.judging.task, None, self.judging.mean, self.judging.scale)
        outputs = self.truth.shape[1] if self.truth.ndim == 2 else student.score.out_features if student.score else 1
        losses, said = np.zeros(len(self.rows)), np.zeros((len(self.rows), outputs))
        for chosen in in_batches(self.lengths, _together(student, place)):
            with evaluating(student, place):
                numbers = self._numbers(student, chosen, place.device)
                losses[chosen] = plain.losses(numbers, self._truth(chosen, place.device)).double().cpu().numpy()
                said[chosen] = plain.answers(numbers).double().cpu().numpy()
            yield None
        yield Outcome(float(losses.mean()) if len(losses) else float("nan"), losses, said)

    def right(self, said: Floats | None) -> float | None:
        """Macro-F1 of the classes or labels; None for values."""
        if said is None or self.judging.task == "regress":
            return None
        if self.judging.task == "multilabel":
            return multilabel.figures(self.truth.astype(np.bool_), said >= 0.5)["macro_f1"]
        matrix = classification.confusion(self.truth, said.argmax(axis=1), said.shape[1])
        return classification.figures(matrix)["macro_f1"]


@dataclass
class Read:
    """Texts of which the tokens that `trained` marks are to be foretold (all but the first where it is None)."""

    rows: Sequence[NDArray[Any]]
    trained: Sequence[NDArray[np.bool_]] | None = None

    def __post_init__(self) -> None:
        self.lengths = [len(row) - 1 for row in self.rows]
        self.counted = self.lengths if self.trained is None else [int(marks[1:].sum()) for marks in self.trained]

    def share(self, chosen: Numbers) -> float:
        """The tokens that count."""
        return float(sum(self.counted[one] for one in chosen))

    def losses(self, student: Student, chosen: Numbers, device: str) -> Tensor:
        """One loss for each token that counts, row by row."""
        ids = padded([self.rows[one][:-1] for one in chosen])
        return student.losses(ids.to(device), self._targets(chosen).to(device))

    def _targets(self, chosen: Numbers) -> Tensor:
        rows = [self.rows[one][1:].astype(np.int64) for one in chosen]
        if self.trained is not None:
            marks = (self.trained[one][1:] for one in chosen)
            rows = [np.where(marked, row, IGNORED) for row, marked in zip(rows, marks, strict=True)]
        return padded(rows, IGNORED)

    def examine(self, student: Student, place: Place) -> Iterator[Outcome | None]:
        """The mean over all tokens that count, and for each row the mean over its own."""
        sums = np.zeros(len(self.rows))
        for chosen in in_batches(self.lengths, _together(student, place)):
            with evaluating(student, place):
                each = self.losses(student, chosen, place.device).double().cpu().numpy()
            ends = np.cumsum([self.counted[one] for one in chosen])
            sums[chosen] = [part.sum() for part in np.split(each, ends[:-1])]
            yield None
        counted = np.asarray(self.counted, dtype=np.float64)
        losses = np.divide(sums, counted, out=np.zeros(len(sums)), where=counted > 0)
        yield Outcome(float(sums.sum() / counted.sum()) if counted.sum() else float("nan"), losses)

    def right(self, said: Floats | None) -> None:
        """Of texts the loss tells most."""


def _together(student: Student, place: Place) -> int:
    """Tokens examined at once: no more than a step takes, so that an evaluation needs no memory of its own."""
    return min(TOKENS_AT_ONCE, sizing.portion(student.body.config, place.device))


class evaluating:  # noqa: N801 - reads as a statement
    """Inside it the student computes without learning; afterwards it is in the mode it was in."""

    def __init__(self, student: Student, place: Place) -> None:
        self.student, self.place = student, place

    def __enter__(self) -> None:
        self._was = self.student.training
        self.student.eval()
        self._inside = (torch.inference_mode(), self.place.autocast())
        for one in self._inside:
            one.__enter__()

    def __exit__(self, *error: Any) -> None:
        for one in reversed(self._inside):
            one.__exit__(*error)
        self.student.train(self._was)
