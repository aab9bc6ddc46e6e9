"""Numbers on disk come back as they went, in blocks and one by one."""

from pathlib import Path

import numpy as np
import pytest

from llmstudio.base.errors import UserError
from llmstudio.data import column
from llmstudio.data.column import Column


def test_what_was_added_is_read_again_while_more_comes(tmp_path: Path) -> None:
    numbers = Column(tmp_path / "c", np.int64)
    numbers.append(5)
    numbers.add(np.arange(3))
    numbers.append(7)
    assert len(numbers) == 5
    assert numbers.read(0, 99).tolist() == [5, 0, 1, 2, 7]
    numbers.append(9)
    assert numbers.read(4, 2).tolist() == [7, 9]
    numbers.close()
    assert numbers.read(0, 1).tolist() == [5]


def test_rows_of_several_values_are_taken_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(column, "BLOCK", 16)
    monkeypatch.setattr(column, "BUFFER", 20)
    rows = np.arange(40, dtype=np.uint8).reshape(10, 4)
    kept = Column(tmp_path / "c", np.uint8, 4)
    kept.add(rows[:3])
    kept.add(rows[3:])
    wanted = np.array([9, 0, 4, 4, 1])
    assert (kept.take(wanted) == rows[wanted]).all()
    assert [(first, len(block)) for first, block in kept.blocks()] == [(0, 4), (4, 4), (8, 2)]
    assert kept.take(wanted[:0]).shape == (0, 4)
    kept.close()


def test_a_file_that_lost_its_end_is_told_of(tmp_path: Path) -> None:
    numbers = Column(tmp_path / "c", np.int64)
    numbers.add(np.arange(10))
    numbers.read(0, 1)
    (tmp_path / "c").write_bytes(b"1234")
    with pytest.raises(UserError, match="changed"):
        numbers.read(0, 10)
    numbers.close()


def test_it_goes_on_after_the_rows_that_surely_lie_there(tmp_path: Path) -> None:
    numbers = Column(tmp_path / "c", np.int64)
    numbers.add(np.arange(10))
    numbers.sync()
    assert (tmp_path / "c").stat().st_size == 80
    numbers.close()
    again = Column(tmp_path / "c", np.int64, rows=4)
    again.append(9)
    assert again.read(0, 99).tolist() == [0, 1, 2, 3, 9]
    again.close()
