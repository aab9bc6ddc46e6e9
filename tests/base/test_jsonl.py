"""Appending, following and mending files of JSON lines."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.base import jsonl
from llmstudio.base.disk import Disk


def test_what_is_appended_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    records = [{"n": 1, "text": "é\n\ud800"}, {"n": 2}, {"x": [1.5, None]}]
    for record in records:
        jsonl.append(path, record, sync=True)
    assert jsonl.read(path) == records
    assert path.read_bytes().isascii()


def test_the_name_of_a_new_file_is_forced_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forced: list[Path] = []
    monkeypatch.setattr(Disk, "fsync_folder", lambda _self, path: forced.append(path))
    for sync in (False, True, True):
        jsonl.append(tmp_path / f"{sync}.jsonl", {"n": 1}, sync=sync)
    assert forced == [tmp_path]


def test_no_file_is_no_records(tmp_path: Path) -> None:
    assert jsonl.read(tmp_path / "none") == []
    assert jsonl.truncate_torn(tmp_path / "none") == 0


def test_a_torn_last_line_waits_until_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    whole = b'{"n":1}\n{"n":2}\n'
    follower = jsonl.Follower(path)
    seen: list[int] = []
    for end in range(len(whole) + 1):
        path.write_bytes(whole[:end])
        seen += [record["n"] for record in follower.poll()]
        assert seen == [1, 2][: whole[:end].count(b"\n")]


@pytest.mark.parametrize("line", [b"nonsense", b"[1]", b"{", b"\xff", b"[" * 5000, b""])
def test_nonsense_lines_are_skipped(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n":1}\n' + line + b'\n{"n":2}\n')
    assert jsonl.read(path) == [{"n": 1}, {"n": 2}]


def test_appending_after_a_torn_line_does_not_lose_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n":1}\n{"torn')
    jsonl.append(path, {"n": 2})
    assert jsonl.read(path) == [{"n": 1}, {"n": 2}]


@settings(max_examples=40)
@given(st.lists(st.dictionaries(st.text(), st.integers() | st.text())), st.integers(0, 200))
def test_truncating_keeps_exactly_the_whole_lines(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, object]], cut: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "torn.jsonl"
    data = b"".join(jsonl.encode(record) for record in records)
    path.write_bytes(data[: max(0, len(data) - cut)])
    left = path.read_bytes()
    removed = jsonl.truncate_torn(path)
    assert path.read_bytes() == left[: left.rfind(b"\n") + 1]
    assert removed == len(left) - len(path.read_bytes())
    assert jsonl.read(path) == records[: left.count(b"\n")]


def test_a_long_torn_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n":1}\n' + b"x" * (3 * jsonl.CHUNK))
    jsonl.truncate_torn(path)
    assert path.read_bytes() == b'{"n":1}\n'


def test_following_goes_on_from_an_offset(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    jsonl.append(path, {"n": 1})
    size = path.stat().st_size
    jsonl.append(path, {"n": 2})
    follower = jsonl.Follower(path, size)
    assert follower.poll() == [{"n": 2}]
    assert follower.offset == path.stat().st_size
    assert json.loads(path.read_bytes().splitlines()[0]) == {"n": 1}
