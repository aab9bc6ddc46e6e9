"""The sentence is true of the curve."""

import numpy as np

from llmstudio.gui.widgets.plotwords import loss_sentence, plain_sentence, runs_sentence

X = np.arange(1.0, 1001)
FALLING = 1.4 + 3 / np.sqrt(X)
VAL_X = np.arange(100.0, 1001, 100)
NOTHING = np.empty(0)


def test_a_falling_loss_with_its_gap() -> None:
    words = loss_sentence(X, FALLING, VAL_X, 1.47 + 3 / np.sqrt(VAL_X))
    assert words == (
        "Loss has fallen from 4.40 to 1.50 over 1,000 steps and is still improving. Validation is 0.07 above training."
    )


def test_a_flat_and_a_rising_end_are_told_apart() -> None:
    assert "has levelled off" in loss_sentence(X, np.full(1000, 2.0), NOTHING, NOTHING)
    assert "is rising" in loss_sentence(X, X / 1000 + 1, NOTHING, NOTHING)


def test_a_jump_takes_the_place_of_the_direction() -> None:
    words = loss_sentence(X, FALLING, NOTHING, NOTHING, jump=(700, 1.46, 2.5))
    assert words == "Loss fell to 1.46 by step 700, then jumped to 2.50."


def test_nothing_and_nan_say_nothing() -> None:
    assert loss_sentence(NOTHING, NOTHING, NOTHING, NOTHING) == ""
    assert loss_sentence(X, np.full(1000, np.nan), NOTHING, NOTHING) == ""
    assert "nan" not in loss_sentence(X, FALLING, VAL_X, np.full(10, np.nan))


def test_other_figures_give_level_and_highest() -> None:
    assert plain_sentence("Speed", X, np.append(np.full(999, 80_000.0), 74_512), decimals=0, unit="tokens/s") == (
        "Speed is 74,512 tokens/s at step 1,000; its highest was 80,000 tokens/s."
    )
    assert plain_sentence("Speed", X, X, decimals=0).endswith("its highest so far.")


def test_runs_are_compared_by_their_lowest() -> None:
    y = np.array([3.0, 1.4, 1.6, 1.7, 1.8])
    words = runs_sentence([("small", VAL_X[:5], y), ("wider", VAL_X[:5], y - np.array([0, 0, 0.4, 0.6, 0.9]))])
    assert words == "“wider” is lowest: 0.900 at step 500. “small” stopped improving near step 200."
    assert runs_sentence([]) == ""
