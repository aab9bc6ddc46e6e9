"""Tuning: it learns by every method, changes only what may learn, and goes on exactly after a stop."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from llmstudio.engine.checkpoint import Snapshot
from llmstudio.engine.freezing import Choice
from llmstudio.engine.lessons import Floats, Outcome
from llmstudio.engine.trainer import Evaluation, Record, Step
from llmstudio.engine.tuner import Tuner
from tests.engine import lesson, tiny
from tests.engine.lesson import LORA

FULL, LAST, HEAD = Choice("full"), Choice("last-layers", last_layers=1), Choice("head")


def told(records: list[Record]) -> list[tuple[int, str, str]]:
    return [(one.step, one.loss.hex(), one.grad_norm.hex()) for one in records if isinstance(one, Step)]


def losses(records: list[Record]) -> list[float]:
    return [one.val_loss for one in records if isinstance(one, Evaluation)]


@pytest.mark.parametrize("choice", [FULL, LAST, LORA], ids=lambda one: one.method)
def test_every_method_learns_to_classify(choice: Choice) -> None:
    one = lesson.tuner(choice, lesson.judged(400), steps=120, eval_every=120, rate=0.005)
    first, last = losses(list(one.run()))
    assert first == pytest.approx(1.0986, abs=1e-3)
    assert last < (0.5 if choice is FULL else 0.9)  # what is frozen was never trained
    assert one.outcome is not None
    assert one.outcome.said is not None
    assert one.outcome.said.shape == (30, 3)
    assert (one.outcome.said.argmax(axis=1) == lesson.judged(30, 1).truth).mean() > 0.6


def test_a_head_alone_learns_a_little() -> None:
    first, last = losses(list(lesson.tuner(HEAD, steps=80, eval_every=80, rate=0.1).run()))
    assert last < first - 0.1


@pytest.mark.parametrize("choice", [FULL, LAST, LORA], ids=lambda one: one.method)
def test_every_method_learns_to_write(choice: Choice) -> None:
    one = lesson.tuner(choice, lesson.read(), outputs=None, steps=80, eval_every=80, rate=0.02)
    first, last = losses(list(one.run()))
    assert first > 2.2
    assert last < first - 0.2


@pytest.mark.parametrize("choice", [FULL, LAST, LORA, HEAD], ids=lambda one: one.method)
def test_only_what_may_learn_changes_and_has_a_state(choice: Choice) -> None:
    one = lesson.tuner(choice, steps=3)
    before = {name: value.detach().clone() for name, value in one.student.named_parameters()}
    learning = set(one.weights())
    list(one.run())
    after = dict(one.student.named_parameters())
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert changed <= learning
    assert "score.weight" in changed
    wanted = {FULL: "body.embedding.weight", LAST: "body.blocks.1.feed_forward.up.weight"}
    wanted |= {LORA: "body.blocks.0.attention.qkv.adapters.q.B", HEAD: "score.weight"}
    assert wanted[choice] in changed
    states = {key.split("|")[0].removeprefix("state.") for key in one.snapshot().tensors["optimizer"] if "|" in key}
    assert states <= learning
    assert all(value.grad is None for value in one.student.parameters())


def test_the_frozen_part_below_keeps_nothing_for_a_way_back() -> None:
    one = lesson.student(LAST)
    seen: list[bool] = []
    for block in one.body.blocks:
        block.register_forward_hook(lambda _, __, x: seen.append(x.requires_grad))
    one.judge(torch.tensor([[1, 2]]), torch.tensor([2]))
    assert seen == [False, True]


@pytest.mark.parametrize("choice", [FULL, LORA], ids=lambda one: one.method)
@pytest.mark.parametrize("stop", [1, 5, 11])
def test_a_snapshot_goes_on_with_the_identical_curve(choice: Choice, stop: int) -> None:
    whole = lesson.tuner(choice, accumulate=2, batch=4)
    wanted = list(whole.run())
    first = lesson.tuner(choice, accumulate=2, batch=4)
    before = list(_until(first, stop))
    snapshot = first.snapshot()
    torch.rand(100)  # whatever happens in between
    second = lesson.tuner(choice, accumulate=2, batch=4)
    second.restore(_copied(snapshot))
    after = list(second.run())
    assert told(before) + told(after) == told(wanted)
    assert losses(before) + losses(after) == losses(wanted)
    assert vars(second.state) == vars(whole.state)
    assert all(torch.equal(value, whole.weights()[name]) for name, value in second.weights().items())


def _until(one: Tuner, step: int) -> Iterator[Record]:
    for record in one.run():
        yield record
        if one.state.step == step:
            return


def _copied(snapshot: Snapshot) -> Snapshot:
    tensors = {k: {n: t.detach().clone() for n, t in part.items()} for k, part in snapshot.tensors.items()}
    return Snapshot(snapshot.step, tensors, dict(snapshot.state))


@pytest.mark.parametrize("kind", ["judged", "read"])
def test_half_the_batch_accumulated_twice_is_the_same_training(kind: str) -> None:
    one, outputs = getattr(lesson, kind)(), 3 if kind == "judged" else None

    def curve(**changes: int) -> list[float]:
        student = lesson.student(FULL, outputs, dropout=0.0)
        found = Tuner(student, one, None, lesson.plan(eval_every=100, **changes), tiny.HERE)
        return [record.loss for record in found.run() if isinstance(record, Step)]

    assert curve(batch=8) == pytest.approx(curve(batch=4, accumulate=2), rel=1e-3)


@pytest.mark.parametrize("kind", ["judged", "read"])
def test_long_rows_computed_one_after_the_other_are_the_same_training(kind: str) -> None:
    one, outputs = getattr(lesson, kind)(), 3 if kind == "judged" else None

    def curve(together: int) -> list[float]:
        found = Tuner(lesson.student(FULL, outputs, dropout=0.0), one, None, lesson.plan(eval_every=100), tiny.HERE)
        found._together = together
        return [record.loss for record in found.run() if isinstance(record, Step)]

    assert curve(1) == pytest.approx(curve(1000), rel=1e-3)


def test_the_best_step_is_the_one_with_the_most_right_and_little_loss() -> None:
    one = lesson.tuner(FULL)
    assert one.validation is not None
    truth = np.asarray(one.validation.truth)  # type: ignore[attr-defined]
    right, wrong = np.eye(3)[truth], np.eye(3)[(truth + 1) % 3]

    def score(loss: float, said: Floats) -> float:
        one.outcome = Outcome(loss, np.zeros(len(truth)), said)
        return one._score(loss)

    assert score(3.0, right) > score(0.1, wrong)
    assert score(0.1, right) > score(0.2, right)
    lucky = right.copy()
    lucky[0] = wrong[0]  # one row less
    assert score(0.2, lucky) > score(9.0, right)
    text = lesson.tuner(FULL, lesson.read(), outputs=None)
    assert text._score(2.0) == -2.0


def test_tokens_count_what_was_really_read() -> None:
    one = lesson.tuner(FULL, steps=8, eval_every=100)
    last = [record for record in one.run() if isinstance(record, Step)][-1]
    assert one.order.steps == 8
    assert last.tokens == sum(one.lesson.lengths)


def test_the_old_domain_is_measured_beside() -> None:
    student = lesson.student(LORA, None)
    one = Tuner(student, lesson.read(), lesson.read(20, 1), lesson.plan(steps=4), tiny.HERE, old=lesson.read(20, 2))
    for record in one.run():
        if isinstance(record, Evaluation):
            assert one.old_loss is not None
            assert 0 < one.old_loss < 5


def test_foreign_snapshots_are_refused() -> None:
    one = lesson.tuner(HEAD)
    with pytest.raises(ValueError, match="differ"):
        one.load({"x": torch.zeros(1)})
    with pytest.raises(ValueError, match="shape"):
        one.load({"score.weight": torch.zeros(2, 2)})
