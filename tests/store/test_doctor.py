"""The doctor raises the right card for each injected fault, and none on healthy curves."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from llmstudio.store.doctor import CHECKS, Doctor, sentences
from llmstudio.store.events import Alarm


@dataclass(frozen=True)
class Settings:
    max_steps: int = 2000
    warmup_steps: int = 100


Step = dict[str, float]


def healthy(
    seed: int, *, start: float = 4.17, floor: float = 1.4, noise: float = 0.06, steps: int = 2000
) -> Iterator[Step]:
    """A power law with batch noise, validation slightly above it, cosine rate: what small GPTs do."""
    chance = random.Random(seed)
    for step in range(1, steps + 1):
        level = floor + (start - floor) / (1 + step / 40) ** 0.75
        rate = 1e-3 * min(1, step / 100) * (0.55 + 0.45 * math.cos(math.pi * step / steps))
        norm = 0.4 + 2 / (1 + step / 50) + abs(chance.gauss(0, 0.1))
        row = {"step": step, "loss": level + chance.gauss(0, noise), "grad_norm": norm, "learning_rate": rate}
        if step % 100 == 0:
            row["val_loss"] = level + 0.03 + 0.1 * step / steps + chance.gauss(0, 0.004)
        yield row


def watch(rows: Iterator[Step] | list[Step], doctor: Doctor | None = None) -> list[Alarm]:
    doctor = doctor or Doctor(Settings())
    return [
        alarm
        for row in rows
        for alarm in doctor.observe(int(row["step"]), **{k: v for k, v in row.items() if k != "step"})
    ]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("start", "floor", "noise"),
    [(4.17, 1.4, 0.06), (8.3, 3.4, 0.15), (10.8, 4.8, 0.3), (5.5, 0.6, 0.02), (4.0, 0.02, 0.004)],
    ids=["characters", "bpe", "gpt2 one sequence", "bytes", "learned by heart"],
)
def test_healthy_curves_raise_nothing(seed: int, start: float, floor: float, noise: float) -> None:
    assert watch(healthy(seed, start=start, floor=floor, noise=noise)) == []


def test_a_single_bad_batch_raises_nothing() -> None:
    rows = list(healthy(1))
    rows[900]["loss"] = 9.0
    assert watch(rows) == []


def test_a_number_that_broke_is_told_once_and_at_once() -> None:
    rows = list(healthy(2))
    for row in rows[500:600]:
        row["loss"] = math.nan
    alarms = watch(rows[:600])
    assert [(alarm.cause, alarm.step) for alarm in alarms] == [("nan", 501)]
    assert "rewind" in alarms[0].remedies


def test_a_broken_gradient_is_told() -> None:
    rows = list(healthy(3))
    rows[50]["grad_norm"] = math.inf
    assert [alarm.cause for alarm in watch(rows)] == ["nan"]


def test_a_number_that_breaks_again_after_healing_is_told_again() -> None:
    rows = list(healthy(4))
    rows[300]["loss"] = rows[900]["loss"] = math.nan
    assert [alarm.step for alarm in watch(rows)] == [301, 901]


@pytest.mark.parametrize("at", [60, 400, 1500])
def test_a_jump_names_step_size_and_gradient(at: int) -> None:
    rows = list(healthy(5))
    for row in rows[at:]:
        row["loss"] += 1.1
        row["grad_norm"] *= 9
    alarms = watch(rows[: at + 40])
    assert [alarm.cause for alarm in alarms] == ["spike"]
    assert at < alarms[0].start <= at + 2
    assert alarms[0].step <= at + 12
    assert "times its usual length" in alarms[0].message
    assert alarms[0].remedies == ("rewind", "lower_rate", "keep_best")


@pytest.mark.parametrize(
    "begin",
    [
        [4.21, 3.77, 3.55, 4.9, 5.58, 5.71, 5.2, 4.63, 4.16],  # gpt2, measured at a hundredfold rate
        [4.19, 3.6, 4.05, 4.19, 5.35, 4.85, 5.22, 4.88, 7.76],  # studio-small, which then recovers
    ],
)
def test_rate_times_100_is_caught_in_its_first_ten_steps(begin: list[float]) -> None:
    alarms = watch([{"step": step, "loss": loss, "learning_rate": 0.6} for step, loss in enumerate(begin, 1)])
    assert [alarm.cause for alarm in alarms] == ["spike"]
    assert alarms[0].step <= 8
    assert "rate that is far too high" in alarms[0].message


def test_rate_times_100_that_explodes_is_caught_within_40_steps() -> None:
    rows = list(healthy(6))
    for row in rows[25:]:
        row["loss"] = 7.0 + 0.5 * math.sin(row["step"])
    alarms = watch(rows[:65])
    assert [alarm.cause for alarm in alarms] == ["spike"]


def test_rate_times_100_that_never_learns_is_stuck() -> None:
    chance = random.Random(7)
    rows = [
        {
            "step": n,
            "loss": 3.4 + 0.77 * math.exp(-n / 8) + chance.gauss(0, 0.05),
            "learning_rate": 0.1,
            "grad_norm": 1.0,
        }
        for n in range(1, 600)
    ]
    alarms = watch(rows)
    assert [alarm.cause for alarm in alarms] == ["plateau"]
    assert alarms[0].step <= 320


def test_no_progress_while_the_rate_is_high_is_told_once() -> None:
    rows = [row for row in healthy(8) if row["step"] <= 700]
    level = rows[-1]["loss"]
    chance = random.Random(8)
    for step in range(701, 1900):
        row = {"step": step, "loss": level + chance.gauss(0, 0.03), "learning_rate": 1e-3, "grad_norm": 0.5}
        if step % 100 == 0:
            row["val_loss"] = level + 0.05
        rows.append(row)
    assert [alarm.cause for alarm in watch(rows)] == ["plateau"]


def test_a_flat_end_under_a_falling_rate_raises_nothing() -> None:
    rows = list(healthy(9, floor=2.0))
    for row in rows[1500:]:
        row["loss"] = 2.2
        if "val_loss" in row:
            row["val_loss"] = 2.25
    assert watch(rows) == []


def test_learning_by_heart_offers_the_best_step() -> None:
    rows = list(healthy(10))
    for row in rows:
        if "val_loss" in row and row["step"] > 600:
            row["val_loss"] = 1.9 + (row["step"] - 600) / 2000
    alarms = watch(rows)
    assert [alarm.cause for alarm in alarms] == ["overfitting"]
    assert alarms[0].step <= 1300
    assert alarms[0].start == 600
    assert alarms[0].remedies[0] == "keep_best"


def test_a_tiny_validation_text_is_told_at_the_first_evaluation() -> None:
    alarms = watch(healthy(11), Doctor(Settings(), validation_tokens=180))
    assert [(alarm.cause, alarm.step) for alarm in alarms] == [("small_validation", 100)]
    assert "180 tokens" in alarms[0].message


def test_gradients_that_died_are_told() -> None:
    rows = list(healthy(12))
    for row in rows[800:]:
        row["grad_norm"] = 1e-8
    alarms = watch(rows[:900])
    assert [alarm.cause for alarm in alarms] == ["dead_gradients"]
    assert alarms[0].step <= 825


def test_a_resumed_run_is_not_called_stuck() -> None:
    assert watch([row for row in healthy(13) if row["step"] > 900]) == []


def test_readings_that_come_every_ten_steps_work_too() -> None:
    rows = [row for row in healthy(14) if row["step"] % 10 == 0]
    assert watch(rows) == []
    for row in rows[100:]:
        row["loss"] += 1.5
    assert [alarm.cause for alarm in watch(rows[:120])] == ["spike"]


def test_title_and_evidence_come_apart_and_every_cause_has_its_line() -> None:
    rows = list(healthy(5))
    for row in rows[400:]:
        row["loss"] += 1.1
    title, text = sentences(watch(rows[:440])[0])
    assert title == "The loss jumped at step 401"
    assert text.startswith("It rose from 1.")
    causes = {cause for check in CHECKS for cause in check.alarms}
    assert causes == {"nan", "spike", "plateau", "dead_gradients", "overfitting", "small_validation"}
