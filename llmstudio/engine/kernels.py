"""Matrix products with frozen weights, in the fewest bytes that a precision allows and by the fastest kernel for it.

A single token needs every weight once, so that writing is as fast as weights can be read from memory. Which kernel
serves a precision follows from the machine alone, never from a stopwatch: the same seed gives the same text.
Shapes: N rows, I inputs, O outputs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.engine import products, quantize
from llmstudio.engine.native import library, matrix
from llmstudio.engine.native.matrix import Matrix

Precision = Literal["f32", "bf16", "int8", "int4"]

MANY_ROWS = 64
"""From so many rows on, a product is bound by arithmetic, and compressed weights are first brought to bf16."""

PACKED_ROWS = 64  # the 4-bit kernel computes so many outputs at once
BLOCK = 32  # inputs that the kernels for few bits read at once
LARGEST_HALF = 65_504.0
LARGEST_EIGHT = 1e9  # of weights in groups of 8 bits; others, and what is no number, stay in 32


@dataclass(frozen=True)
class Kernel:
    """A frozen matrix: calling it multiplies rows (N, I) by it and adds the biases (N, O)."""

    run: Callable[[Tensor], Tensor]
    takes: torch.dtype | None  # what rows are brought to; None leaves them
    bytes: int  # read for one row
    matrix: Matrix | None = None  # what it multiplies by, where that is our own library

    def __call__(self, rows: Tensor) -> Tensor:
        """Rows (N, I) of any floating type to (N, O) of the kernel's own."""
        return self.run(rows if self.takes is None else rows.to(self.takes))


def chosen(precision: Precision, device: str) -> tuple[Precision, str]:
    """The precision that can be kept on this device, and why it is another one than was asked for ("" if not)."""
    if precision == "f32":
        return precision, ""
    if device != "cpu":
        told = f"{precision} weights are for processors: bf16 is used on this device."
        return "bf16", "" if precision == "bf16" else told
    if _maker(precision) is not None:
        return precision, ""
    return "f32", f"This processor has no fast kernel for {precision} weights: f32 is used."


def frozen(weight: Tensor, bias: Tensor | None, precision: Precision, group: int = quantize.GROUPS[0]) -> Kernel:
    """The kernel of a linear layer's weight (O, I) and bias (O) in a precision that `chosen` has granted.

    The kernels for few bits read inputs in blocks, and read amiss what is no multiple of them: such matrices, which
    only very small models have, stay in 32 bits.
    """
    if precision == "f32" and lays_out(weight.device.type):
        return laid_out(weight, bias, torch.float32)
    if weight.device.type != "cpu" or precision == "f32":
        return plain(weight, bias, torch.float32 if precision == "f32" else torch.bfloat16)
    if precision in ("int8", "int4") and weight.size(1) % max(group, BLOCK):
        return plain(weight, bias, torch.float32)
    if precision == "int4":
        return four_bits(weight, bias, group)
    if precision == "int8":
        return eight_bits(weight, bias)
    maker = _maker("bf16")
    assert maker is not None, "the caller takes what is granted"
    return maker(weight, bias)


