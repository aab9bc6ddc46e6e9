"""Parquet rows become values JSON can hold; damage is told with its row."""

import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from llmstudio.base.errors import UserError
from llmstudio.data.readers import parquetrows
from llmstudio.data.readers.document import Faults
from llmstudio.data.readers.sources import Source


def parquet(path: Path, sql: str) -> Source:
    duckdb.connect().execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
    return Source(path.name, "parquet", path.stat().st_size, path)


def test_rows_come_with_numbers_and_progress_adds_up(tmp_path: Path) -> None:
    source = parquet(tmp_path / "a.parquet", "SELECT range AS n, 'text ' || range AS text FROM range(2000)")
    used: list[int] = []
    rows = list(parquetrows.read(source, Faults(), used.append))
    assert rows[0] == (1, {"n": 0, "text": "text 0"})
    assert rows[-1] == (2000, {"n": 1999, "text": "text 1999"})
    assert sum(used) == pytest.approx(source.stored, abs=1)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (float("nan"), None),
        (float("inf"), None),
        (1.5, 1.5),
        ([1, {"a": b"x"}], [1, {"a": None}]),
        (datetime.date(2020, 1, 2), "2020-01-02"),
        ("a\ud800", "a\ufffd"),
        (True, True),
    ],
)
def test_values_become_plain(value: Any, shown: Any) -> None:
    assert parquetrows.plain(value, Faults()) == shown


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    source = parquet(tmp_path / "a.parquet", "SELECT 'x' AS text FROM range(5000)")
    content = bytearray((tmp_path / "a.parquet").read_bytes())
    content[20:60] = b"\xff" * 40
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(UserError) as told:
        list(parquetrows.read(source, Faults(), lambda _: None))
    assert told.value.location == "row 1"
    assert "damaged" in told.value.message


def test_packed_parquet_asks_to_be_unpacked(tmp_path: Path) -> None:
    source = Source("a.parquet.gz", "parquet", 5, tmp_path / "a.parquet.gz", "gz")
    with pytest.raises(UserError, match="is packed"):
        list(parquetrows.read(source, Faults(), lambda _: None))
