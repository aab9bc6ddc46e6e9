"""The inference path against the model it was made from, for every kind of model and every precision."""

from typing import Any

import pytest
import torch
from torch import Tensor

from llmstudio.engine import decoder, fused, kernels
from llmstudio.engine.cache import KVCache
from llmstudio.engine.decoder import Decoder
from llmstudio.engine.gpt import GPT
from llmstudio.engine.kernels import Precision
from llmstudio.engine.native import learning, library
from tests.engine import tiny

KINDS: list[tuple[str, dict[str, Any]]] = [
    ("gpt2", {}),
    ("gpt2", {"tied": False, "bias": False, "qkv_bias": False}),
    ("llama", {"n_kv_head": 1}),
    ("llama", {"n_kv_head": 2, "head": 12, "qk_norm": "learned", "qkv_bias": True}),
    ("llama", {"rope_kind": "linear", "rope_factor": 2.0}),
    ("studio-small", {}),
    ("studio-small", {"ngram_rows": 50, "soft_cap": 3.0}),
]  # fmt: skip
BOUNDS: dict[Precision, float] = {"f32": 1e-5, "bf16": 0.04, "int8": 0.08, "int4": 0.5}


def made(preset: str, changes: dict[str, Any]) -> GPT:
    shape = {"n_embd": 32, "n_head": 2, "block_size": 40, "hidden": 64, **changes}
    model = tiny.model(preset, **shape)
    torch.manual_seed(1)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model.eval()


def whole(model: GPT, ids: Tensor) -> Tensor:
    with torch.inference_mode():
        return model(ids)  # type: ignore[no-any-return]


def apart(found: Tensor, wanted: Tensor) -> float:
    return float((found - wanted).norm() / wanted.norm())


def piecewise(reader: Decoder, ids: Tensor) -> Tensor:
    cache = reader.cache(batch=len(ids))
    parts = [ids[:, :5], ids[:, 5:20], *torch.split(ids[:, 20:], 1, dim=1)]
    return torch.cat([reader(part, cache) for part in parts], dim=1)


@pytest.mark.parametrize(("preset", "changes"), KINDS)
@pytest.mark.parametrize("precision", [None, *BOUNDS])
def test_it_says_what_the_model_says(preset: str, changes: dict[str, Any], precision: Precision | None) -> None:
    model, ids = made(preset, changes), torch.randint(0, tiny.VOCABULARY, (2, 30))
    granted = kernels.chosen(precision, "cpu")[0] if precision else None
    reader, wanted = Decoder(model, granted), whole(model, ids)
    bound = BOUNDS[granted or "f32"]
    assert apart(reader(ids), wanted) < bound
    assert apart(piecewise(reader, ids), wanted) < bound
    assert torch.allclose(reader(ids, last=True), reader(ids)[:, -1:], atol=1e-4)


@pytest.mark.parametrize("precision", ["bf16", "int8", "int4"])
def test_packed_layers_go_in_one_call_and_say_the_same(precision: Precision) -> None:
    if library.get() is None:
        pytest.skip(library.reason())
    for preset, changes in KINDS:
        model, ids = made(preset, {**changes, "head": 16}), torch.randint(0, tiny.VOCABULARY, (2, 30))
        reader = Decoder(model, precision)
        assert reader.alike
        found = piecewise(reader, ids)
        reader._step = None
        assert not reader.alike
        assert apart(piecewise(reader, ids), found) < 0.01


