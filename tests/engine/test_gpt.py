"""The model against `transformers`, against itself, and against what is known of its shape."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from llmstudio.config import presets, sizing
from llmstudio.config.model import ModelConfig
from llmstudio.engine import gpt
from llmstudio.engine.cache import KVCache
from llmstudio.engine.gpt import FIRST_POSITIONS, GPT, attend, speeds
from llmstudio.engine.trainer import load_weights
from tests.reference import llama2c

SMALL: dict[str, Any] = {"vocab_size": 61, "n_layer": 3, "n_embd": 32, "n_head": 4, "block_size": 24}


def built(preset: str, **changes: Any) -> GPT:
    torch.manual_seed(3)
    model = GPT(ModelConfig(**{**presets.load(preset).model, **SMALL, **changes}))
    for parameter in model.parameters():  # so that zeros and ones cannot hide a mistake
        torch.nn.init.normal_(parameter, std=0.2)
    return model.eval()


def some_ids(rows: int = 2, length: int = 20) -> Tensor:
    return torch.randint(0, 61, (rows, length), generator=torch.Generator().manual_seed(5))


def from_gpt2(state: dict[str, Tensor], config: ModelConfig) -> dict[str, Tensor]:
    """Their names and their transposed matrices, as ours."""
    found = {
        "embedding.weight": state["transformer.wte.weight"],
        "positions.weight": state["transformer.wpe.weight"],
    }
    names = {
        "ln_1": "attention_norm", "attn.c_attn": "attention.qkv", "attn.c_proj": "attention.out",
        "ln_2": "feed_forward_norm", "mlp.c_fc": "feed_forward.up", "mlp.c_proj": "feed_forward.down",
    }  # fmt: skip
    for layer in range(config.n_layer):
        for theirs, ours in names.items():
            for kind in ("weight", "bias"):
                tensor = state[f"transformer.h.{layer}.{theirs}.{kind}"]
                found[f"blocks.{layer}.{ours}.{kind}"] = tensor.T if tensor.dim() == 2 else tensor
    for kind in ("weight", "bias"):
        found[f"final_norm.{kind}"] = state[f"transformer.ln_f.{kind}"]
    if not config.tied:
        found["head.weight"] = state["lm_head.weight"]
    return found


def from_llama(state: dict[str, Tensor], config: ModelConfig) -> dict[str, Tensor]:
    """Their names as ours; queries, keys and values in one matrix."""
    found = {
        "embedding.weight": state["model.embed_tokens.weight"],
        "final_norm.weight": state["model.norm.weight"],
    }
    names = {
        "input_layernorm": "attention_norm", "self_attn.o_proj": "attention.out",
        "post_attention_layernorm": "feed_forward_norm", "mlp.gate_proj": "feed_forward.gate",
        "mlp.up_proj": "feed_forward.up", "mlp.down_proj": "feed_forward.down",
        "self_attn.q_norm": "attention.query_gain", "self_attn.k_norm": "attention.key_gain",
    }  # fmt: skip
    for layer in range(config.n_layer):
        at, block = f"model.layers.{layer}", f"blocks.{layer}"
        for theirs, ours in names.items():
            if f"{at}.{theirs}.weight" in state:
                ending = "" if ours.endswith("gain") else ".weight"
                found[f"{block}.{ours}{ending}"] = state[f"{at}.{theirs}.weight"]
        for kind in ("weight", "bias"):
            parts = [state.get(f"{at}.self_attn.{part}_proj.{kind}") for part in "qkv"]
            if parts[0] is not None:
                found[f"{block}.attention.qkv.{kind}"] = torch.cat(parts)  # type: ignore[arg-type]
    if not config.tied:
        found["head.weight"] = state["lm_head.weight"]
    return found


def shaken(model: Any) -> Any:
    """Random numbers everywhere, gains and biases too."""
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return model.eval()


@pytest.mark.parametrize("tied", [True, False])
def test_gpt2_equals_transformers(tied: bool) -> None:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(1)
    theirs = shaken(
        transformers.GPT2LMHeadModel(
            transformers.GPT2Config(
                vocab_size=61, n_positions=24, n_embd=32, n_layer=3, n_head=4, tie_word_embeddings=tied
            )
        )
    )
    config = ModelConfig(**{**presets.load("gpt2").model, **SMALL, "tied": tied})
    ours = GPT(config).eval()
    load_weights(ours, from_gpt2(theirs.state_dict(), config))
    with torch.no_grad():
        assert (ours(some_ids()) - theirs(some_ids()).logits).abs().max() < 1e-4


@pytest.mark.parametrize("groups", [4, 2, 1])
@pytest.mark.parametrize("tied", [True, False])
def test_llama_equals_transformers(groups: int, tied: bool) -> None:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(2)
    shape = {
        "vocab_size": 61, "hidden_size": 32, "intermediate_size": 72, "num_hidden_layers": 3, "num_attention_heads": 4,
        "num_key_value_heads": groups, "max_position_embeddings": 24, "tie_word_embeddings": tied, "rms_norm_eps": 1e-5,
    }  # fmt: skip
    theirs = shaken(transformers.LlamaForCausalLM(transformers.LlamaConfig(**shape)))
    changes = {"n_kv_head": groups, "hidden": 72, "tied": tied}
    config = ModelConfig(**{**presets.load("llama").model, **SMALL, **changes})
    ours = GPT(config).eval()
    load_weights(ours, from_llama(theirs.state_dict(), config))
    with torch.no_grad():
        assert (ours(some_ids()) - theirs(some_ids()).logits).abs().max() < 1e-4


@pytest.mark.parametrize("family", ["Qwen2", "Qwen3"])
def test_qwen_options_equal_transformers(family: str) -> None:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(4)
    shape = {
        "vocab_size": 61, "hidden_size": 32, "intermediate_size": 72, "num_hidden_layers": 3, "num_attention_heads": 4,
        "num_key_value_heads": 2, "max_position_embeddings": 24, "head_dim": 8, "rms_norm_eps": 1e-5,
        "tie_word_embeddings": False, "rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0},
    }  # fmt: skip
    made = getattr(transformers, f"{family}Config")(**shape)
    theirs = shaken(getattr(transformers, f"{family}ForCausalLM")(made))
    changes: dict[str, Any] = {"n_kv_head": 2, "hidden": 72, "tied": False}
    changes |= {"qkv_bias": True} if family == "Qwen2" else {"qk_norm": "learned"}
    config = ModelConfig(**{**presets.load("llama").model, **SMALL, **changes})
    ours = GPT(config).eval()
    load_weights(ours, from_llama(theirs.state_dict(), config))
    with torch.no_grad():
        assert (ours(some_ids()) - theirs(some_ids()).logits).abs().max() < 1e-4


SCALINGS: list[dict[str, Any]] = [
    {"rope_type": "linear", "factor": 4.0},
    {
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 16,
    },
]  # fmt: skip


@pytest.mark.parametrize("scaling", SCALINGS, ids=["linear", "llama3"])
def test_slowed_rotations_equal_transformers(scaling: dict[str, Any]) -> None:
    transformers = pytest.importorskip("transformers")
    made = transformers.LlamaConfig(
        hidden_size=64, num_attention_heads=2, head_dim=32, max_position_embeddings=64,
        rope_parameters={"rope_theta": 500.0, **scaling},
    )  # fmt: skip
    theirs = transformers.models.llama.modeling_llama.LlamaRotaryEmbedding(made).inv_freq
    config = ModelConfig(
        n_embd=64, n_head=2, position="rope", rope_theta=500.0, rope_kind=scaling["rope_type"],
        rope_factor=scaling["factor"], rope_original=16,
    )  # fmt: skip
    assert torch.allclose(speeds(config).float(), theirs, rtol=1e-5)


def test_a_table_lengthened_while_writing_serves_training() -> None:
    model = built("llama", block_size=FIRST_POSITIONS + 8)
    ids = some_ids(1, FIRST_POSITIONS + 2)
    with torch.inference_mode():
        model.rotation.reach(ids.size(1))
    assert len(model.rotation.cos) == FIRST_POSITIONS + 8
    model(some_ids(1, 6)).sum().backward()


@pytest.mark.parametrize("cached", [True, False])
def test_stories260k_writes_its_golden_ids(shared_file: Callable[[str], Path], cached: bool) -> None:
    golden = json.loads(shared_file("weights/stories260K_golden.json").read_text())
    model = llama2c.load(shared_file("weights/stories260K.bin"))
    wanted = golden["greedy_ids"]
    whole = wanted[:1]
    cache = KVCache(model.config) if cached else None
    with torch.inference_mode():
        for _ in range(len(wanted) - 1):
            new = whole[cache.length :] if cache else whole
            whole.append(int(model(torch.tensor([new]), cache, last=True).argmax()))
    assert whole == wanted


@pytest.mark.parametrize("preset", presets.NAMES)
def test_parameters_are_counted_exactly(preset: str) -> None:
    wide = {"head": 20, "n_kv_head": 2}
    for changes in ({}, {"n_kv_head": 2}, {"qkv_bias": True}, {"qk_norm": "learned"}, {"tied": False}, wide):
        model = built(preset, **changes)
        assert sizing.count(model.config) == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("preset", presets.NAMES)
def test_no_token_sees_a_later_one(preset: str) -> None:
    model, ids = built(preset, n_kv_head=2), some_ids()
    changed = ids.clone()
    changed[:, 12] = (ids[:, 12] + 1) % 61
    first, second = model(ids), model(changed)
    assert torch.equal(first[:, :12], second[:, :12])
    assert not torch.allclose(first[:, 12:], second[:, 12:])


@pytest.mark.parametrize("preset", presets.NAMES)
def test_the_cache_changes_nothing(preset: str) -> None:
    model, ids = built(preset, n_kv_head=2), some_ids()
    with torch.inference_mode():
        whole = model(ids)
        cache = KVCache(model.config, batch=2)
        parts = [model(ids[:, a:b], cache) for a, b in ((0, 7), (7, 8), (8, 15), (15, 20))]
    assert torch.allclose(torch.cat(parts, dim=1), whole, atol=1e-5)
    assert cache.length == 20


@pytest.mark.parametrize("groups", [4, 2])
def test_written_out_attention_equals_the_fused_one(groups: int) -> None:
    torch.manual_seed(0)
    query = torch.randn(2, 4, 9, 8, requires_grad=True)
    key, value = torch.randn(2, groups, 9, 8), torch.randn(2, groups, 9, 8)
    with torch.no_grad():
        fused = attend(query, key, value)
    assert torch.allclose(attend(query, key, value), fused, atol=1e-6)


def test_studio_small_begins_with_even_odds() -> None:
    torch.manual_seed(0)
    config = ModelConfig(**{**presets.load("studio-small").model, **SMALL})
    logits = GPT(config)(some_ids())
    assert torch.equal(logits, torch.zeros_like(logits))


def test_logits_stay_below_the_soft_cap() -> None:
    model = built("studio-small", soft_cap=2.0)
    torch.nn.init.normal_(model.head.weight, std=30.0)
    assert model(some_ids()).abs().max() <= 2.0


def test_targets_of_minus_100_do_not_count() -> None:
    model, ids = built("gpt2"), some_ids()
    targets = ids.roll(-1, dims=1)
    halved = targets.clone()
    halved[:, 10:] = -100
    expected = torch.nn.functional.cross_entropy(model(ids)[:, :10].flatten(0, 1), targets[:, :10].flatten())
    assert torch.allclose(model.loss(ids, halved), expected)


def test_dropping_counts_while_training_only() -> None:
    model, ids = built("gpt2"), some_ids()
    before = model.eval()(ids)
    model.drop(0.5)
    assert torch.equal(model(ids), before)
    assert not torch.equal(model.train()(ids), before)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("changes", [{}, {"n_kv_head": 2}, {"qk_norm": "learned"}, {"soft_cap": 3.0}])
@pytest.mark.parametrize("preset", ["studio-small", "gpt2", "llama"])
def test_backward_passes_by_hand_give_the_gradients_of_autograd(
    preset: str, changes: dict[str, Any], large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, ids = built(preset, **changes), some_ids()
    monkeypatch.setattr(gpt, "LARGE_VOCABULARY", 1 if large else 1000)
    loss = model.loss(ids[:, :-1], ids[:, 1:])
    names, parameters = zip(*model.named_parameters(), strict=True)
    by_hand = torch.autograd.grad(loss, parameters)
    monkeypatch.setattr(gpt, "by_hand", lambda _: False)
    monkeypatch.setattr(gpt, "LARGE_VOCABULARY", 1000)
    wanted = model.loss(ids[:, :-1], ids[:, 1:])
    assert torch.allclose(loss, wanted, atol=1e-5)
    for name, mine, theirs in zip(names, by_hand, torch.autograd.grad(wanted, parameters), strict=True):
        assert (mine - theirs).norm() <= 1e-4 * theirs.norm() + 1e-7, name
