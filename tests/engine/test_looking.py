"""Attention of single tokens by our own library: as exact as torch's, and the same whatever stands beside a text."""

import ctypes
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from llmstudio.base import paths
from llmstudio.engine import looking, native
from llmstudio.engine.decoder import Decoder
from llmstudio.engine.looking import Looks
from llmstudio.engine.native import Library
from tests.engine import tiny


@pytest.fixture
def library() -> Library:
    found = native.library()
    if found is None:
        pytest.skip(native.reason())
    return found


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    looking.library.cache_clear()
    yield
    looking.library.cache_clear()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("groups", "queries", "width"), [(1, 1, 16), (3, 2, 64), (2, 4, 80), (1, 1, 256)])
def test_what_is_seen_is_what_torchs_attention_sees(
    groups: int, queries: int, width: int, dtype: torch.dtype, library: Library
) -> None:
    torch.manual_seed(0)
    texts, lengths = [3, 0, 3, 1], [1, 63, 64, 131]
    keys, values = (torch.randn(2, 4, groups, 140, width) * 2).to(dtype)
    keys[:, :, 139:], values[:, :, 139:] = float("nan"), float("nan")  # behind the end: never looked at
    asked = torch.randn(4, groups, queries, width)
    found = Looks(library, texts, lengths)(asked, keys, values).view(asked.shape)
    for number, (text, length) in enumerate(zip(texts, lengths, strict=True)):
        key, value = keys[text : text + 1, :, :length].double(), values[text : text + 1, :, :length].double()
        wanted = torch.nn.functional.scaled_dot_product_attention(asked[number : number + 1].double(), key, value)
        assert torch.allclose(found[number].double(), wanted[0], atol=1e-5)
        alone = Looks(library, [text], [length])(asked[number : number + 1], keys, values)
        assert torch.equal(alone.view(-1), found[number].reshape(-1)), "nothing beside a text changes it"


def test_far_apart_scores_neither_overflow_nor_vanish(library: Library) -> None:
    torch.manual_seed(0)
    keys, values = torch.randn(2, 1, 1, 300, 32)
    keys[0, 0, 200] *= 500
    asked = torch.randn(1, 1, 1, 32) * 50
    found = Looks(library, [0], [300])(asked, keys, values).view(1, 1, 1, 32)
    wanted = torch.nn.functional.scaled_dot_product_attention(asked.double(), keys.double(), values.double())
    assert torch.allclose(found.double(), wanted, atol=1e-4)


def test_threads_change_nothing(library: Library) -> None:
    torch.manual_seed(0)
    keys, values = torch.randn(2, 2, 4, 1000, 64)
    asked, before, found = torch.randn(2, 4, 1, 64), torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            found.append(Looks(library, [1, 0], [1000, 900])(asked, keys, values))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


@pytest.mark.parametrize(
    ("width", "suited"), [(16, True), (64, True), (256, True), (8, False), (40, False), (272, False)]
)
def test_widths(width: int, suited: bool) -> None:
    assert looking.suits(width) is suited


def test_a_library_that_looks_amiss_is_not_used(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    assert looking.library() is library
    looking.library.cache_clear()

    def spoilt(*given: Any) -> None:
        library.look(*given)
        ctypes.memset(given[4], 0, 64)

    monkeypatch.setattr(native, "library", lambda: replace(library, look=spoilt))
    assert looking.library() is None
    looking.library.cache_clear()
    monkeypatch.setattr(native, "library", lambda: None)
    assert looking.library() is None


@pytest.mark.parametrize("shape", ["gpt2", "llama"])
def test_a_decoder_writes_the_same_with_it_and_without(
    shape: str, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    groups = {"n_kv_head": 1} if shape == "llama" else {}
    model = tiny.model(shape, n_embd=64, block_size=64, **groups)
    config = model.config
    with_it = Decoder(model, "int8")
    monkeypatch.setattr(looking, "library", lambda: None)
    without = Decoder(model, "int8")
    assert with_it._library is not None
    assert without._library is None
    for batch in (1, 3):
        ids = torch.randint(0, config.vocab_size, (batch, 12))
        caches = [reader.cache(batch=batch, size=40) for reader in (with_it, without)]
        for step in ids.split(1, dim=1):
            one, other = (reader(step, cache) for reader, cache in zip((with_it, without), caches, strict=True))
            assert torch.allclose(one, other, atol=2e-2 if shape == "llama" else 1e-4)


def test_the_structure_is_the_one_of_the_c_file() -> None:
    source = paths.resource("native/look.c").read_text("utf-8")
    fields = source.partition("struct room {")[2].partition("};")[0]
    places = [fields.index(field[0]) for field in looking.Room._fields_]
    assert places == sorted(places)
    assert ctypes.sizeof(looking.Room) == 72
