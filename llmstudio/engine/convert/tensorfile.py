"""Files in the safetensors format, read and written tensor by tensor: no more than one is ever in memory.

The header is parsed here, before any memory is taken for what it promises.
"""

import json
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from llmstudio.base.disk import DISK
from llmstudio.base.errors import UserError
from llmstudio.engine.checkpoint import finite

AGAIN = "Get it again from where it came."
MOST_TENSORS = 100_000
LARGEST_HEADER = 100_000_000
MOST_DIMENSIONS = 8
BLOCK = 1 << 24  # bytes between two looks at whether to stop
FLOATS = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
_SIZES = {name: dtype.itemsize for name, dtype in FLOATS.items()} | {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 1),
    **dict.fromkeys(("U16", "I16"), 2),
    **dict.fromkeys(("U32", "I32"), 4),
    **dict.fromkeys(("U64", "I64", "C64"), 8),
}
_SAID = {"__metadata__": {"format": "pt"}}  # older versions of transformers want it
_NAMES = {dtype: name for name, dtype in FLOATS.items()}
_KEPT = {torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16"}


@dataclass(frozen=True)
class Entry:
    """Where a tensor lies in a file."""

    name: str
    type: str
    shape: tuple[int, ...]
    path: Path
    start: int
    size: int


# --- reading --------------------------------------------------------------------------------------


def entries(path: Path) -> dict[str, Entry]:
    """The tensors of a file by name. UserError where the header lies about anything."""
    try:
        total = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if total < 10 or not 2 <= length <= min(total - 8, LARGEST_HEADER):
                raise _damaged(path, "its header is cut off or no header at all")
            text = file.read(length)
    except OSError as error:
        raise UserError(f"{path.name} cannot be read.", "Check that the file exists and may be read.") from error
    return _checked(path, _table(path, text), 8 + length, total)


def _table(path: Path, text: bytes) -> dict[str, Any]:
    try:
        table = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "its header cannot be read") from error
    if not isinstance(table, dict):
        raise _damaged(path, "its header is no table")
    table.pop("__metadata__", None)
    if len(table) > MOST_TENSORS:
        raise _damaged(path, f"it names {len(table):,} tensors, more than {MOST_TENSORS:,}")
    return table


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a name stands twice")
    return table


def _checked(path: Path, table: dict[str, Any], begin: int, total: int) -> dict[str, Entry]:
    found = {name: _entry(path, name, facts, begin) for name, facts in table.items()}
    cut = sum(entry.start + entry.size > total for entry in found.values())
    if cut:
        raise _damaged(path, f"{cut:,} of {len(found):,} tensors are cut off")
    at = begin
    for entry in sorted(found.values(), key=lambda entry: (entry.start, entry.size)):
        if entry.start != at:
            raise _damaged(path, f"the tensor {shown(entry.name)} is not where the one before it ends")
        at += entry.size
    if at != total:
        raise _damaged(path, f"it is {total - at:,} bytes longer than its tensors")
    return found


def _entry(path: Path, name: str, facts: Any, begin: int) -> Entry:
    facts = facts if isinstance(facts, dict) else {}
    kind = facts.get("dtype")
    if not isinstance(kind, str) or kind not in _SIZES:
        raise _damaged(path, f"the tensor {shown(name)} has no known type")
    shape, place = _naturals(facts.get("shape")), _naturals(facts.get("data_offsets"))
    if shape is None or len(shape) > MOST_DIMENSIONS:
        raise _damaged(path, f"the tensor {shown(name)} has no possible shape")
    if place is None or len(place) != 2:
        raise _damaged(path, f"the tensor {shown(name)} has no place")
    size = math.prod(shape) * _SIZES[kind]
    if place[1] - place[0] != size:
        raise _damaged(path, f"the tensor {shown(name)} has another size than its shape")
    return Entry(name, kind, shape, path, begin + place[0], size)


def _naturals(values: Any) -> tuple[int, ...] | None:
    if isinstance(values, list) and all(type(value) is int and 0 <= value < 1 << 48 for value in values):
        return tuple(values)
    return None


def read(entry: Entry, check: Callable[[], None] = lambda: None) -> Tensor:
    """The numbers of a tensor (F64 as F32); `check` is called after each block and may raise to stop."""
    if entry.type not in FLOATS:
        raise unreadable(entry)
    data = bytearray(entry.size)
    view = memoryview(data)
    with entry.path.open("rb") as file:
        file.seek(entry.start)
        for start in range(0, entry.size, BLOCK):
            part = view[start : start + BLOCK]
            if file.readinto(part) != len(part):
                raise _damaged(entry.path, "it became shorter while it was read")
            check()
    if not data:
        return torch.empty(entry.shape, dtype=FLOATS[entry.type])
    tensor = torch.frombuffer(data, dtype=FLOATS[entry.type]).view(entry.shape)
    return tensor.float() if entry.type == "F64" else tensor


