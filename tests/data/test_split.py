"""A split follows its rule: by a seeded hash, or by position, and says why it was chosen."""

import numpy as np
import pytest

from llmstudio.data.split import Plan, bounds, decide, fraction


def lengths(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def hashes(number: int, seed: int = 0) -> np.ndarray:
    return np.array([fraction(f"document {i}", seed) for i in range(number)])


def test_equal_texts_share_their_place_and_seeds_move_it() -> None:
    assert fraction("a text", 1) == fraction("a text", 1)
    assert fraction("a text", 1) != fraction("a text", 2)
    assert 0 <= fraction("", 0) < 1


def test_hashes_fill_the_range_evenly() -> None:
    found = hashes(4000)
    assert np.histogram(found, bins=4, range=(0, 1))[0] == pytest.approx([1000] * 4, abs=120)


@pytest.mark.parametrize(
    ("sizes", "by", "word"),
    [((1000,), "position", "few"), ((10,) * 20, "position", "few"), ((10,) * 60, "document", "60 documents")],
)
def test_auto_holds_back_the_last_part_of_few_long_documents(sizes: tuple[int, ...], by: str, word: str) -> None:
    plan = decide("auto", (0.9, 0.05, 0.05), hashes(len(sizes)), lengths(*sizes), tables=False)
    assert plan.by == by
    assert word in plan.why


def test_auto_sees_one_document_that_holds_most_of_the_text() -> None:
    plan = decide("auto", (0.9, 0.05, 0.05), hashes(101), lengths(10_000, *[10] * 100), tables=False)
    assert (plan.by, "most of the text" in plan.why) == ("position", True)


def test_position_cuts_at_the_share_of_all_characters() -> None:
    plan = decide("position", (0.9, 0.1, 0.0), hashes(1), lengths(1_115_394), tables=False)
    assert plan.cuts == (int(0.9 * 1_115_394), 1_115_394)


def test_rows_of_a_table_are_never_cut() -> None:
    plan = decide("position", (0.5, 0.25, 0.25), hashes(4), lengths(10, 10, 10, 10), tables=True)
    assert plan.cuts == (20, 30)
    plan = decide("position", (0.6, 0.2, 0.2), hashes(3), lengths(10, 10, 10), tables=True)
    assert all(cut % 10 == 0 for cut in plan.cuts)


def test_a_wanted_part_is_not_left_empty() -> None:
    plan = decide("document", (0.9, 0.05, 0.05), np.full(5, 0.5), lengths(*[9] * 5), tables=False)
    assert {part for _, part in plan.moved} == {"val", "test"}
    assert len({document for document, _ in plan.moved}) == 2


def test_one_document_stays_where_training_needs_it() -> None:
    plan = decide("document", (0.9, 0.1, 0.0), np.array([0.2]), lengths(9), tables=False)
    assert plan.moved == ()


def test_bounds_have_no_dust() -> None:
    assert bounds((0.7, 0.2, 0.1)) == (0.7, 0.9)
    assert Plan("document", "", (0.8, 0.1, 0.1)).bounds == (0.8, 0.9)


def test_the_smallest_text_goes_to_training() -> None:
    assert decide("auto", (0.9, 0.05, 0.05), hashes(1), lengths(1), tables=False).cuts == (1, 1)
    assert decide("position", (0.4, 0.3, 0.3), hashes(1), lengths(50), tables=True).cuts == (50, 50)


def test_nothing_is_said_to_be_held_back_where_nothing_is() -> None:
    assert decide("auto", (1.0, 0.0, 0.0), hashes(1), lengths(9), tables=False).why == "all of it is for training"
