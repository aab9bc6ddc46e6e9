"""Every family against transformers: the same logits, the same names back, the same description."""

from typing import Any

import pytest
import torch

from llmstudio.base.errors import UserError
from llmstudio.config import presets
from llmstudio.config.model import ModelConfig
from llmstudio.engine.cache import KVCache
from llmstudio.engine.convert import names
from llmstudio.engine.convert.families import (
    config_from_huggingface,
    config_to_huggingface,
    to_huggingface,
    to_studio,
    unfit,
)
from llmstudio.engine.gpt import GPT
from llmstudio.engine.trainer import load_weights
from tests.engine.convert import foreign


def ours(theirs: Any) -> tuple[GPT, names.Family]:
    """Our model with their description and their weights."""
    config, family, _ = config_from_huggingface(theirs.config.to_dict())
    model = GPT(config)
    load_weights(model, dict(to_studio(config, family, theirs.state_dict().__getitem__)))
    return model.eval(), family


@pytest.mark.parametrize("kind", foreign.KINDS)
def test_logits_equal_transformers(kind: str) -> None:
    theirs = foreign.model(kind)
    model, family = ours(theirs)
    assert family == foreign.KINDS[kind][0]
    with torch.no_grad():
        assert (model(foreign.ids()) - theirs(foreign.ids()).logits).abs().max() < 1e-4


@pytest.mark.parametrize("kind", foreign.KINDS)
def test_the_cache_changes_nothing(kind: str) -> None:
    model, _ = ours(foreign.model(kind))
    ids = foreign.ids()
    with torch.inference_mode():
        cache = KVCache(model.config, batch=2)
        parts = [model(ids[:, a:b], cache) for a, b in ((0, 7), (7, 8), (8, 19), (19, 20))]
        assert torch.allclose(torch.cat(parts, dim=1), model(ids), atol=1e-5)


@pytest.mark.parametrize("kind", foreign.KINDS)
def test_the_way_back_gives_their_tensors_and_a_description_they_read(kind: str) -> None:
    theirs = foreign.model(kind)
    model, family = ours(theirs)
    state = {name: parameter.detach() for name, parameter in model.state_dict().items()}
    back = dict(to_huggingface(model.config, family, state))
    expected = theirs.state_dict()
    if model.config.tied:
        del expected["lm_head.weight"]
    assert {name: tensor.shape for name, tensor in back.items()} == {n: t.shape for n, t in expected.items()}
    assert all(torch.equal(back[name], expected[name]) for name in expected)
    table = config_to_huggingface(model.config, family, dtype="bf16", begin_id=1, end_id=2)
    assert config_from_huggingface(table)[0] == model.config
    read = type(theirs.config).from_dict(table)
    again = type(theirs)(read).eval()
    again.load_state_dict(theirs.state_dict())
    with torch.no_grad():
        assert torch.equal(again(foreign.ids()).logits, theirs(foreign.ids()).logits)
    assert (read.bos_token_id, read.eos_token_id, read.dtype) == (1, 2, torch.bfloat16)


@pytest.mark.parametrize("kind", foreign.KINDS)
def test_the_table_of_shapes_is_the_model_s(kind: str) -> None:
    model, _ = ours(foreign.model(kind))
    state = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    if model.config.tied:
        del state["head.weight"]
    assert names.shapes(model.config) == state


def test_a_sliding_window_caps_the_context_and_says_so() -> None:
    table = {**foreign.model("mistral-sliding").config.to_dict(), "max_position_embeddings": 4000}
    config, _, notes = config_from_huggingface(table)
    assert config.block_size == 24
    assert notes == ["It looks back 24 tokens at a time, so its context is 24 tokens here, not 4,000."]
    qwen = foreign.model("qwen2").config.to_dict() | {"sliding_window": 24}
    assert config_from_huggingface(qwen)[0].block_size == 48
    assert config_from_huggingface(qwen | {"use_sliding_window": True})[0].block_size == 24


@pytest.mark.parametrize("older", [{"type": "linear", "factor": 2.0}, {"rope_type": "linear", "factor": 2}])
def test_older_spellings_of_stretched_rotations_are_read(older: dict[str, Any]) -> None:
    table = {**foreign.model("llama2").config.to_dict(), "rope_scaling": older, "rope_theta": 77}
    del table["rope_parameters"]
    config = config_from_huggingface(table)[0]
    assert (config.rope_kind, config.rope_factor, config.rope_theta) == ("linear", 2.0, 77.0)


