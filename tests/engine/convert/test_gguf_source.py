"""GGUF files as others write them, against what went into them; the real SmolLM2 against transformers."""

from pathlib import Path

import gguf
import numpy as np
import pytest
import torch

from llmstudio.base.errors import UserError
from llmstudio.engine.convert.gguf_source import GgufSource
from llmstudio.engine.gpt import GPT
from llmstudio.engine.trainer import load_weights
from tests.engine.convert import tiny_gguf

FAMILIES = ["gpt2", "llama", "qwen2", "qwen3"]
SMOLLM2 = {
    "vocab_size": 49152,
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "max_position_embeddings": 8192,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": True,
    "rope_parameters": {"rope_type": "default", "rope_theta": 100_000.0},
}
THEIRS = {
    "token_embd": "embed_tokens",
    "output_norm": "norm",
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_read_exactly(family: str, tmp_path: Path) -> None:
    shape, tensors = tiny_gguf.write(tmp_path / "m.gguf", family)
    source = GgufSource(tmp_path / "m.gguf")
    assert (source.family, source.dtype) == (family, "f32")
    same = ("n_layer", "n_embd", "head_width", "kv_heads", "hidden_width", "norm_eps", "qkv_bias", "qk_norm", "tied")
    assert all(getattr(source.config, name) == getattr(shape, name) for name in same)
    found = dict(source.tensors())
    assert found.keys() == tensors.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in tensors.items())
    load_weights(GPT(source.config), found)


@pytest.mark.parametrize("kind", ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"])
def test_every_type_is_read_as_ggml_reads_it(kind: str, tmp_path: Path) -> None:
    _, tensors = tiny_gguf.write(tmp_path / "m.gguf", "qwen2", kind)
    source = GgufSource(tmp_path / "m.gguf")
    found = dict(source.tensors())
    wanted = gguf.GGMLQuantizationType[kind]
    expected = gguf.quants.dequantize(gguf.quants.quantize(tensors["embedding.weight"].numpy(), wanted), wanted)
    assert np.array_equal(found["embedding.weight"].float().numpy(), expected)
    kept = {"F16": "f16", "BF16": "bf16"}.get(kind, "f32")
    assert source.dtype == kept
    assert found["final_norm.weight"].dtype == torch.float32
    assert any(kind in note for note in source.notes) == kind.startswith("Q")


def test_the_tokenizer_comes_along(tmp_path: Path) -> None:
    tiny_gguf.write(tmp_path / "m.gguf")
    found, own = GgufSource(tmp_path / "m.gguf").tokenizer(), tiny_gguf.tokenizer()
    assert found is not None
    for text in ("the hat is there", "naïve 日本 \n\n x", ""):
        assert found.encode(text) == own.encode(text)
    assert found.end_id == own.end_id
    assert found.decode(own.encode("the hat")) == "the hat"


def test_name_licence_and_template_come_along(tmp_path: Path) -> None:
    words = {"general.name": "Tiny one", "general.license": "mit", "tokenizer.chat_template": "{{ messages }}"}
    tiny_gguf.write(tmp_path / "m.gguf", **words)
    source = GgufSource(tmp_path / "m.gguf")
    assert source.origin == {"kind": "gguf", "name": "Tiny one", "file": "m.gguf"}
    assert source.licence == "mit"
    assert source.chat == {"template": "jinja", "source": "{{ messages }}", "end": ["<|endoftext|>"]}


def test_a_template_that_is_far_too_long_is_left_out_and_said(tmp_path: Path) -> None:
    tiny_gguf.write(tmp_path / "m.gguf", **{"tokenizer.chat_template": "x" * 70_000})
    source = GgufSource(tmp_path / "m.gguf")
    assert source.chat is None
    assert "template" in source.notes[-1]


def test_an_embedding_that_is_there_twice_is_tied(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    shape = tiny_gguf.config("gpt2", tied=False)
    tensors = tiny_gguf.state(shape) | {"head.weight": tiny_gguf.state(shape)["embedding.weight"]}
    writer = gguf.GGUFWriter(path, "gpt2")
    tiny_gguf.describe(writer, shape, "gpt2")
    for name, data in tiny_gguf.gguf_tensors(shape, "gpt2", tensors).items():
        writer.add_tensor(name, data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    source = GgufSource(path)
    assert source.config.tied
    assert "head.weight" not in dict(source.tensors())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"llama.expert_count": 8}, "mixture of experts"),
        ({"llama.rope.scaling.type": "yarn"}, "stretches its context by yarn"),
        ({"llama.rope.dimension_count": 8}, "turns or widens heads"),
        ({"split.count": 3}, "one of 3 parts"),
        ({"tokenizer.ggml.model2": "x", "llama.attention.sliding_window": 7}, ""),
    ],
)
def test_what_cannot_be_run_is_told(changes: dict[str, object], words: str, tmp_path: Path) -> None:
    tiny_gguf.write(tmp_path / "m.gguf", **changes)
    if not words:
        source = GgufSource(tmp_path / "m.gguf")
        assert source.config.block_size == 7
        assert "7 tokens" in source.notes[0]
        return
    with pytest.raises(UserError, match=words):
        GgufSource(tmp_path / "m.gguf")


