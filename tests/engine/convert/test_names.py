"""The table of names: every tensor once, on both sides."""

from llmstudio.config import presets
from llmstudio.config.model import ModelConfig
from llmstudio.engine.convert import names


def test_every_name_stands_for_one_tensor() -> None:
    shape = {"n_embd": 32, "n_head": 4, "n_layer": 2, "n_kv_head": 2, "qkv_bias": True, "qk_norm": "learned"}
    found = list(names.pieces(ModelConfig(**{**presets.load("llama").model, **shape}), "qwen3"))
    theirs = [name for piece in found for name in piece.theirs]
    assert len(set(theirs)) == len(theirs)
    assert len({piece.ours for piece in found}) == len(found)


def test_fused_and_turned_tensors_have_the_shape_of_ours() -> None:
    fused = names.Piece("a", ("q", "k", "v"), ((32, 8), (16, 8), (16, 8)))
    assert fused.shape == (64, 8)
    assert names.Piece("a", ("b",), ((8, 24),), turned=True).shape == (24, 8)