@pytest.mark.parametrize(("preset", "changes"), KINDS)
def test_many_rows_are_activated_in_one_pass(
    preset: str, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    if library.get() is None:
        pytest.skip(library.reason())
    model, ids = made(preset, changes), torch.randint(0, tiny.VOCABULARY, (2, 30))
    reader = Decoder(model, "bf16")
    wanted, passes = reader(ids), list[object]()
    monkeypatch.setattr(fused, "LARGE", 0)
    forward = learning.forward
    monkeypatch.setattr(learning, "forward", lambda *given: passes.append(given) or forward(*given))
    assert apart(reader(ids), wanted) < 0.01
    assert len(passes) == model.config.n_layer


@pytest.mark.parametrize("precision", ["bf16", "int8", "int4"])
def test_odd_sizes_go_piece_by_piece(precision: Precision) -> None:
    granted = kernels.chosen(precision, "cpu")[0]
    model, ids = made("llama", {"n_kv_head": 2, "head": 12}), torch.randint(0, tiny.VOCABULARY, (1, 30))
    reader = Decoder(model, granted)
    assert not reader.alike
    assert apart(piecewise(reader, ids), whole(model, ids)) < BOUNDS[granted]


def test_it_shares_the_weights_that_the_model_has_now() -> None:
    model, ids = made("gpt2", {}), torch.tensor([[1, 2, 3]])
    reader = Decoder(model)
    with torch.no_grad():
        model.get_parameter("blocks.0.feed_forward.up.weight").mul_(2)
    assert apart(reader(ids), whole(model, ids)) < 1e-5


def test_a_replaced_matrix_is_called_as_it_is() -> None:
    class Doubling(torch.nn.Linear):
        def __init__(self, inner: Any) -> None:
            super().__init__(1, 1)
            self.inner = inner

        def forward(self, x: Tensor) -> Tensor:
            return 2 * self.inner(x)  # type: ignore[no-any-return]

    model, ids = made("llama", {}), torch.tensor([[1, 2, 3]])
    attention = model.get_submodule("blocks.1.attention")
    attention.qkv = Doubling(attention.qkv)
    assert apart(Decoder(model)(ids), whole(model, ids)) < 1e-5


def test_long_prompts_are_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    model, ids = made("llama", {"n_kv_head": 1}), torch.randint(0, tiny.VOCABULARY, (1, 37))
    reader, wanted = Decoder(model), whole(model, ids)
    monkeypatch.setattr(decoder, "READ_AT_ONCE", 8)
    cache = reader.cache()
    assert apart(reader(ids[:, :30], cache), wanted[:, :30]) < 1e-5
    assert apart(reader(ids[:, 30:], cache, last=True), wanted[:, -1:]) < 1e-5
    assert cache.length == 37


def test_a_packed_model_needs_its_weights_no_longer() -> None:
    granted, _ = kernels.chosen("int8", "cpu")
    model, ids = made("llama", {}), torch.tensor([[1, 2, 3, 4]])
    wanted = whole(model, ids)
    reader = Decoder(model, granted, release=True)
    assert not any(name.startswith("blocks") for name, _ in model.named_parameters())
    assert apart(reader(ids), wanted) < BOUNDS[granted]


@pytest.mark.parametrize("tied", [True, False])
def test_it_counts_what_is_read_for_a_token(tied: bool) -> None:
    model = made("gpt2", {"tied": tied, "vocab_size": 64, "n_embd": 64, "hidden": 128})
    matrices = sum(
        one.weight.numel() for one in model.modules() if isinstance(one, torch.nn.Linear) and one is not model.head
    )
    head = model.head.weight.numel()
    sizes = {"f32": 4.0, "bf16": 2.0, "int8": 1.0, "int4": 0.625}
    for precision, size in sizes.items():
        granted = kernels.chosen(precision, "cpu")[0]  # type: ignore[arg-type]
        found = Decoder(model, granted).weight_bytes()
        wanted = matrices * sizes[granted] + head * max(1.0, sizes[granted])  # the head has 8 bits at least
        assert wanted <= found <= wanted * 1.1, size
    assert Decoder(model).token_bytes() == 2 * 2 * 64 * 4


def test_a_cache_of_the_models_own_kind_serves_too() -> None:
    model, ids = made("studio-small", {}), torch.tensor([[1, 2, 3, 4, 5, 6]])
    cache = KVCache(model.config)
    with torch.inference_mode():
        model(ids[:, :4], cache)
    assert apart(Decoder(model)(ids[:, 4:], cache), whole(model, ids)[:, 4:]) < 1e-5
