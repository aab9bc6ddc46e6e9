"""Lanes: how many at once, and giving up while waiting."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from llmstudio.base.errors import Interrupt
from llmstudio.jobs import lane


class Impatient:
    """A check that gives up at the third look."""

    looks = 0

    def __call__(self) -> None:
        self.looks += 1
        if self.looks == 3:
            raise Interrupt("cancel")


@pytest.mark.parametrize(("name", "places"), [("compute", 1), ("light", 2)])
def test_a_lane_has_so_many_places(tmp_path: Path, name: str, places: int) -> None:
    with ExitStack() as stack:
        for _ in range(places):
            stack.enter_context(lane.place(tmp_path, name, lambda: None))
        with pytest.raises(Interrupt):
            stack.enter_context(lane.place(tmp_path, name, Impatient()))
    with lane.place(tmp_path, name, lambda: None):
        pass


def test_who_has_to_wait_is_told_so_once(tmp_path: Path) -> None:
    told: list[str] = []
    with lane.place(tmp_path, "compute", lambda: None, lambda: told.append("first")):
        assert told == []
        with pytest.raises(Interrupt), lane.place(tmp_path, "compute", Impatient(), lambda: told.append("second")):
            pass
    assert told == ["second"]


@pytest.mark.parametrize("name", ["session", "none"])
def test_other_lanes_never_wait(tmp_path: Path, name: str) -> None:
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(lane.place(tmp_path, name, lambda: None))
    assert list(tmp_path.iterdir()) == []


def test_a_place_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mine"), lane.place(tmp_path, "compute", lambda: None):
        raise ValueError("mine")
    with lane.place(tmp_path, "compute", lambda: None):
        pass
