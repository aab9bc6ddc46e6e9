"""Rows in steps: every row once an epoch, like lengths together, the same from the same seed."""

import numpy as np
import pytest
import torch

from llmstudio.engine.rows import RowOrder, in_batches, padded, rarity

LENGTHS = [int(n) for n in np.random.default_rng(0).integers(3, 200, 301)]


@pytest.mark.parametrize(("rows", "parts"), [(8, 1), (8, 4), (1, 1), (301, 3), (1000, 1)])
def test_every_epoch_has_every_row_once(rows: int, parts: int) -> None:
    order = RowOrder(LENGTHS, rows=rows, parts=parts, seed=3)
    for epoch in range(3):
        steps = [order.at(epoch * order.steps + step) for step in range(order.steps)]
        seen = sorted(int(row) for step in steps for part in step for row in part)
        assert seen == list(range(len(LENGTHS)))
        assert all(len(part) for step in steps for part in step)


def test_the_order_follows_from_seed_and_step_alone() -> None:
    one, two = (RowOrder(LENGTHS, rows=8, parts=2, seed=3) for _ in range(2))
    wanted = [one.at(step) for step in range(3 * one.steps)]
    for step in (70, 3, 110, 0, 38):
        assert all(np.array_equal(a, b) for a, b in zip(two.at(step), wanted[step], strict=True))
    other = RowOrder(LENGTHS, rows=8, parts=2, seed=4)
    assert not all(np.array_equal(other.at(step)[0], wanted[step][0]) for step in range(5))
    assert not all(np.array_equal(one.at(step)[0], one.at(step + one.steps)[0]) for step in range(5))


def test_accumulating_takes_the_same_rows_into_a_step() -> None:
    whole, halves = RowOrder(LENGTHS, rows=8, parts=1, seed=3), RowOrder(LENGTHS, rows=8, parts=2, seed=3)
    for step in range(whole.steps):
        assert np.array_equal(whole.at(step)[0], np.concatenate(halves.at(step)))
    assert sum(whole.tokens(step) for step in range(whole.steps)) == sum(LENGTHS)


def test_little_is_filled_up() -> None:
    order = RowOrder(LENGTHS, rows=8, parts=1, seed=3)
    rooms = sum(len(part) * int(order.lengths[part].max()) for step in range(order.steps) for part in order.at(step))
    assert rooms < 1.1 * sum(LENGTHS)


def test_chances_show_rare_rows_more_often() -> None:
    labels = [0] * 270 + [1] * 31
    order = RowOrder(LENGTHS, rows=8, parts=1, seed=3, weights=[float(rarity(labels, 2)[one]) for one in labels])
    drawn = [labels[row] for step in range(4 * order.steps) for part in order.at(step) for row in part]
    assert len(drawn) == 4 * len(LENGTHS)
    assert 0.45 < np.mean(drawn) < 0.55


def test_batches_hold_every_row_and_no_more_tokens_than_allowed() -> None:
    batches = in_batches(LENGTHS, 400)
    assert sorted(int(row) for batch in batches for row in batch) == list(range(len(LENGTHS)))
    assert all(len(batch) * max(LENGTHS[row] for row in batch) <= 400 for batch in batches)
    assert [len(batch) for batch in in_batches([9, 900, 9], 100)] == [1, 2]


def test_rows_are_filled_up_on_the_right() -> None:
    filled = padded([np.array([5, 6, 7]), np.array([8])], fill=-100)
    assert torch.equal(filled, torch.tensor([[5, 6, 7], [8, -100, -100]]))


def test_rarity_makes_all_classes_count_alike() -> None:
    shares = rarity([0, 0, 0, 2], 3)
    assert shares.tolist() == pytest.approx([2 / 3, 1.0, 2.0])
    assert np.mean([shares[one] for one in (0, 0, 0, 2)]) == pytest.approx(1.0)
