"""Our own products with 16, 8 and 4 bits: right in every shape, and a row depends on nothing beside it."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from llmstudio.engine import quantize
from llmstudio.engine.native import build, matrix
from llmstudio.engine.native.bindings import Library
from llmstudio.engine.native.matrix import HALVED, Matrix
from tests.engine.native.machine import compiles

KINDS = ("sixteen", "eight", "four", "rough four")


def made(library: Library, kind: str, weight: Tensor, bias: Tensor | None) -> tuple[Matrix, Tensor]:
    """A matrix of a kind, and the weights that it stands for."""
    if kind == "sixteen":
        return matrix.sixteen(library, weight.bfloat16(), bias), weight.bfloat16().float()
    if kind == "eight":
        levels = quantize.int8_groups(weight)
        return matrix.eight(library, *levels, bias), quantize.restored8_groups(*levels)
    pairs = quantize.int4(weight, 32 if kind == "four" else 64)
    return matrix.four(library, *pairs, bias), quantize.restored4(*pairs)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("outputs", [1, 3, 4, 101])
@pytest.mark.parametrize("inputs", [64, 192, 64 * 21])
@pytest.mark.parametrize("biased", [True, False])
def test_products_are_those_of_the_weights(
    library: Library, kind: str, outputs: int, inputs: int, biased: bool
) -> None:
    torch.manual_seed(outputs)
    bias = torch.randn(outputs) if biased else None
    held, weight = made(library, kind, torch.randn(outputs, inputs) * torch.rand(outputs, 1), bias)
    rows = torch.randn(HALVED + 3, inputs).bfloat16().float()  # 16 bits round them
    wanted = rows.double() @ weight.double().T + (0 if bias is None else bias.double())
    before = torch.get_num_threads()
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            for count in (*range(11), HALVED, HALVED + 3):
                found = held.product(rows[:count])
                assert found.shape == (count, outputs)
                assert torch.allclose(found.double(), wanted[:count], atol=1e-5 * float(wanted.abs().max()), rtol=0)
                assert torch.equal(found, held.product(rows)[:count]), "a row depends on nothing beside it"
    finally:
        torch.set_num_threads(before)
    assert torch.equal(held.restored(torch.float32), weight)
    assert torch.equal(held.restored(torch.bfloat16), weight.bfloat16())


@pytest.mark.parametrize("kind", KINDS[:3])  # the groups of the last are two blocks
def test_odd_blocks_of_inputs(library: Library, kind: str) -> None:
    held, weight = made(library, kind, torch.randn(5, 96), None)
    rows = torch.randn(3, 96).bfloat16().float()
    assert torch.allclose(held.product(rows), rows @ weight.T, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_rounded_alike_however_many_there_are(library: Library, kind: str) -> None:
    torch.manual_seed(0)
    held, _ = made(library, kind, torch.randn(70, 320), None)
    rows = torch.randn(2 * HALVED, 320) * 3
    rows[0, 0], rows[1, 1] = torch.inf, torch.nan
    whole = held.product(rows)
    each = torch.cat([held.product(row[None]) for row in rows])
    assert torch.equal(whole.isnan(), each.isnan())
    assert torch.equal(whole.nan_to_num(), each.nan_to_num())
    assert not whole[2:].isnan().any()
    assert whole[:2].isfinite().sum() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_threads_do_not_change_a_large_product(library: Library, kind: str) -> None:
    torch.manual_seed(0)
    held, _ = made(library, kind, torch.randn(1031, 640), None)
    rows, before, found = torch.randn(3, 640), torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3, 5):
            torch.set_num_threads(threads)
            found.append(held.product(rows))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(one, found[0]) for one in found)


def test_bytes_are_those_that_are_read(library: Library) -> None:
    sizes = {"sixteen": 2.0, "eight": 1 + 2 / 32, "four": 0.5 + 4 / 32, "rough four": 0.5 + 4 / 64}
    for kind, size in sizes.items():
        assert made(library, kind, torch.randn(128, 256), torch.randn(128))[0].bytes == size * 128 * 256


@pytest.mark.parametrize("size", [0.0, 1e-30, 1e-6, 1e6])
def test_weights_of_any_size_are_kept(library: Library, size: float) -> None:
    torch.manual_seed(0)
    weight, rows = torch.randn(9, 64) * size, torch.randn(2, 64)
    weight[3, 32:] = 0
    held, _ = made(library, "eight", weight, None)
    wanted = rows.double() @ weight.double().T
    assert float((held.product(rows).double() - wanted).norm()) <= 0.01 * float(wanted.norm())
    assert not held.restored(torch.float32)[3, 32:].any()


def test_rows_that_do_not_lie_in_one_piece(library: Library) -> None:
    held, _ = made(library, "eight", torch.randn(8, 32), None)
    rows = torch.randn(32, 5).T
    assert torch.equal(held.product(rows), held.product(rows.contiguous()))
    with pytest.raises(AssertionError):
        held.product(torch.randn(2, 64))
    with pytest.raises(AssertionError):
        held.product(torch.randn(2, 32).bfloat16())
    with pytest.raises(AssertionError):
        made(library, "sixteen", torch.randn(8, 40), None)


@pytest.mark.parametrize("kind", KINDS)
def test_single_rows_are_found_by_their_ids(library: Library, kind: str) -> None:
    held, weight = made(library, kind, torch.randn(7, 64), None)
    for ids in (torch.tensor([[0, 6], [5, 5]]), torch.tensor(3), torch.zeros(0, 4).int()):
        assert torch.equal(held.look_up(ids), weight[ids.long()])
    for wrong in (7, -1, 2**40):
        with pytest.raises(IndexError):
            held.look_up(torch.tensor([0, wrong]))


@compiles
def test_there_is_one_pool_of_threads(library: Library, compiled: dict[str, Path]) -> None:
    """Torch's own team does the work: no thread is added, and the library asks for no OpenMP library by itself."""
    torch.set_num_threads(2)
    left = torch.randn(600, 600)
    left @ left
    torch.randn(1 << 20).exp()  # torch's own loops wake the pool
    before = len(list(Path("/proc/self/task").iterdir()))
    held, _ = made(library, "eight", torch.randn(640, 640), None)
    for _ in range(20):
        held.product(torch.randn(1, 640))
        torch.randn(1 << 20).exp()
    assert len(list(Path("/proc/self/task").iterdir())) <= before
    assert not any(word in compiled[build.variant()].read_bytes() for word in (b"libgomp", b"libomp", b"pthread"))
