"""Frozen matrices: every kernel computes the product, and a machine without one falls back and says so."""

import math
from collections.abc import Iterator

import pytest
import torch

from llmstudio.engine import kernels
from llmstudio.engine.kernels import Precision
from llmstudio.engine.native import library

BOUNDS: dict[Precision, float] = {"f32": 1e-6, "bf16": 0.01, "int8": 0.02, "int4": 0.12}
BYTES: dict[Precision, float] = {"f32": 4, "bf16": 2, "int8": 1.07, "int4": 0.63}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    kernels._maker.cache_clear()
    yield
    kernels._maker.cache_clear()


def matrix(outputs: int = 128, inputs: int = 96) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return torch.randn(outputs, inputs) * 0.05, torch.randn(outputs) * 0.1


@pytest.mark.parametrize("precision", BOUNDS)
@pytest.mark.parametrize("outputs", [128, 101])
@pytest.mark.parametrize("rows", [1, 5, 200])
@pytest.mark.parametrize("biased", [True, False])
def test_a_product_is_as_exact_as_its_precision(precision: Precision, outputs: int, rows: int, biased: bool) -> None:
    granted, _ = kernels.chosen(precision, "cpu")
    weight, bias = matrix(outputs)
    kernel = kernels.frozen(weight, bias if biased else None, granted)
    x = torch.randn(rows, 96)
    found, wanted = kernel(x).float(), x @ weight.T + (bias if biased else 0)
    assert found.shape == wanted.shape
    assert float((found - wanted).norm() / wanted.norm()) < BOUNDS[granted]
    if outputs % kernels.PACKED_ROWS == 0:
        assert kernel.bytes / weight.numel() <= BYTES[granted] + (0.1 if biased else 0)


def test_half_floats_serve_where_bf16_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    without_ours(monkeypatch)
    monkeypatch.setattr(kernels, "knows_bf16", lambda: False)
    granted, told = kernels.chosen("bf16", "cpu")
    weight, bias = matrix()
    x = torch.randn(3, 96)
    found = kernels.frozen(weight, bias, granted)(x)
    assert (granted, told) in (("bf16", ""), ("f32", told))
    assert torch.allclose(found, x @ weight.T + bias, atol=2e-3)
    huge = kernels.frozen(weight * 1e8, None, granted)
    assert torch.allclose(huge(x), x @ (weight * 1e8).T, rtol=1e-3), "what halves cannot hold stays in fp32"


@pytest.mark.parametrize("fault", [AttributeError, RuntimeError, None])
def test_a_kernel_that_is_missing_refuses_or_errs_is_not_used(
    fault: type[Exception] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(weight: torch.Tensor, bias: torch.Tensor | None, group: int = 32) -> kernels.Kernel:
        if fault is not None:
            raise fault("not on this machine")
        return kernels.plain(weight * 3, bias, torch.float32)

    for name in ("eight_bits", "four_bits", "sixteen_bits", "half_floats"):
        monkeypatch.setattr(kernels, name, broken)
    for precision in ("bf16", "int8", "int4"):
        granted, told = kernels.chosen(precision, "cpu")
        assert granted == "f32"
        assert precision in told
    assert kernels.chosen("f32", "cpu") == ("f32", "")


def test_an_old_processor_computes_in_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    assert kernels.chosen("int8", "cpu")[0] == "f32"


def test_cards_take_bf16() -> None:
    assert kernels.chosen("bf16", "cuda") == ("bf16", "")
    assert kernels.chosen("f32", "cuda") == ("f32", "")
    granted, told = kernels.chosen("int4", "cuda")
    assert granted == "bf16"
    assert "int4" in told


@pytest.mark.parametrize("precision", ["int8", "int4"])
@pytest.mark.parametrize("inputs", [40, 7, 129])
def test_widths_that_the_kernels_cannot_read_stay_whole(precision: Precision, inputs: int) -> None:
    granted, _ = kernels.chosen(precision, "cpu")
    weight, _ = matrix(64, inputs)
    x = torch.randn(2, inputs)
    assert torch.allclose(kernels.frozen(weight, None, granted)(x), x @ weight.T, atol=1e-6)


def test_groups_of_64_take_less_room() -> None:
    granted, _ = kernels.chosen("int4", "cpu")
    weight, _ = matrix(64, 128)
    x = torch.randn(2, 128)
    kernel = kernels.frozen(weight, None, granted, 64)
    assert float((kernel(x).float() - x @ weight.T).norm() / (x @ weight.T).norm()) < 0.13
    assert granted == "f32" or kernel.bytes / weight.numel() < 0.57


NONE = "No C compiler was found."


def without_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "get", lambda: None)
    monkeypatch.setattr(library, "reason", lambda: NONE)


