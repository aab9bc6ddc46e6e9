"""The counting model, against the same sums written down one by one."""

from collections import Counter

import numpy as np
import pytest

from llmstudio.engine import counting


def ids(length: int, kinds: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
    chance = np.random.default_rng(seed)
    return np.cumsum(chance.integers(0, 3, length)).astype(np.uint16) % np.uint16(kinds)


def slowly(known: list[int], asked: list[int], kinds: int) -> list[float]:
    """Witten and Bell's mixture, one token and one history at a time."""
    follow: dict[tuple[int, ...], Counter[int]] = {}
    for order in range(counting.ORDER):
        for at in range(order, len(known)):
            follow.setdefault(tuple(known[at - order : at]), Counter())[known[at]] += 1
    found = []
    for at in range(1, len(asked)):
        chance = 1.0 / kinds
        for order in range(min(at, counting.ORDER - 1) + 1):
            counts = follow.get(tuple(asked[at - order : at]))
            if counts:
                chance = (counts[asked[at]] + len(counts) * chance) / (counts.total() + len(counts))
        found.append(chance)
    return found


def test_it_equals_the_sums_written_out() -> None:
    known, asked = ids(300, 7, 1), ids(80, 7, 2)
    fast = counting.likelihoods(known.astype(np.int64), asked.astype(np.int64), 7)
    assert fast.tolist() == pytest.approx(slowly(known.tolist(), asked.tolist(), 7))


def test_the_chances_of_all_pieces_add_up_to_one() -> None:
    known = ids(200, 5, 3).astype(np.int64)
    for before in ([0, 1, 2, 3], [4, 4, 4, 4], [2]):
        rows = [np.array([*before, piece]) for piece in range(5)]
        total = sum(counting.likelihoods(known, row, 5)[-1] for row in rows)
        assert total == pytest.approx(1.0)


def test_what_was_never_counted_leaves_every_piece_as_likely() -> None:
    found = counting.measure(np.array([3], dtype=np.uint16), np.array([1, 2, 1], dtype=np.uint16), 4)
    assert found is not None
    assert found.nats > np.log(4)  # only 3 was seen, so 1 and 2 are less likely than before
    assert (found.tokens, found.counted) == (2, 1)


def test_a_text_of_runs_is_told_almost_without_doubt() -> None:
    text = np.arange(4000, dtype=np.uint16) % 50
    found = counting.measure(text[:3000], text[3000:], 50)
    assert found is not None
    assert found.nats < 0.1


def test_only_small_vocabularies_and_what_can_be_measured_are_counted() -> None:
    text = ids(100, 9, 4)
    assert counting.measure(text, text, counting.MOST_VOCABULARY + 1) is None
    assert counting.measure(text, text[:1], 9) is None
    assert counting.measure(text[:0], text, 9) is None
    assert counting.measure(text, text, counting.MOST_VOCABULARY) is not None
    assert counting.MOST_VOCABULARY**counting.ORDER < 2**62  # a run of pieces is one whole number


def test_counting_can_be_stopped() -> None:
    class Stop(Exception):
        pass

    def check() -> None:
        raise Stop

    with pytest.raises(Stop):
        counting.measure(ids(100, 9, 4), ids(50, 9, 5), 9, check)
