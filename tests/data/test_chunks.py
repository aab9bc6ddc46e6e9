"""Rows gathered in files: replaced in place, forgotten from a mark on."""

from pathlib import Path

import pytest

from llmstudio.data import chunks, database
from llmstudio.data.chunks import Chunks

COLUMNS = ("document", "place", "text")


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chunks:
    monkeypatch.setattr(chunks, "FLUSH_ROWS", 2)
    return Chunks(database.connect(), tmp_path, "t", COLUMNS)


def content(rows: Chunks) -> list[tuple[int, int, str]]:
    return rows._database.execute(f"SELECT * FROM {rows.sql}").fetchall()


def test_a_row_is_replaced_by_several(rows: Chunks) -> None:
    for number in range(5):
        rows.add((number, 10 * number, f"t{number}"), 2)
    rows.flush()
    assert rows.replace(25, lambda row: [row, (row[0], 25, "new")])
    assert content(rows) == [(0, 0, "t0"), (1, 10, "t1"), (2, 20, "t2"), (2, 25, "new"), (3, 30, "t3"), (4, 40, "t4")]


def test_a_place_before_all_rows_changes_nothing(rows: Chunks) -> None:
    rows.add((0, 10, "a"), 1)
    rows.flush()
    assert not rows.replace(5, lambda row: [])
    assert content(rows) == [(0, 10, "a")]


def test_forgetting_removes_files_and_what_is_not_written(rows: Chunks) -> None:
    rows.add((0, 0, "kept"), 1)
    rows.flush()
    mark = len(rows.files)
    for number in range(3):
        rows.add((1, number, "gone"), 1)
    rows.forget(mark)
    assert content(rows) == [(0, 0, "kept")]
    assert len(list(rows.files[0].path.parent.iterdir())) == 1


def test_groups_of_rows_keep_their_size_in_bounds(rows: Chunks) -> None:
    rows.add((0, 0, "x"), 1 << 20)
    rows.flush()
    assert rows.group_rows == 2048


def test_a_state_is_gone_back_to_whatever_followed_it(rows: Chunks, tmp_path: Path) -> None:
    for number in range(3):
        rows.add((number, 10 * number, f"t{number}"), 2)
    state, before = rows.state(), content(rows)
    rows.replace(15, lambda row: [row, (row[0], 15, "new")])
    rows.add((3, 30, "t3"), 2)
    rows.flush()
    again = Chunks(database.connect(), tmp_path, "t", COLUMNS)
    again.restore(state)
    assert content(again) == before
    again.add((3, 30, "other"), 2)
    again.flush()
    assert content(again) == [*before, (3, 30, "other")]