@pytest.mark.parametrize("rows", [1, 5, 200])
@pytest.mark.parametrize("biased", [True, False])
def test_without_our_product_torch_keeps_a_scale_for_each_row(
    rows: int, biased: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_ours(monkeypatch)
    granted, _ = kernels.chosen("int8", "cpu")
    weight, bias = matrix()
    x = torch.randn(rows, 96)
    kernel = kernels.frozen(weight, bias if biased else None, granted)
    found, wanted = kernel(x).float(), x @ weight.T + (bias if biased else 0)
    assert float((found - wanted).norm() / wanted.norm()) < 0.02
    if granted == "int8":
        assert kernel.bytes == weight.numel() + 2 * len(weight)
        assert kernels.remark("int8").endswith(NONE)
    assert kernels.remark("f32") == ""


@pytest.mark.parametrize(("precision", "knows"), [("bf16", True), ("bf16", False), ("int4", True)])
@pytest.mark.parametrize("rows", [1, 200])
def test_without_our_product_torch_has_slower_ones(
    precision: Precision, knows: bool, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_ours(monkeypatch)
    monkeypatch.setattr(kernels, "knows_bf16", lambda: knows)
    granted, _ = kernels.chosen(precision, "cpu")
    weight, bias = matrix()
    x = torch.randn(rows, 96)
    kernel, wanted = kernels.frozen(weight, bias, granted), x @ weight.T + bias
    assert kernel.matrix is None
    assert float((kernel(x).float() - wanted).norm() / wanted.norm()) < BOUNDS[granted]
    if granted == precision:
        assert kernels.remark(precision) == f"{precision} is slower here. {NONE}"


@pytest.mark.parametrize("precision", ["bf16", "int8", "int4"])
@pytest.mark.parametrize("tiles", [True, False])
def test_many_rows_may_take_another_way(precision: Precision, tiles: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if library.get() is None:
        pytest.skip(library.reason())
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: tiles)
    weight, bias = matrix()
    kernel, x = kernels.frozen(weight, bias, precision), torch.randn(2 * kernels.MANY_ROWS, 96)
    many, few = kernel(x).float(), torch.cat([kernel(part) for part in x.split(kernels.MANY_ROWS - 1)])
    assert float((many - few).norm() / few.norm()) < 0.01


def test_groups_are_closer_than_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    if library.get() is None:
        pytest.skip(library.reason())
    assert kernels.remark("int8") == ""
    weight, bias = matrix(128, 768)
    weight[:, 5] *= 20  # as some inputs of real models
    x = torch.randn(8, 768)
    wanted, found = x @ weight.T + bias, kernels.frozen(weight, bias, "int8")(x)
    without_ours(monkeypatch)
    rough = kernels.frozen(weight, bias, "int8")(x).float()
    assert float((found - wanted).norm()) < 0.5 * float((rough - wanted).norm())


@pytest.mark.parametrize("size", [math.inf, math.nan, 1e20])
def test_what_levels_cannot_hold_stays_whole(size: float) -> None:
    if library.get() is None:
        pytest.skip(library.reason())
    weight, x = matrix()[0], torch.randn(2, 96)
    weight[3, 4] = size
    found = kernels.frozen(weight, None, "int8")(x)
    assert torch.allclose(found, x @ weight.T, rtol=1e-3, equal_nan=True)


@pytest.mark.parametrize("ours", [True, False])
def test_one_table_serves_both_ends(ours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not ours:
        without_ours(monkeypatch)
    if kernels.chosen("int8", "cpu")[0] != "int8":
        pytest.skip("this processor has no kernel for 8 bits")
    weight, _ = matrix(101, 64)
    table, head = kernels.eight_ends(weight)
    ids = torch.tensor([[3, 100], [0, 3]])
    assert table(ids).shape == (2, 2, 64)
    assert float((table(ids) - weight[ids]).norm() / weight[ids].norm()) < 0.01
    x = torch.randn(3, 64)
    assert float((head(x).float() - x @ weight.T).norm() / (x @ weight.T).norm()) < 0.02
