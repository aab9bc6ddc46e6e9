"""Summaries are trusted only while they fit their log."""

import json
from pathlib import Path

import pytest

from llmstudio.store import summary


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(b'{"n":%d}\n' % n for n in range(50)))
    return path


def test_a_summary_covers_the_log_as_it_was(tmp_path: Path, log: Path) -> None:
    size = log.stat().st_size
    summary.save(tmp_path, log, {"step": 3})
    with log.open("ab") as file:
        file.write(b'{"n":99}\n')
    assert summary.load(tmp_path, log) == summary.Summary({"step": 3}, size)


def test_no_summary(tmp_path: Path, log: Path) -> None:
    assert summary.load(tmp_path, log) is None


@pytest.mark.parametrize("change", ["shorter", "other", "gone"])
def test_a_summary_of_another_log_is_ignored(tmp_path: Path, log: Path, change: str) -> None:
    summary.save(tmp_path, log, {"step": 3})
    if change == "gone":
        log.unlink()
    else:
        content = log.read_bytes()
        log.write_bytes(content[:-9] if change == "shorter" else content.replace(b"49", b"48"))
    assert summary.load(tmp_path, log) is None


@pytest.mark.parametrize("content", [b"", b"[]", b'{"version":0}', b'{"version":1,"mark":1,"offset":"x"}'])
def test_a_damaged_summary_is_ignored(tmp_path: Path, log: Path, content: bytes) -> None:
    (tmp_path / summary.NAME).write_bytes(content)
    assert summary.load(tmp_path, log) is None


def test_a_summary_of_a_later_version_is_ignored(tmp_path: Path, log: Path) -> None:
    summary.save(tmp_path, log, {"step": 3})
    record = json.loads((tmp_path / summary.NAME).read_text())
    (tmp_path / summary.NAME).write_text(json.dumps({**record, "version": 2}))
    assert summary.load(tmp_path, log) is None
