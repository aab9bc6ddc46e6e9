"""Where the cursor stops and what is said there."""

import numpy as np
import pytest

from llmstudio.gui.widgets.plotcursor import lines, move, nearest, readings, spoken, stops
from llmstudio.gui.widgets.plotdata import Curve, Picture

X = np.arange(1.0, 301)
VAL = np.array([100.0, 200.0, 300.0])
PICTURE = Picture(
    (
        Curve("loss", "Train", X, X / 100, smoothed=True),
        Curve("val_loss", "Validation", VAL, VAL / 100, 1, dashed=True),
    )
)


def test_stops_are_the_evaluations_or_every_reading() -> None:
    assert stops(PICTURE).tolist() == [100, 200, 300]
    assert len(stops(Picture(PICTURE.curves[:1]))) == 300
    assert len(stops(Picture())) == 0
    assert len(readings(PICTURE)) == 300


@pytest.mark.parametrize(
    ("at", "by", "expected"),
    [(None, -1, 300), (100, 1, 200), (100, -1, 100), (200, 10, 300), (150, 1, 200), (150, -1, 100), (300, -10, 100)],
)
def test_moving_stays_inside_and_takes_the_next_stop(at: float | None, by: int, expected: float) -> None:
    assert move(VAL, at, by) == expected


def test_the_mouse_finds_the_nearest_reading_but_not_beyond_the_end() -> None:
    assert nearest(VAL, 160) == 200
    assert nearest(VAL, 20) == 100
    assert nearest(VAL, 500) is None
    assert nearest(np.empty(0), 5) is None


def test_a_stop_is_one_sentence() -> None:
    found = lines(PICTURE, PICTURE.curves, {"loss": X / 50}, 200)
    assert spoken(200, found, 3) == "Step 200, train 4.000, validation 2.000"
    assert [line.name for line in lines(PICTURE, PICTURE.curves, {}, 50)] == ["Train"]