def plain(weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Kernel:
    """Torch's own product, on every device; where a processor has a faster one for many rows, that."""
    weight, bias = weight.to(dtype), None if bias is None else bias.to(dtype)
    product: Callable[..., Tensor] = products.product if weight.device.type == "cpu" else F.linear
    return Kernel(lambda rows: product(rows, weight, bias), dtype, weight.nbytes)


def brain_floats(weight: Tensor, bias: Tensor | None) -> Kernel:
    """bf16 weights in the order that oneDNN likes best."""
    return laid_out(weight, bias, torch.bfloat16)


def lays_out(device: str) -> bool:
    """Whether 32-bit weights are worth laying out anew: MKL reads them at half the speed of a foreign processor."""
    return device == "cpu" and products.inner_products()


def laid_out(weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Kernel:
    """Weights in the order that oneDNN likes best for one row; for many it is as good as any."""
    held = torch.ops.mkldnn._reorder_linear_weight(weight.to(dtype).contiguous(), 1)
    bias = None if bias is None else bias.to(dtype)
    product = torch.ops.mkldnn._linear_pointwise
    return Kernel(lambda rows: product(rows, held, bias, "none", [], ""), dtype, weight.numel() * dtype.itemsize)


def half_floats(weight: Tensor, bias: Tensor | None) -> Kernel:
    """fp16 weights and fp32 sums (FBGEMM), for processors that know no bf16: as small, and rounded less."""
    if not quantize.largest(weight) <= LARGEST_HALF:
        return plain(weight, bias, torch.float32)
    held = torch.ops.quantized.linear_prepack_fp16(weight.float().contiguous(), None if bias is None else bias.float())
    product = torch.ops.quantized.linear_dynamic_fp16
    return Kernel(lambda rows: product(rows, held), torch.float32, 2 * weight.numel())


def sixteen_bits(weight: Tensor, bias: Tensor | None) -> Kernel:
    """bf16 by our own product where it is there and reads such widths, else by the fastest that torch has."""
    ours = library.get()
    if ours is not None and weight.size(1) % BLOCK == 0:
        return of_ours(matrix.sixteen(ours, weight.to(torch.bfloat16), bias), bias)
    return brain_floats(weight, bias) if knows_bf16() else half_floats(weight, bias)


def eight_bits(weight: Tensor, bias: Tensor | None) -> Kernel:
    """8 bits and a scale for every 32 inputs where our own product is there, else for each row."""
    ours = library.get()
    if ours is None:
        return eight_levels(*quantize.int8(weight), bias)
    if not quantize.largest(weight) <= LARGEST_EIGHT:
        return plain(weight, bias, torch.float32)
    return of_ours(matrix.eight(ours, *quantize.int8_groups(weight), bias), bias)


def eight_ends(weight: Tensor) -> tuple[Callable[[Tensor], Tensor], Kernel]:
    """One 8-bit table (V, C) for both ends: ids (...) to its rows (..., C) in fp32, and the kernel of a tied head."""
    ours = library.get()
    if ours is None or not quantize.largest(weight) <= LARGEST_EIGHT:
        levels, scale = quantize.int8(weight)
        return looked_up(levels, scale), eight_levels(levels, scale, None)
    table = matrix.eight(ours, *quantize.int8_groups(weight), None)
    return table.look_up, of_ours(table, None)


def looked_up(levels: Tensor, scale: Tensor) -> Callable[[Tensor], Tensor]:
    """Rows of a table of `quantize.int8` (V, C) by ids (...), restored (..., C)."""
    return lambda ids: levels[ids].float() * scale[ids][..., None]


def of_ours(held: Matrix, bias: Tensor | None) -> Kernel:
    """Our own product; many rows meet weights that are brought to bf16, where another product is faster for that."""
    dtype = torch.bfloat16 if knows_bf16() else torch.float32
    added = None if bias is None else bias.to(dtype)
    always = held.takes_halves and not torch.cpu._is_amx_tile_supported()

    def run(rows: Tensor) -> Tensor:
        if always or len(rows) < MANY_ROWS:
            return held.product(rows.float())
        return products.product(rows.to(dtype), held.restored(dtype), added)

    return Kernel(run, None, held.bytes, held)


def eight_levels(levels: Tensor, scale: Tensor, bias: Tensor | None) -> Kernel:
    """Torch's kernel: levels (O, I) and scales (O) of `quantize.int8`; activations in bf16, sums in fp32."""
    scale = scale.bfloat16()
    column, product = scale[:, None], torch.ops.aten._weight_int8pack_mm

    def run(rows: Tensor) -> Tensor:
        if len(rows) < MANY_ROWS:
            return product(rows, levels, scale)  # type: ignore[no-any-return]
        return F.linear(rows, levels.bfloat16().mul_(column))

    return _biased(run, bias, levels.nbytes + scale.nbytes)


def four_bits(weight: Tensor, bias: Tensor | None, group: int) -> Kernel:
    """4 bits with scale and middle of each group; by torch's kernel activations are in bf16, sums in fp32."""
    ours, outputs = library.get(), weight.size(0)
    if ours is not None:
        return of_ours(matrix.four(ours, *quantize.int4(weight, group), bias), bias)
    held, scales = quantize.packed4(*quantize.int4(weight, group), PACKED_ROWS)
    product = torch.ops.aten._weight_int4pack_mm_for_cpu
    if scales.size(1) == outputs:
        return _biased(lambda rows: product(rows, held, group, scales), bias, held.nbytes + scales.nbytes)
    return _biased(lambda rows: product(rows, held, group, scales)[:, :outputs], bias, held.nbytes + scales.nbytes)


def _biased(run: Callable[[Tensor], Tensor], bias: Tensor | None, size: int) -> Kernel:
    if bias is None:
        return Kernel(run, torch.bfloat16, size)
    added = bias.bfloat16()
    return Kernel(lambda rows: run(rows).add_(added), torch.bfloat16, size)


Maker = Callable[[Tensor, Tensor | None], Kernel]


@cache
def _maker(precision: Precision) -> Maker | None:
    """The kernel for a precision on this processor; None where none is fast, or none is right."""
    if not torch.backends.cpu.get_cpu_capability().startswith(("AVX2", "AVX512")):
        return None
    kinds: dict[Precision, tuple[Maker, ...]] = {
        "bf16": (sixteen_bits, half_floats),
        "int8": (eight_bits,),
        "int4": (partial(four_bits, group=quantize.GROUPS[0]),),
    }
    return next((maker for maker in kinds.get(precision, ()) if _works(maker)), None)


def remark(precision: Precision) -> str:
    """What is to be said about a precision on this machine's processor, as a sentence; "" where all is as it should."""
    why = library.reason() if precision != "f32" and _maker(precision) is not None else ""
    rougher = precision == "int8"
    costs = "has one scale for each row here, which is slower and less exact" if rougher else "is slower here"
    return f"{precision} {costs}. {why}" if why else ""


def knows_bf16() -> bool:
    """Whether this processor multiplies bf16 numbers by itself; others only pretend to."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def _works(maker: Maker) -> bool:
    """Whether a kernel, some of which torch keeps to itself, is there and computes what it should."""
    weight = torch.linspace(-1, 1, 64 * 64).sin().view(64, 64)
    rows = torch.linspace(-1, 1, 2 * 64).cos().view(2, 64)
    try:
        kernel = maker(weight, weight[:, 0])
        found = kernel(rows).float()
    except (RuntimeError, AttributeError, NotImplementedError):
        return False
    wanted = F.linear(rows, weight, weight[:, 0])
    return bool((found - wanted).abs().max() < 0.2 * wanted.abs().max())
