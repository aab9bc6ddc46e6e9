"""What a token looks at: all before it, its own text alone, and nothing that is only room."""

import pytest
import torch

from llmstudio.engine import places
from llmstudio.engine.cache import KVCache
from llmstudio.engine.places import Apart
from tests.engine import tiny


@pytest.mark.parametrize(("heads", "groups"), [(4, 4), (4, 2), (4, 1)])
def test_two_products_look_as_torchs_attention_does(heads: int, groups: int) -> None:
    room = torch.randn(2, groups, 9, 8)
    query, key, value = torch.randn(2, groups, heads // groups, 8), room[:, :, :6], room.flip(0)[:, :, :6]
    wanted = torch.nn.functional.scaled_dot_product_attention(query, key, value)
    found = places.looked(query, key, value)
    assert torch.allclose(found.view_as(wanted), wanted, atol=1e-6)


def test_two_products_do_not_look_where_they_may_not() -> None:
    room = torch.randn(3, 2, 9, 8)
    query, key, value = torch.randn(3, 2, 2, 8), room, room.flip(0)
    mask = (torch.arange(9) <= torch.tensor([8, 0, 4])[:, None])[:, None, None]
    found = places.looked(query, key, value, mask).view(3, 2, 2, 8)
    for row, length in enumerate((9, 1, 5)):
        alone = places.looked(query[row : row + 1], key[row : row + 1, :, :length], value[row : row + 1, :, :length])
        assert torch.allclose(found[row], alone.view(2, 2, 8), atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_texts_apart_see_to_the_last_bit_what_each_sees_alone(dtype: torch.dtype) -> None:
    cache = KVCache(tiny.config("llama", n_kv_head=1), batch=3, size=40, dtype=dtype)
    for keys, values in cache.rooms():
        keys.normal_()
        values.normal_()
    key, value = torch.randn(3, 1, 1, 8), torch.randn(3, 1, 1, 8)
    query, ends, rows = torch.randn(3, 1, 2, 8).to(dtype), [30, 2, 17], [2, 0, 2]
    together = Apart(cache, ends, rows)
    together.put(1, key, value)
    found = together.look(1, query)
    keys, values = cache.rooms()[1]
    assert keys[2, :, 30].equal(key[0, 0].to(dtype))
    assert values[0, :, 2].equal(value[1, 0].to(dtype))
    assert together.mask() is None
    for number, (end, row) in enumerate(zip(ends, rows, strict=True)):
        alone = Apart(cache, [end], [row]).look(1, query[number : number + 1])
        assert found[number].equal(alone[0])
        wanted = torch.nn.functional.scaled_dot_product_attention(
            query[number].float(), keys[row, :, : end + 1].float(), values[row, :, : end + 1].float()
        )
        assert torch.allclose(alone.float().flatten(), wanted.flatten(), atol=2e-2 if dtype == torch.bfloat16 else 1e-5)
