"""The trainer: it learns, stops where it should, survives broken numbers, and goes on exactly."""

import math
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import pytest
import torch

from llmstudio.engine import trainer
from llmstudio.engine.checkpoint import Snapshot
from llmstudio.engine.device import Place
from llmstudio.engine.trainer import Diverged, Evaluation, Record, Skipped, Step, Trainer, Working
from tests.engine import tiny

DROPOUT = {"dropout": 0.2}


def steps(records: list[Record]) -> list[Step]:
    return [record for record in records if isinstance(record, Step)]


def evaluations(records: list[Record]) -> list[Evaluation]:
    return [record for record in records if isinstance(record, Evaluation)]


def told(records: list[Record]) -> list[tuple[int, str, str]]:
    """Losses and norms in hexadecimal, so that the last bit counts."""
    return [(step.step, step.loss.hex(), step.grad_norm.hex()) for step in steps(records)]


def weights(one: Trainer) -> bytes:
    return b"".join(tensor.numpy().tobytes() for tensor in one.weights().values())


def until(one: Trainer, step: int) -> list[Record]:
    """Train until so many steps are done, and stop there as a pause does."""
    return list(takewhile(lambda _: one.state.step <= step, _run(one, step)))


def _run(one: Trainer, step: int) -> Iterator[Record]:
    for record in one.run():
        yield record
        if one.state.step == step:
            return


@pytest.mark.parametrize("kind", ["muon", "adamw"])
@pytest.mark.parametrize("preset", ["studio-small", "gpt2", "llama"])
def test_it_learns(preset: str, kind: Any) -> None:
    settings = tiny.optim.Settings(kind, 0.9, 0.99, 0.01)
    one = tiny.trainer({"preset": preset}, steps=60, eval_every=60, optimizer=settings)
    first, last = evaluations(list(one.run()))
    assert first.val_loss > 2.2
    assert last.val_loss < 1.0


def test_it_evaluates_first_in_between_and_last() -> None:
    records = list(tiny.trainer(steps=10, eval_every=4).run())
    assert [record.step for record in evaluations(records)] == [0, 4, 8, 10]
    assert [record.step for record in steps(records)] == list(range(1, 11))
    assert [record.tokens for record in steps(records)] == [32 * number for number in range(1, 11)]


@pytest.mark.parametrize("stop", [1, 4, 7, 11])
def test_a_snapshot_goes_on_with_the_identical_curve(stop: int) -> None:
    whole = tiny.trainer(DROPOUT, accumulate=2)
    wanted = list(whole.run())
    first = tiny.trainer(DROPOUT, accumulate=2)
    before = until(first, stop)
    snapshot = first.snapshot()
    torch.rand(100)  # whatever happens in between
    second = tiny.trainer(DROPOUT, accumulate=2)
    second.restore(_through_bytes(snapshot))
    after = list(second.run())
    assert told(before) + told(after) == told(wanted)
    assert weights(second) == weights(whole)
    assert vars(second.state) == vars(whole.state)
    assert evaluations(before + after) == evaluations(wanted)


def _through_bytes(snapshot: Snapshot) -> Snapshot:
    tensors = {k: {n: t.clone() for n, t in part.items()} for k, part in snapshot.tensors.items()}
    return Snapshot(snapshot.step, tensors, dict(snapshot.state))


def test_a_stop_inside_a_step_does_not_count_as_a_step() -> None:
    wanted = told(list(tiny.trainer(DROPOUT, accumulate=3).run()))
    one = tiny.trainer(DROPOUT, accumulate=3)
    for record in one.run():
        if isinstance(record, Working) and not record.evaluating and one.state.step == 5:
            break
    second = tiny.trainer(DROPOUT, accumulate=3)
    second.restore(one.snapshot())
    assert second.state.step == 5
    assert told(list(second.run())) == wanted[5:]


def test_half_the_batch_accumulated_twice_is_the_same_training() -> None:
    whole = steps(list(tiny.trainer(batch=4).run()))
    halves = steps(list(tiny.trainer(batch=2, accumulate=2).run()))
    assert [a.loss for a in whole] == pytest.approx([b.loss for b in halves], rel=1e-3)
    assert [a.tokens for a in whole] == [b.tokens for b in halves]


