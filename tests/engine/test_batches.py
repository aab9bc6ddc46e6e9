"""The order of the batches: a pure function, each window once an epoch, ranks side by side."""

import numpy as np
import pytest
import torch

from llmstudio.engine.batches import Batches, windows

IDS = np.arange(103, dtype=np.uint16)


def firsts(batches: Batches, count: int) -> list[int]:
    return [int(row[0]) for number in range(count) for row in batches.at(number)[0]]


def test_targets_are_the_next_tokens() -> None:
    ids, targets = Batches(IDS, block=5, batch=3, seed=1).at(0)
    assert ids.shape == targets.shape == (3, 5)
    assert torch.equal(targets, ids + 1)


def test_any_batch_can_be_asked_for_at_any_time() -> None:
    one, other = (Batches(IDS, block=5, batch=3, seed=1) for _ in range(2))
    forward = [one.at(number)[0] for number in range(20)]
    backward = [other.at(number)[0] for number in reversed(range(20))]
    assert all(torch.equal(a, b) for a, b in zip(forward, reversed(backward), strict=True))


def test_an_epoch_reads_each_window_once() -> None:
    batches = Batches(IDS, block=5, batch=1, seed=1)
    epoch = firsts(batches, batches.windows)
    assert len(set(epoch)) == batches.windows
    assert len({first % 5 for first in epoch}) == 1, "windows of an epoch do not overlap"
    assert firsts(batches, 2 * batches.windows)[batches.windows :] != epoch


def test_another_seed_gives_another_order() -> None:
    assert firsts(Batches(IDS, block=5, batch=4, seed=1), 4) != firsts(Batches(IDS, block=5, batch=4, seed=2), 4)


def test_ranks_share_the_batches_of_one_process() -> None:
    alone = firsts(Batches(IDS, block=5, batch=4, seed=1), 6)
    ranks = [Batches(IDS, block=5, batch=2, seed=1, rank=rank, world=2) for rank in range(2)]
    together = [first for number in range(6) for rank in ranks for first in _rows(rank, number)]
    assert together == alone


def _rows(batches: Batches, number: int) -> list[int]:
    return [int(row[0]) for row in batches.at(number)[0]]


def test_a_text_of_one_window_is_enough() -> None:
    batches = Batches(IDS[:6], block=5, batch=4, seed=1)
    assert batches.windows == 1
    assert firsts(batches, 3) == [0] * 12


@pytest.mark.parametrize("length", [7, 11, 23])
def test_no_window_leaves_the_text(length: int) -> None:
    batches = Batches(IDS[:length], block=5, batch=7, seed=3)
    for number in range(40):
        assert int(batches.at(number)[1].max()) < length


def test_validation_windows_hold_every_token_once() -> None:
    parts = windows(IDS, 10, 3)
    targets = torch.cat([target.flatten() for _, target in parts])
    assert targets.tolist() == list(range(1, 103))
    assert max(len(ids) for ids, _ in parts) == 3


def test_capped_validation_windows_are_spread_and_the_same_each_time() -> None:
    parts = windows(IDS, 10, 2, most=4)
    assert [int(row[0]) for ids, _ in parts for row in ids] == [0, 20, 50, 70]


def test_a_text_shorter_than_a_window_is_one_short_window() -> None:
    ((ids, targets),) = windows(IDS[:4], 10, 3)
    assert (ids.tolist(), targets.tolist()) == ([[0, 1, 2]], [[1, 2, 3]])
    assert windows(IDS[:1], 10, 3) == []
