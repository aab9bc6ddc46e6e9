"""Intervals against the formula where there is one, and their edges."""

import numpy as np
import pytest

from llmstudio.engine.metrics import bootstrap


def test_the_interval_of_a_mean_is_that_of_the_normal_law() -> None:
    values = np.random.default_rng(1).random(400)
    (low, high) = bootstrap.of_means({"mean": values})["mean"]
    half = 1.96 * values.std() / np.sqrt(400)
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.2 * half)


def test_the_same_rows_give_the_same_interval() -> None:
    values = {"a": np.arange(50.0), "b": np.ones(50)}
    assert bootstrap.of_means(values, rounds=50) == bootstrap.of_means(values, rounds=50)
    assert bootstrap.of_means(values, rounds=50)["b"] == (1.0, 1.0)


def test_what_is_not_always_a_number_is_judged_by_the_other_draws() -> None:
    def figures(drawn: bootstrap.Indices) -> dict[str, float]:
        return {"sometimes": 1.0 if 0 in drawn else float("nan"), "never": float("nan")}

    assert bootstrap.intervals(3, figures, rounds=50) == {"sometimes": (1.0, 1.0)}


def test_without_rows_there_is_no_interval() -> None:
    assert bootstrap.intervals(0, lambda drawn: {"a": 1.0}) == bootstrap.of_means({}) == {}
