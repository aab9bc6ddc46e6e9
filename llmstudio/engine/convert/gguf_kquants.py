"""Packs numbers into super-blocks of 256 with scales that are packed themselves (ggml's K types, by I. Kawrakow).

Each small block looks for the scale that loses least: a few steps around the obvious one are tried, each solved by
least squares for the integers it leads to, and the best is kept. Arrays: float32 in, uint8 out; all blocks at once.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
SUPER = 256
TINY = 1e-15
_SIGNED_STEPS = [0, *range(-9, 0), *range(1, 10)]
_RANGE_STEPS = 21


def pack_q4_k(blocks: Floats) -> tuple[Floats, Floats, Bytes]:
    """Rows of 256 numbers as (step of the scales, step of the minima, 12 + 128 bytes): 4 bits, scale and minimum."""
    small = blocks.reshape(-1, 8, 32)
    scales, minima = _ranges(small, 15)
    steps, scale_codes = _six_bits(scales)
    bases, base_codes = _six_bits(minima)
    step = (_halved(steps) * scale_codes)[:, :, None]
    base = (_halved(bases) * base_codes)[:, :, None]
    numbers = np.rint((small + base) * _inverse(step)).clip(0, 15).astype(np.uint8)
    pairs = numbers.reshape(-1, 4, 2, 32)
    nibbles = np.bitwise_or(pairs[:, :, 0], pairs[:, :, 1] << 4, dtype=np.uint8).reshape(-1, 128)
    return steps, bases, np.concatenate((_joined(scale_codes, base_codes), nibbles), axis=1)


def pack_q6_k(blocks: Floats) -> tuple[Floats, Bytes]:
    """Rows of 256 numbers as (step of the scales, 208 bytes): 6 bits around zero, a scale of 8 bits for each 16."""
    small = blocks.reshape(-1, 16, 16)
    scales = _signed(small, 32)
    largest = np.take_along_axis(scales, np.abs(scales).argmax(axis=1, keepdims=True), axis=1)
    inverse = np.divide(-128.0, largest, out=np.zeros_like(largest), where=np.abs(largest) >= TINY)
    steps = _inverse(inverse)
    codes = np.rint(inverse * scales).clip(-128, 127).astype(np.int8)
    step = (_halved(steps) * codes)[:, :, None]
    numbers = (np.rint(small * _inverse(step)).clip(-32, 31) + 32).astype(np.uint8).reshape(-1, 2, 4, 32)
    low, high = numbers & 15, numbers >> 4
    lower = np.bitwise_or(low[:, :, :2], low[:, :, 2:] << 4, dtype=np.uint8).reshape(-1, 128)
    upper = np.zeros((len(blocks), 2, 32), dtype=np.uint8)
    for place in range(4):
        upper |= high[:, :, place] << (2 * place)
    return steps, np.concatenate((lower, upper.reshape(-1, 64), codes.view(np.uint8)), axis=1)


def _halved(numbers: Floats) -> Floats:
    """As they will be read: kept with 16 bits."""
    return numbers.astype(np.float16).astype(np.float32)


def _inverse(numbers: Floats) -> Floats:
    return np.divide(1.0, numbers, out=np.zeros_like(numbers), where=numbers != 0)


def _six_bits(numbers: Floats) -> tuple[Floats, Floats]:
    """Numbers of a row (none below zero) as a step and whole multiples of it up to 63."""
    largest = numbers.max(axis=1, keepdims=True)
    inverse = np.divide(63.0, largest, out=np.zeros_like(largest), where=largest > 0)
    return largest / np.float32(63), np.rint(inverse * numbers).clip(0, 63).astype(np.float32)


def _joined(scales: Floats, minima: Floats) -> Bytes:
    """Eight scales and eight minima of 6 bits in 12 bytes: four of each whole, four of each in two parts."""
    high, low = scales.astype(np.uint8), minima.astype(np.uint8)
    first = high[:, :4] | ((high[:, 4:] >> 4) << 6)
    second = low[:, :4] | ((low[:, 4:] >> 4) << 6)
    third = (high[:, 4:] & 15) | ((low[:, 4:] & 15) << 4)
    return np.concatenate((first, second, third), axis=1, dtype=np.uint8)


def _signed(small: Floats, most: int) -> Floats:
    """For blocks (..., n) of numbers around zero: the scale (...) whose multiples -most to most - 1 fit them best.

    Large numbers count more: each error is weighted by the square of its number.
    """
    place = np.abs(small).argmax(axis=-1, keepdims=True)
    furthest = np.take_along_axis(small, place, axis=-1)
    sound = np.abs(furthest) >= TINY
    weights = small * small
    best = scale = np.zeros(small.shape[:-1], dtype=np.float32)
    for step in _SIGNED_STEPS:
        inverse = np.divide(-(most + 0.1 * step), furthest, out=np.zeros_like(furthest), where=sound)
        codes = np.rint(inverse * small).clip(-most, most - 1)
        product = (weights * small * codes).sum(axis=-1)
        square = (weights * codes * codes).sum(axis=-1)
        better = product * product > best * square
        found = np.divide(product, square, out=np.zeros_like(product), where=square > 0)
        scale = np.where(better, found, scale)
        best = np.where(better, found * product, best)
    return scale


def _ranges(small: Floats, most: int) -> tuple[Floats, Floats]:
    """For blocks (..., n): the scale and the minimum (as a positive number) that fit them best with 0 to most steps."""
    weights = np.sqrt((small * small).mean(axis=-1, keepdims=True)) + np.abs(small)
    low, high = small.min(axis=-1).clip(max=0), small.max(axis=-1)
    sums = _Sums(small, weights)
    inverse = _inverse((high - low) / np.float32(most))
    codes = _codes(small, low, inverse, most)
    scale, base = _inverse(inverse), low
    best = sums.error(codes, scale, base)
    for step in range(_RANGE_STEPS):
        inverse = np.float32(most - 1 + 0.1 * step) * _inverse(high - base)  # from the best base so far
        codes = _codes(small, base, inverse, most)
        found, bottom, solved = sums.fit(codes)
        error = sums.error(codes, found, bottom)
        better = solved & (error < best)
        scale, base, best = (np.where(better, new, old) for new, old in ((found, scale), (bottom, base), (error, best)))
    return scale, -base


def _codes(small: Floats, base: Floats, inverse: Floats, most: int) -> Floats:
    codes: Floats = np.rint(inverse[..., None] * (small - base[..., None])).clip(0, most)
    return codes


class _Sums:
    """Weighted sums over blocks, and the straight line through them."""

    def __init__(self, small: Floats, weights: Floats) -> None:
        self.small, self.weights = small, weights
        self.weight = weights.sum(axis=-1)
        self.number = (weights * small).sum(axis=-1)

    def error(self, codes: Floats, scale: Floats, base: Floats) -> Floats:
        off = scale[..., None] * codes + base[..., None] - self.small
        total: Floats = (self.weights * off * off).sum(axis=-1)
        return total

    def fit(self, codes: Floats) -> tuple[Floats, Floats, NDArray[Any]]:
        """Scale and base (never above zero) by least squares, and where there is such a line."""
        weighted = self.weights * codes
        code, square = weighted.sum(axis=-1), (weighted * codes).sum(axis=-1)
        product = (weighted * self.small).sum(axis=-1)
        spread = self.weight * square - code * code
        solved = spread > 0
        inverse = np.divide(1.0, spread, out=np.zeros_like(spread), where=solved)
        scale = (self.weight * product - self.number * code) * inverse
        base = (square * self.number - code * product) * inverse
        above = base > 0
        flat = np.divide(product, square, out=np.zeros_like(product), where=square > 0)
        return np.where(above, flat, scale), np.where(above, 0, base), solved