def unreadable(entry: Entry) -> UserError:
    """The sentence for a tensor of a type that is no float of ours."""
    return UserError(
        f"The tensor {shown(entry.name)} is kept as {entry.type}, which LLM Studio does not read.",
        "Choose the version of this model that is not quantised.",
    )


def dtype_of(types: Mapping[str, int]) -> str:
    """The type most numbers have, as the manifest says it, of how many numbers each type has in a file."""
    most = max(types, key=lambda name: types[name], default="F32")
    return {"F16": "f16", "BF16": "bf16"}.get(most, "f32")


# --- writing --------------------------------------------------------------------------------------


def write(
    path: Path,
    shapes: Mapping[str, tuple[int, ...]],
    tensors: Iterator[tuple[str, Tensor]],
    check: Callable[[], None] = lambda: None,
) -> Iterator[int]:
    """Write tensors into a file of a folder that is not committed yet; yields the bytes written so far.

    `shapes` says which tensors are to come and how large; each keeps its own type. AssertionError for others.
    UserError names the first tensor with a number that is not finite.
    """
    room = _room(shapes)
    table: dict[str, Any] = {}
    descriptor = DISK.create(path)
    try:
        DISK.write(descriptor, bytes(room))
        at = 0
        for name, tensor in tensors:
            assert name not in table, name
            assert tuple(tensor.shape) == shapes[name], name
            tensor = _aligned(tensor)
            table[name] = {"dtype": _NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [at]}
            for block in _blocks(name, tensor):
                check()
                DISK.write(descriptor, block)
                at += len(block)
                yield at
            table[name]["data_offsets"].append(at)
        assert table.keys() == shapes.keys(), shapes.keys() - table.keys()
        header = json.dumps({**_SAID, **table}, separators=(",", ":")).encode("ascii").ljust(room - 8)
        os.lseek(descriptor, 0, os.SEEK_SET)
        DISK.write(descriptor, len(header).to_bytes(8, "little") + header)
    finally:
        DISK.close(descriptor)


def _room(shapes: Mapping[str, tuple[int, ...]]) -> int:
    """Bytes for a header of these tensors whatever their types and places; a multiple of 8."""
    place = {"dtype": "BF16", "data_offsets": [10**15, 10**15]}
    longest = json.dumps({**_SAID, **{name: {**place, "shape": list(shape)} for name, shape in shapes.items()}})
    return (8 + len(longest) + 7) // 8 * 8


def _aligned(tensor: Tensor) -> Tensor:
    """As it may stand in a file: an odd number of short floats would put the next tensor between two places."""
    tensor = tensor.detach().cpu()
    if tensor.dtype not in _KEPT or (tensor.dtype.itemsize == 2 and tensor.numel() % 2):
        tensor = tensor.float()
    return tensor.contiguous()


def _blocks(name: str, tensor: Tensor) -> Iterator[bytes]:
    flat = tensor.view(-1)
    step = BLOCK // tensor.dtype.itemsize
    for start in range(0, flat.numel(), step):
        part = flat[start : start + step]
        if not finite(part):
            raise UserError(f"The tensor {shown(name)} holds numbers that are not finite.", AGAIN)
        yield part.view(torch.uint8).numpy().tobytes()


# --- words ----------------------------------------------------------------------------------------


def _damaged(path: Path, what: str) -> UserError:
    return UserError(f"{path.name} is damaged: {what}.", AGAIN)


def shown(name: str) -> str:
    """A foreign name, short and harmless."""
    return ascii(name)[1:-1][:80]


def listed(names: list[str], most: int = 5) -> str:
    """Names with those of many layers drawn together: "h.0-11.ln_1.weight, wte.weight"."""
    groups: dict[str, list[int]] = {}
    for name in names:
        number = re.search(r"(?<=\.)\d{1,6}(?=\.)", name)
        pattern = name if number is None else f"{name[: number.start()]}\0{name[number.end() :]}"
        groups.setdefault(pattern, []).append(int(number[0]) if number else 0)
    told = [shown(pattern.replace("\0", _ranges(found))) for pattern, found in groups.items()]
    more = f" and {len(told) - most:,} more" if len(told) > most else ""
    return ", ".join(told[:most]) + more


def _ranges(numbers: list[int]) -> str:
    """Numbers in short: 0, 1, 2, 5 as "0-2,5"."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return ",".join("-".join(map(str, part)) for part in parts)
