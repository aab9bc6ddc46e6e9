"""The parts of a transfer that a loopback hub does not reach: refusals of the disk, and work done aside."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from llmstudio.base.disk import Disk
from llmstudio.base.errors import UserError
from llmstudio.store.hub import HubFile
from llmstudio.tasks import transfer
from llmstudio.tasks.transfer import Lie, Part, aside

CONTENT = b"abc" * 100


def part_of(tmp_path: Path, size: int = len(CONTENT)) -> Part:
    return Part(HubFile("w", size, hashlib.sha256(CONTENT).hexdigest()), tmp_path / "w")


def nothing() -> None:
    """Nobody asked for anything."""


def put(part: Part, data: bytes) -> None:
    disk = Disk()
    descriptor = disk.append(part.path)
    try:
        part.write(data, descriptor)
    finally:
        disk.close(descriptor)


def test_a_part_is_named_after_what_it_becomes_and_taken_up_again(tmp_path: Path) -> None:
    first = part_of(tmp_path)
    assert first.take_up(nothing) == 0
    put(first, CONTENT[:50])
    second = part_of(tmp_path)
    assert second.take_up(nothing) == 50
    put(second, CONTENT[50:])
    second.finish()
    assert (tmp_path / "w").read_bytes() == CONTENT
    assert not second.path.exists()
    other = Part(HubFile("w", 10, "f" * 64), tmp_path / "w")
    assert other.path != second.path


def test_a_part_that_is_too_long_begins_anew(tmp_path: Path) -> None:
    part = part_of(tmp_path)
    part.path.write_bytes(CONTENT + b"x")
    assert part.take_up(nothing) == 0
    with pytest.raises(Lie, match="more than 300 bytes came"):
        put(part, CONTENT + b"x")


def test_a_damaged_part_does_not_get_the_name(tmp_path: Path) -> None:
    part = part_of(tmp_path)
    part.path.write_bytes(CONTENT[:-1] + b"?")
    part.take_up(nothing)
    with pytest.raises(Lie, match="hash differs"):
        part.finish()
    assert not (tmp_path / "w").exists()


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(Disk):
        def write(self, descriptor: int, data: bytes | memoryview) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(transfer, "DISK", Full())
    part = part_of(tmp_path)
    part.take_up(nothing)
    with pytest.raises(UserError, match="The disk is full"):
        put(part, b"x")


def test_work_aside_returns_raises_and_is_left_on_an_interrupt() -> None:
    assert aside(lambda: 7, nothing) == 7

    def fail() -> Any:
        raise UserError("no")

    with pytest.raises(UserError, match="no"):
        aside(fail, nothing)

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        aside(lambda: 7, stop)
