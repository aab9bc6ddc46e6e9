"""Lessons: masked losses equal a plain loop, and evaluations do not depend on how rows are put together."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from llmstudio.engine import lessons
from llmstudio.engine.freezing import Choice
from llmstudio.engine.heads import HeadTask, Judging
from llmstudio.engine.lessons import Judged, Outcome, Read
from tests.engine import lesson, tiny

FULL = Choice("full")


def outcome(one: Judged | Read, outputs: int | None = 3) -> Outcome:
    student = lesson.student(FULL, outputs).train()
    if student.score is not None:
        torch.manual_seed(3)
        torch.nn.init.normal_(student.score.weight)
    parts = list(one.examine(student, tiny.HERE))
    assert student.training
    assert parts[:-1] == [None] * (len(parts) - 1)
    assert isinstance(parts[-1], Outcome)
    return parts[-1]


def test_the_loss_on_answers_equals_a_plain_loop() -> None:
    one, student = lesson.read(), lesson.student(FULL, None).eval()
    assert one.trained is not None
    plain, count, chosen = 0.0, 0, np.array([3, 1, 7, 20])
    for number in chosen:
        logits = student.body(torch.from_numpy(one.rows[number])[None])[0].detach().log_softmax(-1)
        for place in range(1, len(one.rows[number])):
            if one.trained[number][place]:
                plain -= float(logits[place - 1, one.rows[number][place]])
                count += 1
    each = one.losses(student, chosen, "cpu")
    assert len(each) == count == one.share(chosen)
    assert float(each.detach().sum()) == pytest.approx(plain, rel=1e-5)


def test_each_row_has_its_own_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    one = lesson.read()
    together = outcome(one, None)
    monkeypatch.setattr(lessons, "TOKENS_AT_ONCE", 1)  # every row alone
    alone = outcome(one, None)
    assert together.losses == pytest.approx(alone.losses, abs=1e-5)
    assert together.loss == pytest.approx(np.average(alone.losses, weights=one.counted), abs=1e-5)


def test_all_but_the_first_token_count_where_nothing_is_marked() -> None:
    whole = Read([np.arange(5), np.arange(3)])
    assert whole.counted == [4, 2]
    assert whole.share(np.array([0, 1])) == 6


def test_judgements_come_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    one = lesson.judged()
    together = outcome(one)
    monkeypatch.setattr(lessons, "TOKENS_AT_ONCE", 1)
    alone = outcome(one)
    assert together.said is not None
    assert alone.said is not None
    assert together.said == pytest.approx(alone.said, abs=1e-5)
    wanted = -np.log(together.said[np.arange(60), one.truth])
    assert together.losses == pytest.approx(wanted, abs=1e-4)
    assert together.loss == pytest.approx(wanted.mean(), abs=1e-4)


def test_evaluations_are_not_weighted_but_steps_are() -> None:
    plain = lesson.judged()
    weighted = Judged(plain.rows, plain.truth, Judging("classify", torch.tensor([1.0, 2.0, 5.0])))
    assert outcome(weighted).loss == pytest.approx(outcome(plain).loss)
    student, chosen = lesson.student(FULL).eval(), np.arange(20)
    numbers = torch.stack([student.judge(torch.from_numpy(plain.rows[n])[None], torch.tensor([len(plain.rows[n])]))[0]
                           for n in chosen.tolist()])  # fmt: skip
    wanted = F.cross_entropy(numbers, torch.from_numpy(plain.truth[chosen]), weight=weighted.judging.weights)
    found = weighted.losses(student, chosen, "cpu").sum() / weighted.share(chosen)
    assert torch.allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("kind", ["multilabel", "regress"])
def test_several_labels_and_values_are_judged(kind: HeadTask) -> None:
    plain = lesson.judged()
    truth = np.eye(3, dtype=np.float32)[plain.truth] if kind == "multilabel" else plain.truth.astype(np.float32)
    found = outcome(Judged(plain.rows, truth, Judging(kind)), 3 if kind == "multilabel" else 1)
    assert found.said is not None
    assert found.said.shape == (60, 3 if kind == "multilabel" else 1)
    assert found.losses.min() >= 0


def test_nothing_to_examine_gives_no_number() -> None:
    assert np.isnan(outcome(Read([]), None).loss)


def test_reading_on_changes_what_is_learned_but_not_the_loss_that_is_told() -> None:
    plain, student, chosen = lesson.judged(), lesson.student(FULL, 3).eval(), np.array([2, 5, 9])
    reading = Judged(plain.rows, plain.truth, plain.judging, reading=0.5)
    told, alone = reading.losses(student, chosen, "cpu"), plain.losses(student, chosen, "cpu")
    assert torch.allclose(told, alone)
    texts = [torch.tensor(plain.rows[number].astype(np.int64))[None] for number in chosen]
    wanted = alone.sum() + 0.5 * sum(student.body.loss(ids[:, :-1], ids[:, 1:]) for ids in texts if ids.size(1) > 1)
    weight = student.body.embedding.weight
    (found,) = torch.autograd.grad(told.sum(), weight)
    (expected,) = torch.autograd.grad(wanted, weight)
    assert torch.allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("reading", [0.0, 0.5])
def test_swapped_words_are_learned_from_and_never_examined(reading: float, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, student, chosen = lesson.judged(), lesson.student(FULL, 3).eval(), np.array([2, 5, 9])
    swapped = Judged(plain.rows, plain.truth, plain.judging, reading=reading, swapped=0.3)
    seen: list[torch.Tensor] = []
    stream = student.body.stream

    def watched(ids: torch.Tensor) -> torch.Tensor:
        seen.append(ids)
        return stream(ids)

    monkeypatch.setattr(student.body, "stream", watched)
    for _ in range(200):
        swapped.losses(student, chosen, "cpu")
    written, _ = swapped._batch(chosen, "cpu")
    width, pieces = written.size(1), student.body.config.vocab_size
    changed = torch.stack([one[:, :width] != written for one in seen]).float().mean()
    assert changed == pytest.approx(0.3 * (1 - 1 / pieces), abs=0.03)
    seen.clear()
    found, again = (
        next(each for each in one.examine(student, tiny.HERE) if each is not None) for one in (swapped, plain)
    )
    assert np.array_equal(found.losses, again.losses)


def test_what_is_right_is_macro_f1_for_labels_only() -> None:
    plain = lesson.judged()
    perfect = np.eye(3)[plain.truth]
    assert plain.right(perfect) == 1.0
    assert plain.right(np.eye(3)[np.zeros_like(plain.truth)]) == pytest.approx(
        2 * np.mean(plain.truth == 0) / (1 + np.mean(plain.truth == 0)) / 3
    )
    several = Judged(plain.rows, np.eye(3, dtype=np.float32)[plain.truth], Judging("multilabel"))
    assert several.right(perfect) == 1.0
    assert several.right(0.4 * perfect) == 0.0
    assert Judged(plain.rows, plain.truth.astype(np.float32), Judging("regress")).right(perfect) is None