def test_a_family_is_found_by_its_architecture_where_the_type_is_not_said() -> None:
    table = foreign.model("qwen3").config.to_dict() | {"architectures": ["Qwen3ForCausalLM"]}
    del table["model_type"]
    assert config_from_huggingface(table)[1] == "qwen3"


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("llama2", {"model_type": "mamba"}, "of the kind mamba"),
    ("llama2", {"model_type": None}, "a kind its description does not name"),
    ("llama2", {"model_type": "../../etc"}, "of the kind ../../etc"),
    ("llama2", {"vocab_size": 10**12}, "vocab_size is 1000000000000, it can be at most 2,000,000"),
    ("llama2", {"num_hidden_layers": 100_000}, "num_hidden_layers is 100000, it can be at most 512"),
    ("llama2", {"num_hidden_layers": 0}, "it can be at least 1"),
    ("llama2", {"hidden_size": -32}, "it can be at least 2"),
    ("llama2", {"hidden_size": "32"}, "hidden_size is '32', which is not a whole number"),
    ("llama2", {"hidden_size": 32.5}, "which is not a whole number"),
    ("llama2", {"hidden_size": True}, "which is not a whole number"),
    ("llama2", {"hidden_size": None}, "which is not a whole number"),
    ("llama2", {"max_position_embeddings": 10**9}, "it can be at most 1,048,576"),
    ("llama2", {"rms_norm_eps": float("nan")}, "rms_norm_eps is nan"),
    ("llama2", {"tie_word_embeddings": "yes"}, "which is not true or false"),
    ("llama2", {"num_key_value_heads": 3}, "4 heads cannot share 3 key-value heads"),
    ("llama2", {"head_dim": 7}, "cannot be turned in pairs"),
    ("llama2", {"head_dim": None, "num_attention_heads": 5}, "32 cannot be shared by 5 heads"),
    ("llama2", {"hidden_act": "__import__('os')"}, "its activation is __import__"),
    ("llama2", {"attention_bias": True}, "only some of its layers have biases"),
    ("llama2", {"partial_rotary_factor": 0.5}, "it turns only a part of each head"),
    ("llama2", {"rope_parameters": {"rope_type": "yarn", "factor": 4.0}}, "it stretches its context by yarn"),
    ("llama2", {"rope_parameters": {"rope_type": "linear", "factor": 1e30}}, "rope_parameters.factor is 1e+30"),
    ("llama2", {"rope_parameters": "linear"}, "rope_parameters is 'linear', which is not what belongs there"),
    ("llama2", {"quantization_config": {"quant_method": "gptq"}}, "quantised in a way of their own"),
    ("gpt2", {"n_head": 5}, "32 cannot be shared by 5 heads"),
    ("gpt2", {"activation_function": "relu"}, "its activation is relu"),
    ("gpt2", {"scale_attn_by_inverse_layer_idx": True}, "scales attention in an unusual way"),
    ("gpt2", {"add_cross_attention": True}, "it has an encoder"),
    ("gpt2", {"n_embd": 65_536, "n_head": 2}, "its heads are 32,768 numbers wide"),
]


@pytest.mark.parametrize(("kind", "changes", "words"), REFUSED)
def test_what_cannot_be_is_named(kind: str, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError) as told:
        config_from_huggingface({**foreign.model(kind).config.to_dict(), **changes})
    assert words in told.value.message
    assert told.value.hint
    assert len(str(told.value)) < 300


def test_code_and_paths_in_a_description_are_passed_over() -> None:
    table = foreign.model("llama2").config.to_dict()
    hostile = {"auto_map": {"AutoModel": "evil.py--Model"}, "_name_or_path": "/etc/passwd", "vocab_file": "../x"}
    assert config_from_huggingface({**table, **hostile})[0] == config_from_huggingface(table)[0]


def test_a_preset_can_be_what_its_family_says_and_nothing_else() -> None:
    shape = {"n_embd": 32, "n_head": 4}
    made = {name: ModelConfig(**{**presets.load(name).model, **shape}) for name in presets.NAMES}
    fits = {name: [family for family in names.FAMILIES if not unfit(config, family)] for name, config in made.items()}
    assert fits == {"gpt2": ["gpt2"], "llama": ["llama", "mistral"], "studio-small": []}
    with pytest.raises(UserError, match="cannot become a Llama: Norm has weights is False"):
        config_to_huggingface(made["studio-small"], "llama")
