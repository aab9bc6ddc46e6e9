"""Room for keys and values."""

import torch

from llmstudio.engine.cache import KVCache
from tests.engine import tiny


def test_a_cache_grows_by_what_was_read_and_can_be_cut() -> None:
    model = tiny.model("llama", n_kv_head=1)
    cache = KVCache(model.config)
    ids = torch.tensor([[1, 2, 3, 4, 5]])
    with torch.inference_mode():
        whole = model(ids, last=True)
        model(ids, cache)
        assert cache.length == 5
        cache.cut(3)
        again = model(ids[:, 3:], cache, last=True)
    assert cache.length == 5
    assert torch.allclose(again, whole, atol=1e-6)


def test_a_layer_returns_all_that_it_holds() -> None:
    cache = KVCache(tiny.config("llama"), batch=2, size=6)
    first = torch.ones(2, 2, 2, 8)
    key, value = cache.layer(0).extend(first, 2 * first)
    assert key.shape == value.shape == (2, 2, 2, 8)
    cache.advance(2)
    key, _ = cache.layer(0).extend(3 * first, first)
    assert key[0, 0, :, 0].tolist() == [1, 1, 3, 3]


def test_the_room_grows_and_loses_nothing() -> None:
    model = tiny.model("llama", block_size=3000)
    cache = KVCache(model.config)
    ids = torch.arange(2100)[None] % tiny.VOCABULARY
    with torch.inference_mode():
        whole = model(ids, last=True)
        for start, end in ((0, 5), (5, 1024), (1024, 1025), (1025, 2099), (2099, 2100)):
            again = model(ids[:, start:end], cache, last=True)
    assert torch.allclose(again, whole, atol=1e-5)


def test_a_beginning_read_once_serves_several_sequences() -> None:
    model = tiny.model("llama", n_kv_head=1)
    begin, rest = torch.tensor([[1, 2, 3]]), torch.tensor([[4, 5], [6, 7], [8, 9]])
    with torch.inference_mode():
        alone = KVCache(model.config)
        model(begin, alone)
        wide = alone.spread(3, 5)
        assert (wide.length, wide.size, alone.length) == (3, 5, 3)
        found = model(rest, wide, last=True)
        narrow = wide.first(2)
        narrow.cut(3)
        fewer = model(rest[:2], narrow, last=True)
        whole = model(torch.cat((begin.expand(3, -1), rest), dim=1), last=True)
    assert torch.allclose(found, whole, atol=1e-6)
    assert torch.allclose(fewer, whole[:2], atol=1e-6)


def test_sequences_change_places_and_one_is_looked_at_alone() -> None:
    model = tiny.model("studio-small", ngram_rows=50)
    ids = torch.tensor([[1, 2, 3, 4], [5, 6, 7, 8]])
    with torch.inference_mode():
        cache = KVCache(model.config, batch=2)
        model(ids[:, :3], cache)
        cache.swap(0, 1, 3)
        found = model(ids[:1, 3:], cache.one(1, 3), last=True)
        whole = model(ids[:1], last=True)
    assert torch.allclose(found, whole, atol=1e-6)
