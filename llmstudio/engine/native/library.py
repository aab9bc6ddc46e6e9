"""The library of this machine: found or compiled once, and checked before it is trusted."""

import functools
import sys
from pathlib import Path

import torch

from llmstudio.base.errors import UserError
from llmstudio.engine import quantize
from llmstudio.engine.native import bindings, build, matrix
from llmstudio.engine.native.bindings import Library
from llmstudio.engine.native.build import Unusable
from llmstudio.engine.native.matrix import Matrix

EXACT = 1e-5
"""The largest error of the products that are checked, beside their largest number."""


def get() -> Library | None:
    """The library, compiled if it has to be, or None; once found or not, it stays so while the process lives."""
    return _found()[0]


def reason() -> str:
    """Why there is no library, as a sentence; "" where there is one."""
    return _found()[1]


def at_hand() -> Library | None:
    """The library where it was found before; nothing is compiled for what would gain less."""
    return get() if _found.cache_info().currsize else None


@functools.cache
def _found() -> tuple[Library | None, str]:
    try:
        name = build.variant()
        return opened(build.packaged(name) if getattr(sys, "frozen", False) else build.kept(name)), ""
    except Unusable as error:
        return None, str(error)
    except (UserError, OSError) as error:
        return None, f"The fast products could not be compiled: {build.line(str(error))}"


def opened(path: Path) -> Library:
    """The library at `path`, after small products were checked. Unusable if it computes anything else."""
    found = bindings.bound(path)
    with torch.autocast("cpu", enabled=False), torch.no_grad():  # whoever asks first may be in the midst of a step
        right = computes(found)
    if not right:
        raise Unusable("The fast products compute something else on this machine.")
    return found


def computes(library: Library) -> bool:
    """Whether products, weights and single rows of small matrices are right, for several numbers of rows."""
    outputs, inputs = 70, 35 * bindings.BLOCK
    weight = ((torch.arange(outputs * inputs) * 37) % 255 - 127).float().view(outputs, inputs) / 64
    bias = torch.arange(outputs) / 7
    levels8, levels4 = quantize.int8_groups(weight), quantize.int4(weight)
    every = [
        (matrix.sixteen(library, weight.bfloat16(), bias), weight.bfloat16().float()),
        (matrix.eight(library, *levels8, bias), quantize.restored8_groups(*levels8)),
        (matrix.four(library, *levels4, bias), quantize.restored4(*levels4)),
    ]
    return all(_right(one, wanted, bias) for one, wanted in every)


def _right(one: Matrix, weight: torch.Tensor, bias: torch.Tensor) -> bool:
    rows = (torch.arange(9 * one.inputs) * 0.7).cos().view(9, -1).bfloat16().float()  # as 16 bits take them
    wanted = rows.double() @ weight.double().T + bias.double()
    bound = EXACT * float(wanted.abs().max())
    products = (one.product(rows[:count]) for count in range(1, 10))
    right = all(float((found - wanted[: len(found)]).abs().max()) < bound for found in products)
    ids = torch.tensor([one.outputs - 1, 0, 3])
    return (
        right
        and torch.allclose(one.restored(torch.float32), weight, rtol=EXACT, atol=0)
        and torch.equal(one.restored(torch.bfloat16), one.restored(torch.float32).bfloat16())
        and torch.equal(one.look_up(ids), one.restored(torch.float32)[ids])
    )
