"""The head of a safetensors file, read without loading anything: numbers, their type, and what is cut off."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmstudio.base.errors import UserError

MOST_HEAD = 100_000_000  # bytes
MOST_TENSORS = 100_000
_TYPES = {"F32": "f32", "F16": "f16", "BF16": "bf16"}


@dataclass(frozen=True)
class Head:
    """What a file says of itself: tensors and their numbers, the type most numbers have, the names of cut off ones."""

    tensors: int
    numbers: int
    dtype: str
    cut: tuple[str, ...] = ()


def read(path: Path) -> Head:
    """The head of a file. Raises `UserError` for one that is none, and `OSError` where it cannot be read."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 10 or length < 2 or length > min(size - 8, MOST_HEAD):
            raise _damaged(path)
        try:
            table = json.loads(file.read(length))
        except (ValueError, RecursionError) as error:
            raise _damaged(path) from error
    entries = {name: entry for name, entry in _items(table, path) if name != "__metadata__"}
    return _understood(path, entries, size - 8 - length)


def _understood(path: Path, entries: dict[str, Any], room: int) -> Head:
    counts: dict[str, int] = {}
    cut = []
    for name, entry in entries.items():
        try:
            numbers, end = math.prod(int(side) for side in entry["shape"]), int(entry["data_offsets"][1])
            kind = str(entry["dtype"])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise _damaged(path) from error
        counts[kind] = counts.get(kind, 0) + numbers
        if end > room:
            cut.append(name)
    most = max(counts, key=lambda kind: counts[kind], default="")
    return Head(len(entries), sum(counts.values()), _TYPES.get(most, most.lower()), tuple(cut))


def _items(table: Any, path: Path) -> Any:
    if not isinstance(table, dict) or len(table) > MOST_TENSORS:
        raise _damaged(path)
    return table.items()


def _damaged(path: Path) -> UserError:
    return UserError(f"{path.name} is damaged: it has no readable head.", "Get it again from where it came.")


def cut_words(path: Path) -> str:
    """Which tensors of a file are cut off, in a sentence; "" if none, or if the file is none of this kind."""
    try:
        head = read(path)
    except UserError as error:
        return error.message
    except OSError:
        return ""
    if not head.cut:
        return ""
    names = ", ".join(head.cut[:3]) + (" …" if len(head.cut) > 3 else "")
    are = "is" if len(head.cut) == 1 else "are"
    return f"{len(head.cut):,} of {head.tensors:,} tensors {are} cut off: {names}."
