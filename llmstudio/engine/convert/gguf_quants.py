"""The packed number types of GGUF: blocks of small integers under shared scales, to float32 and back.

What the bits mean is ggml's definition. Arrays in: uint8 of whole blocks; arrays out: float32. All of it is done
on many blocks at once.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llmstudio.engine.convert import gguf_kquants
from llmstudio.engine.convert.gguf_header import NUMBERS, PACKINGS, Packing

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
LARGEST_F16 = 65_504.0


def packing(name: str) -> Packing:
    """How the type of this name packs numbers."""
    return PACKINGS[NUMBERS[name]]


def unpack(name: str, raw: Bytes) -> Floats:
    """The numbers of whole blocks; scales that are no numbers give numbers that are none."""
    blocks = raw.reshape(-1, packing(name).bytes)
    with np.errstate(invalid="ignore", over="ignore"):
        return _UNPACK[name](blocks).reshape(-1)


def pack(name: str, numbers: Floats) -> Bytes:
    """The blocks of numbers, as many as fill them, each rounded to the nearest its block can say.

    ValueError where a number is too large for 16 bit scales.
    """
    blocks = np.ascontiguousarray(numbers, dtype=np.float32).reshape(-1, packing(name).block)
    return _PACK[name](blocks).reshape(-1)


def _half(raw: NDArray[Any]) -> Floats:
    """One or more 16 bit floats a row."""
    return np.ascontiguousarray(raw).view("<f2").astype(np.float32)


def _halves(numbers: Floats) -> Bytes:
    """One float a row as two bytes."""
    if np.abs(numbers).max(initial=0.0) > LARGEST_F16:
        raise ValueError("a weight is too large for a 16 bit scale")
    return numbers.astype("<f2").reshape(-1, 1).view(np.uint8)


def _nibbles(raw: Bytes) -> Bytes:
    """The lower four bits of each byte, then the upper ones."""
    return np.concatenate((raw & 15, raw >> 4), axis=-1)


def _fifth_bits(raw: Bytes) -> Bytes:
    """32 bits a row as 32 numbers, 0 or 16."""
    bits: Bytes = np.unpackbits(raw, axis=-1, bitorder="little")
    return np.left_shift(bits, 4, dtype=np.uint8)


def _plain(form: str) -> Callable[[Bytes], Floats]:
    return lambda blocks: np.ascontiguousarray(blocks).view(form).astype(np.float32)


def _bf16(blocks: Bytes) -> Floats:
    return (np.ascontiguousarray(blocks).view("<u2").astype(np.uint32) << 16).view(np.float32)


def _q8_0(blocks: Bytes) -> Floats:
    return _half(blocks[:, :2]) * blocks[:, 2:].view(np.int8).astype(np.float32)


def _q4_0(blocks: Bytes) -> Floats:
    return _half(blocks[:, :2]) * (_nibbles(blocks[:, 2:]).astype(np.float32) - 8)


def _q4_1(blocks: Bytes) -> Floats:
    return _half(blocks[:, :2]) * _nibbles(blocks[:, 4:]).astype(np.float32) + _half(blocks[:, 2:4])


def _q5_0(blocks: Bytes) -> Floats:
    numbers = _nibbles(blocks[:, 6:]) | _fifth_bits(blocks[:, 2:6])
    return _half(blocks[:, :2]) * (numbers.astype(np.float32) - 16)


def _q5_1(blocks: Bytes) -> Floats:
    numbers = _nibbles(blocks[:, 8:]) | _fifth_bits(blocks[:, 4:8])
    return _half(blocks[:, :2]) * numbers.astype(np.float32) + _half(blocks[:, 2:4])


def _six_bits(packed: Bytes) -> tuple[Bytes, Bytes]:
    """Eight scales and eight minima of 6 bits each, from 12 bytes: four whole, four in two parts."""
    low, high, last = packed[:, :4], packed[:, 4:8], packed[:, 8:]
    scales = np.concatenate((low & 63, (last & 15) | ((low >> 6) << 4)), axis=1)
    minima = np.concatenate((high & 63, (last >> 4) | ((high >> 6) << 4)), axis=1)
    return scales, minima


def _q4_k(blocks: Bytes) -> Floats:
    scales, minima = _six_bits(blocks[:, 4:16])
    step = (_half(blocks[:, :2]) * scales.astype(np.float32))[:, :, None]  # blocks, 8, 1
    base = (_half(blocks[:, 2:4]) * minima.astype(np.float32))[:, :, None]
    numbers = _nibbles(blocks[:, 16:].reshape(-1, 4, 32)).reshape(-1, 8, 32)
    return step * numbers.astype(np.float32) - base


def _q6_k(blocks: Bytes) -> Floats:
    low = _nibbles(blocks[:, :128].reshape(-1, 2, 64)).reshape(-1, 8, 32)
    pairs = blocks[:, 128:192].reshape(-1, 2, 1, 32) >> np.array([0, 2, 4, 6], dtype=np.uint8)[:, None]
    numbers = (low | ((pairs.reshape(-1, 8, 32) & 3) << 4)).astype(np.int8) - np.int8(32)
    step = _half(blocks[:, 208:]) * blocks[:, 192:208].view(np.int8).astype(np.float32)
    return step[:, :, None] * numbers.reshape(-1, 16, 16).astype(np.float32)


_UNPACK: dict[str, Callable[[Bytes], Floats]] = {
    "f32": _plain("<f4"),
    "f16": _plain("<f2"),
    "bf16": _bf16,
    "q8_0": _q8_0,
    "q4_0": _q4_0,
    "q4_1": _q4_1,
    "q5_0": _q5_0,
    "q5_1": _q5_1,
    "q4_k": _q4_k,
    "q6_k": _q6_k,
}


def _inverse(step: Floats) -> Floats:
    """1 / step, and 0 where step is 0."""
    return np.divide(1.0, step, out=np.zeros_like(step), where=step != 0)


def _joined(numbers: NDArray[Any]) -> Bytes:
    """32 numbers of four bits a row in 16 bytes: the first half below, the second above."""
    small = numbers.astype(np.uint8)
    packed: Bytes = np.bitwise_or(small[:, :16], small[:, 16:] << 4, dtype=np.uint8)
    return packed


def _pack_f16(blocks: Floats) -> Bytes:
    if np.abs(blocks).max(initial=0.0) >= LARGEST_F16 + 16:  # what rounds to infinity
        raise ValueError("a weight is too large for 16 bits")
    return blocks.astype("<f2").view(np.uint8)


def _pack_bf16(blocks: Floats) -> Bytes:
    bits = blocks.view(np.uint32)
    even = (bits >> 16) & 1
    return ((bits + 0x7FFF + even) >> 16).astype("<u2").view(np.uint8)


def _pack_q8_0(blocks: Floats) -> Bytes:
    step = np.abs(blocks).max(axis=1, keepdims=True) / np.float32(127)
    scaled = blocks * _inverse(step)
    rounded = np.trunc(scaled + np.copysign(np.float32(0.5), scaled))  # halves away from zero
    return np.concatenate((_halves(step), rounded.astype(np.int8).view(np.uint8)), axis=1)


def _pack_q4_0(blocks: Floats) -> Bytes:
    """The number furthest from zero becomes -8, so that it is met exactly."""
    places = np.abs(blocks).argmax(axis=1, keepdims=True)
    step = np.take_along_axis(blocks, places, axis=1) / np.float32(-8)
    numbers = np.trunc(blocks * _inverse(step) + np.float32(8.5)).clip(0, 15)
    return np.concatenate((_halves(step), _joined(numbers)), axis=1)


def _pack_q4_1(blocks: Floats) -> Bytes:
    low, high = blocks.min(axis=1, keepdims=True), blocks.max(axis=1, keepdims=True)
    step = (high - low) / np.float32(15)
    numbers = np.trunc((blocks - low) * _inverse(step) + np.float32(0.5)).clip(0, 15)
    return np.concatenate((_halves(step), _halves(low), _joined(numbers)), axis=1)


def _pack_q5_0(blocks: Floats) -> Bytes:
    places = np.abs(blocks).argmax(axis=1, keepdims=True)
    step = np.take_along_axis(blocks, places, axis=1) / np.float32(-16)
    numbers = np.trunc(blocks * _inverse(step) + np.float32(16.5)).clip(0, 31).astype(np.uint8)
    fifth = np.packbits(numbers >> 4, axis=1, bitorder="little")
    return np.concatenate((_halves(step), fifth, _joined(numbers & 15)), axis=1)


def _pack_q4_k(blocks: Floats) -> Bytes:
    steps, bases, rest = gguf_kquants.pack_q4_k(blocks)
    return np.concatenate((_halves(steps), _halves(bases), rest), axis=1)


def _pack_q6_k(blocks: Floats) -> Bytes:
    steps, rest = gguf_kquants.pack_q6_k(blocks)
    return np.concatenate((rest, _halves(steps)), axis=1)


_PACK: dict[str, Callable[[Floats], Bytes]] = {
    "f32": lambda blocks: blocks.view(np.uint8),
    "f16": _pack_f16,
    "bf16": _pack_bf16,
    "q8_0": _pack_q8_0,
    "q4_0": _pack_q4_0,
    "q4_1": _pack_q4_1,
    "q5_0": _pack_q5_0,
    "q4_k": _pack_q4_k,
    "q6_k": _pack_q6_k,
}
