"""Every packed type against ggml's own Python reading of the same bytes, bit by bit."""

import numpy as np
import pytest
from gguf import GGMLQuantizationType, quants

from llmstudio.engine.convert import gguf_quants
from llmstudio.engine.convert.gguf_header import PACKINGS

NAMES = [packing.name for packing in PACKINGS.values()]
WRITTEN = ["f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0"]


def oracle(name: str) -> GGMLQuantizationType:
    return GGMLQuantizationType[name.upper()]


def blocks(name: str, count: int = 500) -> np.ndarray:
    """Random bytes whose scales are ordinary numbers; everything else may be anything."""
    packing = gguf_quants.packing(name)
    raw = np.random.default_rng(3).integers(0, 256, (count, packing.bytes), dtype=np.uint8)
    if name in ("f32", "f16", "bf16"):
        return gguf_quants.pack(name, np.random.default_rng(4).normal(size=count).astype(np.float32))
    if name in ("q4_k", "q6_k"):
        raw[0] = 0
    places = [208] if name == "q6_k" else [0, 2] if name in ("q4_1", "q5_1", "q4_k") else [0]
    for place in places:
        scales = np.random.default_rng(place).normal(size=count).astype(np.float16)
        raw[:, place : place + 2] = scales.view(np.uint8).reshape(count, 2)
    return raw.reshape(-1)


@pytest.mark.parametrize("name", NAMES)
def test_unpacking_equals_ggml(name: str) -> None:
    raw = blocks(name)
    found = gguf_quants.unpack(name, raw)
    if name == "f32":
        expected = raw.view("<f4")
    elif name == "f16":
        expected = raw.view("<f2").astype(np.float32)
    else:
        expected = quants.dequantize(raw.reshape(-1, gguf_quants.packing(name).bytes), oracle(name)).reshape(-1)
    assert found.dtype == np.float32
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("scale", [1e-6, 0.02, 1.0, 300.0])
def test_packing_equals_ggml(name: str, scale: float) -> None:
    numbers = (np.random.default_rng(5).normal(size=(64, 128)) * scale).astype(np.float32)
    numbers[0] = 0
    numbers[1, :32] = 1.5 * scale
    found = gguf_quants.pack(name, numbers)
    if name == "f32":
        assert np.array_equal(found, numbers.view(np.uint8).reshape(-1))
    elif name == "f16":
        assert np.array_equal(found.view("<f2"), numbers.astype(np.float16).reshape(-1))
    else:
        assert np.array_equal(found, quants.quantize(numbers, oracle(name)).reshape(-1).view(np.uint8))


@pytest.mark.parametrize(
    ("name", "loss"),
    [("q8_0", 0.005), ("q6_k", 0.02), ("q4_k", 0.07), ("q4_1", 0.08), ("q4_0", 0.09), ("bf16", 2e-3), ("f16", 2e-4)],
)
def test_the_loss_told_before_an_export_is_the_loss(name: str, loss: float) -> None:
    numbers = np.random.default_rng(6).normal(size=64 * 1024).astype(np.float32)
    moved = gguf_quants.unpack(name, gguf_quants.pack(name, numbers)) - numbers
    assert np.sqrt((moved**2).mean() / (numbers**2).mean()) == pytest.approx(loss, rel=0.2)


@pytest.mark.parametrize("name", ["f16", "bf16", "q8_0", "q4_0", "q4_1"])
def test_what_was_packed_once_is_met_exactly_again(name: str) -> None:
    numbers = np.random.default_rng(7).normal(size=4096).astype(np.float32)
    once = gguf_quants.unpack(name, gguf_quants.pack(name, numbers))
    again = gguf_quants.unpack(name, gguf_quants.pack(name, once))
    assert np.abs(again - once).max() <= (0 if name in ("f16", "bf16") else 0.002)


@pytest.mark.parametrize("name", ["f16", "q8_0", "q4_0", "q4_1"])
def test_numbers_too_large_for_their_type_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="too large"):
        gguf_quants.pack(name, np.full(32, -3e38, dtype=np.float32))


@pytest.mark.filterwarnings("error")
def test_scales_that_are_no_numbers_are_met_in_silence() -> None:
    for name in NAMES:
        raw = np.full(gguf_quants.packing(name).bytes * 4, 255, dtype=np.uint8)
        assert len(gguf_quants.unpack(name, raw)) == gguf_quants.packing(name).block * 4
