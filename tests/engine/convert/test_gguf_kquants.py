"""Super-blocks: read back by ggml's own Python, and no worse than what llama.cpp packs."""

import ctypes
from pathlib import Path

import gguf
import numpy as np
import pytest

from llmstudio.engine.convert import gguf_quants

# Relative errors (root mean square) that llama.cpp 0.3.36's own packing has on these very numbers.
THEIRS = {
    ("q4_k", "normal"): 0.071350,
    ("q4_k", "heavy"): 0.093317,
    ("q6_k", "normal"): 0.017748,
    ("q6_k", "heavy"): 0.025583,
}


def numbers(kind: str) -> np.ndarray:
    chance = np.random.default_rng(0)
    normal = (chance.normal(size=1 << 19) * 0.03).astype(np.float32)
    return normal if kind == "normal" else (chance.standard_t(3, size=1 << 19) * 0.02).astype(np.float32)


def loss(name: str, values: np.ndarray, raw: np.ndarray) -> float:
    moved = gguf_quants.unpack(name, raw) - values
    return float(np.sqrt((moved**2).mean() / (values**2).mean()))


@pytest.mark.parametrize(("name", "kind"), THEIRS)
def test_the_loss_is_that_of_llama_cpp(name: str, kind: str) -> None:
    values = numbers(kind)[: 1 << 17]
    raw = gguf_quants.pack(name, values)
    assert loss(name, values, raw) == pytest.approx(THEIRS[name, kind], rel=0.02)
    wanted = gguf.GGMLQuantizationType[name.upper()]
    read = gguf.quants.dequantize(raw.reshape(-1, gguf_quants.packing(name).bytes), wanted).reshape(-1)
    assert np.array_equal(read, gguf_quants.unpack(name, raw))


@pytest.mark.parametrize("name", ["q4_k", "q6_k"])
def test_strange_blocks_are_met_too(name: str) -> None:
    chance = np.random.default_rng(1)
    one = np.zeros(256, dtype=np.float32)
    one[7] = 3.0
    cases = [np.zeros(256), one, -one, np.full(256, 0.5), np.full(256, -0.5), np.linspace(0, 1, 256), np.arange(256.0)]
    cases += [np.repeat(chance.normal(size=8), 32), chance.normal(size=256) * 1e-12]
    values = np.stack(cases).astype(np.float32)
    found = gguf_quants.unpack(name, gguf_quants.pack(name, values)).reshape(values.shape)
    assert np.isfinite(found).all()
    reach = np.abs(values).max(axis=1, keepdims=True)
    assert (np.abs(found - values) <= reach * (0.07 if name == "q4_k" else 0.04) + 1e-6).all()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "function"), [("q4_k", "quantize_row_q4_K_ref"), ("q6_k", "quantize_row_q6_K_ref")])
def test_nearly_all_blocks_are_llama_cpps_bit_by_bit(name: str, function: str) -> None:
    """The rest differ by the order in which sums are taken."""
    llama_cpp = pytest.importorskip("llama_cpp")
    path = next(Path(llama_cpp.__file__).parent.glob("lib/libggml-base.*"))
    pack = getattr(ctypes.CDLL(str(path)), function)
    pack.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    values = numbers("normal")
    size = gguf_quants.packing(name).bytes
    theirs = np.zeros(len(values) // 256 * size, dtype=np.uint8)
    pack(values.ctypes.data, theirs.ctypes.data, len(values))
    ours = gguf_quants.pack(name, values)
    assert (ours.reshape(-1, size) == theirs.reshape(-1, size)).all(axis=1).mean() > 0.95
    assert loss(name, values, ours) == pytest.approx(loss(name, values, theirs), rel=1e-3)
