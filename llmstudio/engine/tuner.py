"""Goes on training a model on rows, as a generator of records like the trainer's; only what may learn has a state."""

from collections.abc import Generator, Mapping
from typing import Any

import torch
from torch import Tensor

from llmstudio.config import sizing
from llmstudio.engine.device import Place
from llmstudio.engine.heads import Student
from llmstudio.engine.lessons import Lesson, Outcome
from llmstudio.engine.rows import Numbers, RowOrder, in_batches
from llmstudio.engine.trainer import Learner, Plan, Record, Working

WORTH = 0.1
"""Macro-F1 that a nat of loss is worth when the best step is looked for."""


class Tuner(Learner):
    """Owns a student while it learns `lesson`, and measures it on `validation` (and on `old`, what it knew before).

    `chances` are the rows' chances to be drawn, where they are not to be shown once each in an epoch.
    """

    def __init__(
        self,
        student: Student,
        lesson: Lesson,
        validation: Lesson | None,
        plan: Plan,
        place: Place,
        *,
        old: Lesson | None = None,
        chances: list[float] | None = None,
    ) -> None:
        super().__init__(student, plan, place)
        self.student, self.lesson, self.validation, self.old = student, lesson, validation, old
        self.order = RowOrder(
            lesson.lengths, rows=plan.batch * plan.accumulate, parts=plan.accumulate, seed=plan.seed, weights=chances
        )
        self.outcome: Outcome | None = None
        self.old_loss: float | None = None
        self._at, self._parts, self._share = -1, list[Numbers](), 1.0
        self._together = sizing.portion(student.body.config, place.device)

    @property
    def measurable(self) -> bool:
        """Whether there are rows for validation."""
        return self.validation is not None and bool(self.validation.lengths)

    @property
    def tokens_of_step(self) -> int:
        """Real tokens of its rows."""
        return self.order.tokens(self.state.step)

    def rehearse(self) -> None:
        """One batch forward and backward that changes nothing, in whatever precision the caller set."""
        chosen = self.order.at(0)[0]
        self.lesson.losses(self.student, chosen, self.place.device).mean().backward()  # type: ignore[no-untyped-call]
        self.student.zero_grad(set_to_none=True)

    def _accumulate(self, number: int) -> float:
        step, part = divmod(number, self.plan.accumulate)
        self._turn_to(step)
        if part >= len(self._parts):  # the last step of an epoch can have fewer rows
            return 0.0
        return sum(self._learn(chosen) for chosen in self._portions(self._parts[part]))

    def _portions(self, part: Numbers) -> list[Numbers]:
        """Rows that are computed together: long ones make several portions, so that memory has a bound."""
        lengths = [self.lesson.lengths[row] for row in part]
        return [part[portion] for portion in in_batches(lengths, self._together)]

    def _learn(self, chosen: Numbers) -> float:
        with self.place.autocast():
            losses = self.lesson.losses(self.student, chosen, self.place.device)
            loss = losses.sum() / self._share
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    def _turn_to(self, step: int) -> None:
        if step != self._at:
            self._parts, self._at = self.order.at(step), step
            self._share = max(1e-9, sum(self.lesson.share(part) for part in self._parts))

    def _examine(self) -> Generator[Record, None, float]:
        assert self.validation is not None
        self.outcome = yield from self._outcome(self.validation)
        if self.old is not None:
            self.old_loss = (yield from self._outcome(self.old)).loss
        return self.outcome.loss

    def _score(self, loss: float) -> float:
        """Where texts are told apart macro-F1 decides, and the loss where it is nearly the same.

        The loss alone is lowest early, when the rates are high and the model is not yet sure of what it gets right;
        macro-F1 alone follows single rows: the first lucky evaluation of a small validation part would win.
        """
        found = self.validation.right(self.outcome.said) if self.validation and self.outcome else None
        return -loss if found is None else found - WORTH * loss

    def _outcome(self, lesson: Lesson) -> Generator[Record, None, Outcome]:
        for found in lesson.examine(self.student, self.place):
            if found is not None:
                return found
            yield Working(self.state.step, evaluating=True)
        raise AssertionError("an examination ends with its outcome")

    def weights(self) -> dict[str, Tensor]:
        """What learns, by name; the rest is as it was in the base model."""
        return {name: one for name, one in self.student.named_parameters() if one.requires_grad}

    def load(self, tensors: Mapping[str, Any]) -> None:
        """Copy what `weights` gave into the student. ValueError for names or shapes amiss."""
        own = self.weights()
        if own.keys() != tensors.keys():
            raise ValueError(f"tensors differ: {sorted(own.keys() ^ tensors.keys())[:4]}")
        with torch.no_grad():
            for name, tensor in own.items():
                if tensor.shape != tensors[name].shape:
                    raise ValueError(f"{name} has shape {tuple(tensors[name].shape)}, not {tuple(tensor.shape)}")
                tensor.copy_(tensors[name])