def test_missing_and_strange_tensors_are_named(tmp_path: Path) -> None:
    tiny_gguf.write(tmp_path / "m.gguf")
    data = (tmp_path / "m.gguf").read_bytes()
    (tmp_path / "x.gguf").write_bytes(data.replace(b"blk.1.ffn_up.weight", b"blk.1.fff_up.weight"))
    with pytest.raises(UserError, match=r"x\.gguf lacks blk\.1\.ffn_up\.weight\."):
        GgufSource(tmp_path / "x.gguf")
    (tmp_path / "y.gguf").write_bytes(data.replace(b"llama.block_count", b"llama.block_counx"))
    with pytest.raises(UserError, match="block_count is missing"):
        GgufSource(tmp_path / "y.gguf")


@pytest.mark.real
def test_smollm2_computes_what_transformers_computes(smollm2: Path) -> None:
    transformers = pytest.importorskip("transformers")
    source = GgufSource(smollm2)
    assert (source.family, source.licence, source.config.n_layer) == ("llama", "apache-2.0", 30)
    model = GPT(source.config).eval()
    load_weights(model, dict(source.tensors()))
    tokenizer = source.tokenizer()
    assert tokenizer is not None
    theirs = transformers.LlamaForCausalLM(transformers.LlamaConfig(**SMOLLM2)).eval()
    missing = theirs.load_state_dict(_huggingface_state(smollm2), strict=False)
    assert (missing.missing_keys, missing.unexpected_keys) == (["lm_head.weight"], [])
    theirs.tie_weights()
    text = "The capital of France is Paris. In 2024, 日本語 costs 1,234.56 €; naïve?\n\n\tdef f(x):\n        return x"
    ids = torch.tensor([tokenizer.encode(text)])
    with torch.inference_mode():
        difference = (model(ids) - theirs(ids).logits).abs().max()
    assert difference < 1e-3


def _huggingface_state(path: Path) -> dict[str, torch.Tensor]:
    """The weights as the gguf package unpacks them, under transformers' names and in its order of rows."""
    found = {}
    for tensor in gguf.GGUFReader(path).tensors:
        part, _, end = tensor.name.rpartition(".")
        data = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        heads = {"attn_q": 9, "attn_k": 3}.get(part.rpartition(".")[2])
        if heads:
            data = data.reshape(heads, data.shape[0] // heads // 2, 2, -1).swapaxes(1, 2).reshape(data.shape)
        layer = part.split(".")[1] if part.startswith("blk.") else ""
        name = THEIRS[part.rpartition(".")[2]]
        at = f"model.layers.{layer}.{name}" if layer else f"model.{name}"
        found[f"{at}.{end}"] = torch.from_numpy(np.array(data))
    return found
