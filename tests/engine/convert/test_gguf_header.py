"""Hostile GGUF headers: always one clear sentence, never a crash, never memory for what the file cannot hold."""

import random
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.engine.convert import gguf_header
from llmstudio.engine.convert.gguf_source import GgufSource
from tests.engine.convert import tiny_gguf

MOST_MEMORY = 24 * 1024 * 1024  # the file has 0.4 MB


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def row(name: str = "t", shape: tuple[int, ...] = (32,), kind: int = 0, offset: int = 0) -> bytes:
    dimensions = b"".join(struct.pack("<Q", number) for number in shape)
    return text(name) + struct.pack("<I", len(shape)) + dimensions + struct.pack("<IQ", kind, offset)


def file(rows: tuple[bytes, ...] = (), values: tuple[bytes, ...] = (), data: int = 4096, version: int = 3) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", version, len(rows), len(values))
    whole = head + b"".join(values) + b"".join(rows)
    return whole + bytes(-len(whole) % 32) + bytes(data)


def value(key: str, kind: int, data: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + data


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes], gguf_header.Header]:
    def write_and_read(data: bytes) -> gguf_header.Header:
        (tmp_path / "m.gguf").write_bytes(data)
        return gguf_header.read(tmp_path / "m.gguf")

    return write_and_read


def test_a_sound_header_is_understood(read: Callable[[bytes], gguf_header.Header]) -> None:
    values = (
        value("general.architecture", 8, text("llama")),
        value("a", 4, struct.pack("<I", 7)),
        value("b", 6, struct.pack("<f", 0.5)),
        value("c", 7, b"\x01"),
        value("d", 9, struct.pack("<IQ", 8, 2) + text("x") + text("y")),
        value("e", 9, struct.pack("<IQ", 5, 2) + struct.pack("<ii", -1, 4)),
    )
    header = read(file((row("t", (32, 2), 8), row("u", (8,), 0, 96)), values, version=2))
    assert header.architecture == "llama"
    assert (header.whole("a"), header.number("b"), header.flag("c", False)) == (7, 0.5, True)
    assert header.texts("d") == ["x", "y"]
    assert [int(number) for number in header.numbers("e")] == [-1, 4]
    entry = header.tensors["t"]
    assert (entry.shape, entry.size, entry.count, entry.packing.name) == ((2, 32), 68, 64, "q8_0")
    assert header.tensors["u"].start == entry.start + 96


LIES = {
    "not gguf": (b"PK\x03\x04" + bytes(100), "no GGUF file"),
    "empty": (b"", "in the middle of its header"),
    "old version": (file(version=1), "version 1"),
    "big-endian": (file(version=0x03000000), "big-endian"),
    "too many tensors": (b"GGUF" + struct.pack("<IQQ", 3, 2**40, 0), "tensors"),
    "too many values": (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**63), "values"),
    "endless key": (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**62), "a text of"),
    "endless text": (file(values=(value("k", 8, struct.pack("<Q", 2**40)),)), "a text of"),
    "text past the end": (file(values=(value("k", 8, struct.pack("<Q", 1_000_000)),)), "ends after"),
    "endless list": (file(values=(value("k", 9, struct.pack("<IQ", 8, 2**50)),)), "a list of"),
    "long list": (file(values=(value("k", 9, struct.pack("<IQ", 8, 3_000_000)),)), "longer than the file"),
    "list past the end": (file(values=(value("k", 9, struct.pack("<IQ", 10, 3_000_000)),)), "ends after"),
    "list of lists": (file(values=(value("k", 9, struct.pack("<IQ", 9, 2)),)), "unknown kind 9"),
    "unknown kind": (file(values=(value("k", 77, b""),)), "unknown kind 77"),
    "key twice": (file(values=(value("k", 0, b"x"), value("k", 0, b"x"))), "twice"),
    "tensor twice": (file((row(), row())), "twice"),
    "no dimension": (file((row(shape=()),)), "0 dimensions"),
    "five dimensions": (file((row(shape=(1, 1, 1, 1, 1)),)), "5 dimensions"),
    "no numbers": (file((row(shape=(0, 4)),)), "shape that cannot be"),
    "overflow": (file((row(shape=(2**32, 2**32, 2**32, 2**32)),)), "shape that cannot be"),
    "half a block": (file((row(shape=(33,), kind=8),)), "shape that cannot be"),
    "unknown type": (file((row(kind=99),)), "type number 99"),
    "type not read here": (file((row(kind=13, shape=(256,)),)), "type Q5_K"),
    "past the end": (file((row(shape=(2000,)),)), "within the file"),
    "offset past the end": (file((row(offset=2**63),)), "within the file"),
    "odd offset": (file((row(offset=4),)), "within the file"),
    "overlap": (file((row("a", (64,)), row("b", (8,), 0, 32))), "overlap"),
    "alignment 0": (file((row(),), (value("general.alignment", 4, bytes(4)),)), "power of two"),
    "alignment 48": (file((row(),), (value("general.alignment", 4, struct.pack("<I", 48)),)), "power of two"),
    "alignment text": (file((row(),), (value("general.alignment", 8, text("32")),)), "power of two"),
}


@pytest.mark.parametrize("name", LIES)
def test_every_lie_is_told_in_one_sentence(name: str, read: Callable[[bytes], gguf_header.Header]) -> None:
    data, words = LIES[name]
    with pytest.raises(UserError, match=words) as told:
        read(data)
    assert told.value.hint
    assert len(told.value.message) < 300


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        gguf_header.read(tmp_path / "none.gguf")


def outcome(path: Path) -> str:
    """Open and read all of a file; "" where it was taken, else what was said."""
    try:
        source = GgufSource(path)
        source.tokenizer()
        for _ in source.tensors():
            pass
    except UserError as error:
        return error.message if error.hint else ""
    return ""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("gguf") / "sound.gguf"
    tiny_gguf.write(path, "llama", "Q8_0")
    return path.read_bytes()


def test_a_truncated_file_is_refused_wherever_it_ends(sound: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    places = [*range(60), *random.Random(1).sample(range(60, len(sound) - 64), 120)]
    for place in places:
        path.write_bytes(sound[:place])
        assert outcome(path), f"taken when cut at {place}"


def test_damage_anywhere_costs_no_crash_and_no_memory(sound: bytes, tmp_path: Path) -> None:
    """A flipped bit in a weight is another weight; one in the header is refused or changes a text."""
    path, chance = tmp_path / "m.gguf", random.Random(2)
    header = sound.index(b"output.weight") if b"output.weight" in sound else 20_000
    refused = 0
    tracemalloc.start()
    for turn in range(300):
        data = bytearray(sound)
        reach = header if turn % 4 else len(sound)
        for _ in range(chance.choice((1, 1, 1, 2, 8))):
            place = chance.randrange(reach)
            data[place] = chance.choice((data[place] ^ 1 << chance.randrange(8), 0, 255, chance.randrange(256)))
        path.write_bytes(data)
        words = outcome(path)
        assert len(words) < 400
        refused += bool(words)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused > 30
    assert peak < MOST_MEMORY
