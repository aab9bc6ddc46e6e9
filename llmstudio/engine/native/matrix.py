"""A frozen matrix of 16, 8 or 4 bits, multiplied by our own library. Shapes: N rows, I inputs, O outputs."""

import ctypes

import torch
from torch import Tensor

from llmstudio.engine.native.bindings import BLOCK, KINDS, SIDE, WIDE, Library, MatrixShape

SMALL = 1 << 16
"""Products from which threads are worth waking."""
HALVED = 16
"""Rows that are rounded to bf16 once for all outputs; fewer are while they are multiplied."""


class Matrix:
    """Weights (O, I) as the library reads them, with the biases (O) that are added; I is a multiple of `BLOCK`."""

    def __init__(
        self,
        library: Library,
        kind: str,
        held: tuple[Tensor, ...],
        size: tuple[int, int],
        bias: Tensor | None,
        *,
        unit: float = 1.0,
        group: int = BLOCK,
    ) -> None:
        """For `sixteen`, `eight` and `four`, which lay out what is `held`: levels, and scales where they lie apart."""
        self.library, (self.outputs, self.inputs) = library, size
        assert self.inputs % BLOCK == 0, "the library reads in blocks"
        self._held, self._bias = held, None if bias is None else bias.float().contiguous()
        self.shape = MatrixShape(
            held[0].data_ptr(),
            held[1].data_ptr() if len(held) > 1 else None,
            None if self._bias is None else self._bias.data_ptr(),
            self.outputs,
            self.inputs,
            KINDS[kind],
            group,
            unit,
        )
        self._address = ctypes.addressof(self.shape)
        self.takes_halves = kind == "sixteen" and bool(library.takes_halves())
        self.bytes = sum(part.nbytes for part in held)  # read for one row

    def product(self, rows: Tensor) -> Tensor:
        """Rows (N, I) times the matrix, plus the biases (N, O), in fp32."""
        assert rows.dtype == torch.float32, "a pointer tells no type"
        assert rows.size(1) == self.inputs, "nor a size"
        count, library = len(rows), self.library
        halved = self.takes_halves and count >= HALVED
        rows = rows.bfloat16().contiguous() if halved else rows.contiguous()
        out = torch.empty(count, self.outputs)
        threads = team_size(count * self.outputs * self.inputs)
        library.multiply(self._address, rows.data_ptr(), out.data_ptr(), count, halved, library.threads, threads)
        return out

    def restored(self, dtype: torch.dtype) -> Tensor:
        """The weights (O, I) without biases, in fp32 or rounded to bf16."""
        assert dtype in (torch.float32, torch.bfloat16), "the library knows no other"
        out, library = torch.empty(self.outputs, self.inputs, dtype=dtype), self.library
        halved = int(dtype == torch.bfloat16)
        library.restore(self._address, out.data_ptr(), halved, library.threads, team_size(out.numel()))
        return out

    def look_up(self, ids: Tensor) -> Tensor:
        """The weights (..., I) of the outputs named by ids (...), in fp32. IndexError for ids that are none."""
        ids, out = ids.long().contiguous(), torch.empty(*ids.shape, self.inputs)
        if self.library.look_up(self._address, ids.data_ptr(), out.data_ptr(), ids.numel()) != ids.numel():
            raise IndexError("there is no such output")
        return out


def team_size(products: int) -> int:
    """Threads for a task of so many products."""
    return torch.get_num_threads() if products >= SMALL else 1


def sixteen(library: Library, weight: Tensor, bias: Tensor | None) -> Matrix:
    """Weights (O, I) in bf16."""
    assert weight.dtype == torch.bfloat16, "the library reads bf16"
    outputs, inputs = weight.shape
    blocks = _filled(weight, WIDE).view(-1, WIDE, inputs // 2, 2)
    return Matrix(library, "sixteen", (blocks.transpose(1, 2).contiguous(),), (outputs, inputs), bias)


def eight(library: Library, levels: Tensor, scales: Tensor, power: int, bias: Tensor | None) -> Matrix:
    """Levels (O, I) and halves (O, I / BLOCK) that stand for scales times 2^power: see `quantize.int8_groups`."""
    held = _side_by_side(levels, BLOCK), _side_by_side(scales, 1)
    return Matrix(library, "eight", held, (levels.size(0), levels.size(1)), bias, unit=2.0 ** (112 + power))


def four(library: Library, levels: Tensor, scales: Tensor, bias: Tensor | None) -> Matrix:
    """Levels 0 to 15 (O, I), and scale and middle of each group (I / group, O, 2) in bf16: see `quantize.int4`."""
    outputs, inputs = levels.shape
    groups = scales.size(0)
    lower, upper = levels.view(outputs, groups, -1, 2, BLOCK // 2).unbind(dim=3)
    pairs = (lower | upper << 4).view(outputs, groups, -1)
    records = torch.cat((scales.transpose(0, 1).contiguous().view(torch.uint8), pairs), dim=2)
    return Matrix(library, "four", (records.contiguous(),), (outputs, inputs), bias, group=inputs // groups)


def _side_by_side(values: Tensor, group: int) -> Tensor:
    """(O, G x group) as (O / SIDE, G, SIDE, group): outputs that are computed together lie together."""
    return _filled(values, SIDE).view(-1, SIDE, values.size(1) // group, group).transpose(1, 2).contiguous()


def _filled(values: Tensor, multiple: int) -> Tensor:
    """(O, ...) with as many rows of zeros behind as make O a multiple."""
    missing = -values.size(0) % multiple
    return torch.cat((values, values.new_zeros(missing, values.size(1)))) if missing else values
