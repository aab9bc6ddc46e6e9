"""One more token in one call: what torch's own operations say, for every kind of model, text and cache."""

from typing import Any

import pytest
import torch

from llmstudio.config.model import ModelConfig
from llmstudio.engine.cache import KVCache
from llmstudio.engine.native.bindings import Library
from llmstudio.engine.native.step import Normed, Standing, suits
from tests.engine.native import steps
from tests.engine.native.steps import KINDS


@pytest.mark.parametrize(("preset", "changes"), KINDS)
def test_it_says_what_the_model_says(library: Library, preset: str, changes: dict[str, Any]) -> None:
    assert steps.apart_from_torch(library, preset, changes) < 1e-5


@pytest.mark.parametrize("halved", [False, True])
def test_texts_stand_where_they_stand(library: Library, halved: bool) -> None:
    """Five texts of different lengths, in rows of their own: each as if it were alone, to the last bit."""
    made = steps.model("llama", {"n_kv_head": 2})
    ours, table, width = steps.step(library, made), steps.turns(made), made.config.n_embd
    torch.manual_seed(3)
    cache = KVCache(made.config, batch=7, dtype=torch.bfloat16 if halved else torch.float32)
    cache.reach(48)
    room = cache.whole().normal_()
    rows, places, x = [6, 0, 3, 1, 4], [0, 40, 17, 16, 31], torch.randn(5, width)
    before, together = room.clone(), x.clone()
    ours(together, Standing(room, rows, places), table)
    after = room.clone()
    for number, (row, place) in enumerate(zip(rows, places, strict=True)):
        room.copy_(before)
        alone = x[number : number + 1].clone()
        ours(alone, Standing(room[:, :, row : row + 1], [0], [place]), table)
        assert torch.equal(alone[0], together[number])
        assert torch.equal(room[:, :, row], after[:, :, row])
        before[:, :, row, :, place] = after[:, :, row, :, place]
    assert torch.equal(before, after), "nothing else was written"
    assert together.isfinite().all()


def test_threads_change_nothing(library: Library) -> None:
    made = steps.model("studio-small", {"n_embd": 256, "hidden": 1024})
    ours, table, cache = steps.step(library, made), steps.turns(made), KVCache(made.config, batch=3)
    torch.manual_seed(4)
    cache.whole().normal_()
    x, before, found = torch.randn(3, 256), torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3, 7):
            torch.set_num_threads(threads)
            here = x.clone()
            ours(here, Standing(cache.whole(), range(3), [5, 40, 0]), table)
            found.append(here)
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(one, found[0]) for one in found)


def test_what_is_no_number_is_not_hidden(library: Library) -> None:
    made = steps.model("gpt2", {})
    ours, cache = steps.step(library, made), KVCache(made.config, batch=2)
    for wrong in (torch.nan, torch.inf):
        x = torch.randn(2, 64)
        x[0, 5] = wrong
        ours(x, Standing(cache.whole(), range(2), [0, 0]), None)
        assert not x[0].isfinite().any()
        assert x[1].isfinite().all()


def test_distant_scores_have_no_share(library: Library) -> None:
    """Keys far below the best take nothing, as in a softmax, and large scores do not overflow."""
    made = steps.model("gpt2", {})
    ours, cache = steps.step(library, made), KVCache(made.config)
    with torch.inference_mode():
        made.stream(torch.arange(8)[None] % 5, cache)
    cache.whole()[:, 0] *= 1e4
    x = torch.randn(1, 64)
    ours(x, Standing(cache.whole(), [0], [8]), None)
    assert x.isfinite().all()


def test_sizes_that_it_does_not_read() -> None:
    base = {"vocab_size": 100, "block_size": 32, "n_layer": 1}
    assert suits(ModelConfig(**base, n_embd=64, n_head=4))
    assert not suits(ModelConfig(**base, n_embd=48, n_head=3))
    assert not suits(ModelConfig(**base, n_embd=64, n_head=8))
    assert not suits(ModelConfig(**base, n_embd=64, n_head=4, hidden=100))


def test_it_refuses_what_a_pointer_would_not_tell(library: Library) -> None:
    made = steps.model("gpt2", {})
    ours, cache = steps.step(library, made), KVCache(made.config, batch=2)
    at = Standing(cache.whole(), [0], [3])
    for wrong in (torch.randn(2, 64), torch.randn(1, 64).double(), torch.randn(64, 1).T[:, ::2], torch.randn(1, 32)):
        with pytest.raises(AssertionError):
            ours(wrong, at, None)
    for room, rows, places in (
        (cache.whole().half(), [0], [3]),
        (cache.whole(), [2], [3]),
        (cache.whole(), [-1], [3]),
        (cache.whole(), [0], [48]),
        (cache.whole(), [0], [-1]),
    ):
        with pytest.raises(AssertionError):
            ours(torch.randn(1, 64), Standing(room, rows, places), None)


def test_a_norm_is_called_as_one() -> None:
    x, weight, bias = torch.randn(3, 64), torch.randn(64), torch.randn(64)
    assert torch.equal(Normed(weight, bias, 1e-5, True)(x), torch.nn.functional.layer_norm(x, (64,), weight, bias))
    assert torch.equal(Normed(None, None, 1e-5, False)(x), torch.nn.functional.rms_norm(x, (64,), None, 1e-5))
