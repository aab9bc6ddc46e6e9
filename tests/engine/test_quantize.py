"""Weights in 8 and 4 bits: how far they are from what they stand for."""

import math

import pytest
import torch

from llmstudio.engine import quantize


def spread(weight: torch.Tensor, restored: torch.Tensor) -> float:
    return float((weight - restored).norm() / weight.norm())


def test_eight_bits_are_within_half_a_step_of_each_row() -> None:
    torch.manual_seed(0)
    weight = torch.randn(40, 96) * torch.logspace(-4, 2, 40)[:, None]
    levels, scale = quantize.int8(weight)
    assert levels.dtype == torch.int8
    off = (quantize.restored8(levels, scale) - weight).abs() / scale[:, None]
    assert float(off.max()) <= 0.5001
    assert int(levels.abs().max()) in (126, 127)
    assert torch.equal(scale, scale.bfloat16().float())


def test_groups_of_eight_bits_are_within_half_a_step_of_each_group() -> None:
    torch.manual_seed(0)
    weight = torch.randn(40, 96) * torch.logspace(-4, 2, 40)[:, None]
    levels, scales, power = quantize.int8_groups(weight)
    assert (levels.dtype, scales.dtype, scales.shape) == (torch.int8, torch.float16, (40, 3))
    assert 2**14 <= float(scales.max()) <= 2**15
    steps = (scales.float() * 2.0**power).repeat_interleave(32, dim=1)
    off = (quantize.restored8_groups(levels, scales, power) - weight).abs() / steps
    assert float(off.max()) <= 0.57, "half a step, and the last levels by how much a half rounds the scale"
    assert spread(weight, quantize.restored8_groups(levels, scales, power)) < 0.0065


def test_what_had_groups_of_eight_bits_comes_back_as_it_was() -> None:
    torch.manual_seed(0)
    levels, halves = torch.randint(-127, 128, (30, 4, 32)), torch.randn(30, 4, 1).abs().half() * 0.01
    levels[:, :, 7] = 127
    halves[5] = 6e-8  # the smallest half
    halves[6] = 0
    weight = (levels * halves.float()).view(30, 128)
    found = quantize.int8_groups(weight)
    assert torch.equal(quantize.restored8_groups(*found), weight)


@pytest.mark.parametrize("size", [0.0, 1e-34, 1e8])
def test_groups_of_eight_bits_of_any_size(size: float) -> None:
    weight = torch.linspace(-1, 1, 128).view(2, 64) * size
    found = quantize.restored8_groups(*quantize.int8_groups(weight))
    assert float((found - weight).abs().max()) <= 0.005 * size


def test_the_largest_weight() -> None:
    assert quantize.largest(torch.tensor([[1.0, -3.0]])) == 3.0
    assert quantize.largest(torch.tensor([[1.0, 2.0]])) == 2.0
    assert math.isnan(quantize.largest(torch.tensor([[1.0, math.nan]])))


@pytest.mark.parametrize("group", quantize.GROUPS)
def test_four_bits_cost_as_much_as_sixteen_levels_have_to(group: int) -> None:
    torch.manual_seed(0)
    weight = torch.randn(50, 128) + 3  # not about zero: each group has a middle of its own
    levels, scales = quantize.int4(weight, group)
    assert levels.dtype == torch.uint8
    assert (int(levels.min()), int(levels.max())) == (0, 15)
    assert scales.shape == (128 // group, 50, 2)
    off = spread(weight - 3, quantize.restored4(levels, scales) - 3)
    assert off < {32: 0.08, 64: 0.095}[group]


def test_four_bits_hold_what_has_only_sixteen_levels() -> None:
    torch.manual_seed(0)
    weight = torch.randint(0, 16, (8, 64)).float() * 0.5 - 4
    weight[:, ::32], weight[:, 1::32] = -4, 3.5  # both ends in each group
    assert spread(weight, quantize.restored4(*quantize.int4(weight, 32))) < 0.004


def test_a_narrower_range_is_taken_where_it_loses_less(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    weight = torch.randn(64, 256)
    clipped = spread(weight, quantize.restored4(*quantize.int4(weight, 64)))
    monkeypatch.setattr(quantize, "SHRINKS", (1.0,))
    assert clipped < 0.98 * spread(weight, quantize.restored4(*quantize.int4(weight, 64)))


def test_rows_of_zeros_stay_zeros() -> None:
    nothing = torch.zeros(3, 64)
    assert torch.equal(quantize.restored8(*quantize.int8(nothing)), nothing)
    assert float(quantize.restored4(*quantize.int4(nothing, 32)).abs().max()) < 1e-6


def test_large_matrices_are_rounded_in_parts_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    weight = torch.randn(10, 64)
    whole = quantize.int4(weight, 32)
    monkeypatch.setattr(quantize, "ROWS_AT_ONCE", 4)
    for one, two in zip(whole, quantize.int4(weight, 32), strict=True):
        assert torch.equal(one, two)