class Broken:
    """Makes the loss of chosen batches infinite."""

    def __init__(self, one: Trainer, batches: set[int]) -> None:
        self.loss, self.batches, self.number = one.model.loss, batches, -1

    def __call__(self, *parts: Any) -> Any:
        self.number += 1
        return self.loss(*parts) * (math.inf if self.number in self.batches else 1.0)


def break_at(monkeypatch: pytest.MonkeyPatch, one: Trainer, batches: set[int]) -> None:
    monkeypatch.setattr(one.model, "loss", Broken(one, batches))


def test_broken_numbers_leave_the_weights_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    one = tiny.trainer()
    break_at(monkeypatch, one, {3, 4})
    records = list(one.run())
    skipped = [record for record in records if isinstance(record, Skipped)]
    assert [(record.step, record.in_a_row) for record in skipped] == [(4, 1), (5, 2)]
    assert len(steps(records)) == 10
    assert all(torch.isfinite(tensor).all() for tensor in one.weights().values())
    assert all(torch.isfinite(tensor).all() for tensor in one.snapshot().tensors["optimizer"].values())


def test_numbers_that_stay_broken_end_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    one = tiny.trainer(eval_every=100)
    break_at(monkeypatch, one, {3, 4, 5, 6})
    with pytest.raises(Diverged) as caught:
        list(one.run())
    assert caught.value.step == 7
    assert all(torch.isfinite(tensor).all() for tensor in one.weights().values())


def test_it_stops_early_when_validation_does_not_improve() -> None:
    one = tiny.trainer(steps=400, eval_every=2, patience=3, rate=1e-9)
    list(one.run())
    assert one.finished
    assert one.state.step < 40
    assert one.state.without_progress == 3


def test_without_validation_it_trains_all_the_same() -> None:
    one = Trainer(tiny.model(), tiny.text(), tiny.text(0), tiny.plan(), tiny.HERE)
    records = list(one.run())
    assert not evaluations(records)
    assert len(steps(records)) == 12
    assert one.state.best_step is None


def test_a_scaled_rate_is_used_and_kept() -> None:
    one = tiny.trainer()
    until(one, 6)
    rate = one.learning_rate
    one.state.rate_scale = 0.5
    assert one.learning_rate == rate / 2
    second = tiny.trainer()
    second.restore(one.snapshot())
    assert second.learning_rate == rate / 2


def test_rehearsing_changes_nothing() -> None:
    one = tiny.trainer()
    before = weights(one)
    one.rehearse()
    assert weights(one) == before
    assert all(parameter.grad is None for parameter in one.model.parameters())


def test_weights_of_another_model_are_refused() -> None:
    with pytest.raises(ValueError, match="tensors differ"):
        trainer.load_weights(tiny.model(), tiny.trainer({"preset": "gpt2"}).weights())
    with pytest.raises(ValueError, match="shape"):
        trainer.load_weights(tiny.model(), trainer.weights_of(tiny.model(vocab_size=12)))


def test_a_tied_head_is_stored_once() -> None:
    assert "head.weight" not in trainer.weights_of(tiny.model("gpt2"))
    assert "head.weight" in trainer.weights_of(tiny.model("studio-small"))


def ends(precision: str, seed: int, preset: str) -> float:
    """The validation loss at the end of a short but whole training."""
    place = Place("cpu", precision, 1)
    model = trainer.seeded_model(tiny.config(preset, n_embd=64, block_size=16), seed, place)
    plan = tiny.plan(steps=60, batch=8, block=16, eval_every=60, rate=0.01, seed=seed)
    records = list(Trainer(model, tiny.text(2000), tiny.text(600)[300:], plan, place).run())
    return evaluations(records)[-1].val_loss


@pytest.mark.parametrize("preset", ["studio-small", "gpt2", "llama"])
def test_bf16_learns_as_fp32_does(preset: str) -> None:
    exact = [ends("fp32", seed, preset) for seed in (1, 2, 3)]
    rough = [ends("bf16", seed, preset) for seed in (1, 2, 3)]
    noise = max(0.01, max(exact) - min(exact))
    assert max(exact) < 1.2
    assert abs(sum(rough) - sum(exact)) / 3 < noise
    assert max(abs(a - b) for a, b in zip(exact, rough, strict=True)) < 2 * noise
