"""Attention of single tokens by our own library: what many small products of torch do, in one call for all texts.

Only for decoders that pack their weights: a model that serves as it is computes as it learns. Shapes as in places.py.
"""

import ctypes
import functools

import torch
from torch import Tensor

from llmstudio.engine import native
from llmstudio.engine.native import Library

LANES, WIDEST = 16, 256  # heads are a multiple of the one wide, and at most as the other
SMALL = 1 << 18  # numbers of keys from which threads are worth waking


class Room(ctypes.Structure):
    """`struct room` of the C file."""

    _fields_ = (
        ("keys", ctypes.c_void_p),
        ("values", ctypes.c_void_p),
        ("text", ctypes.c_uint64),
        ("group", ctypes.c_uint64),
        ("place", ctypes.c_uint64),
        ("groups", ctypes.c_uint64),
        ("queries", ctypes.c_uint64),
        ("width", ctypes.c_uint64),
        ("scale", ctypes.c_float),
        ("halved", ctypes.c_int32),
    )


class Looks:
    """What one token of each of N texts looks at in every layer: the first places of some rows of a cache."""

    def __init__(self, library: Library, texts: list[int], lengths: list[int]) -> None:
        """`texts` (N) are rows of the cache, `lengths` (N) how many of their places are looked at, one at least."""
        self._library, self._longest = library, sum(lengths)
        self._which = torch.tensor([texts, lengths])
        self._texts, self._lengths = self._which[0].data_ptr(), self._which[1].data_ptr()

    def __call__(self, asked: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """What queries (N, G, R, D) take from keys and values (B, G, S, D) of fp32 or bf16, as (N, 1, G x R x D)."""
        asked = asked.float().contiguous()
        count, groups, queries, width = asked.shape
        assert keys.stride() == values.stride(), "both lie in one room"
        assert keys.dtype == values.dtype, "in one type"
        text, group, place, one = keys.stride()
        assert one == 1, "and the numbers of a head beside each other"
        out = torch.empty(count, 1, groups * queries * width)
        room = Room(
            keys.data_ptr(), values.data_ptr(), text, group, place, groups, queries, width, width**-0.5,
            int(keys.dtype == torch.bfloat16),
        )  # fmt: skip
        threads = torch.get_num_threads() if self._longest * groups * queries * width >= SMALL else 1
        library = self._library
        library.look(
            ctypes.addressof(room), asked.data_ptr(), self._texts, self._lengths, out.data_ptr(), count,
            library.region, threads,
        )  # fmt: skip
        return out


def suits(width: int) -> bool:
    """Whether heads of this width can be looked at."""
    return width % LANES == 0 and width <= WIDEST


@functools.cache
def library() -> Library | None:
    """The library where there is one, and where it looks rightly."""
    found = native.library()
    return found if found is not None and right(found) else None


def right(library: Library) -> bool:
    """Whether two texts of different lengths see what they should, in both types of keys."""
    room = ((torch.arange(2 * 3 * 2 * 150 * 32) * 0.37).sin() * 3).view(2, 3, 2, 150, 32)
    asked = (torch.arange(3 * 2 * 2 * 32) * 0.61).cos().view(3, 2, 2, 32)
    texts, lengths = [2, 0, 2], [150, 1, 71]
    for dtype in (torch.float32, torch.bfloat16):
        keys, values = room.to(dtype)
        found = Looks(library, texts, lengths)(asked, keys, values).view(asked.shape)
        for number, (text, length) in enumerate(zip(texts, lengths, strict=True)):
            key, value = keys[text, :, :length].double(), values[text, :, :length].double()
            wanted = (asked[number].double() @ key.transpose(1, 2) * 32**-0.5).softmax(dim=-1) @ value
            if not float((found[number] - wanted).abs().max()) < native.EXACT:
                return False
    return True
