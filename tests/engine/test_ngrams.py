"""Pairs and triples of ids: which row they read, with and without a cache, and that a model learns from them."""

from typing import Any

import pytest
import torch
from torch import Tensor

from llmstudio.config import sizing
from llmstudio.engine.cache import KVCache
from llmstudio.engine.gpt import GPT
from llmstudio.engine.ngrams import NGrams, row
from llmstudio.engine.trainer import Step, load_weights, weights_of
from tests.engine import tiny

ROWS = 40


def shaken(**changes: Any) -> GPT:
    """A model whose tables are not zero any more."""
    model = tiny.model(ngram_rows=ROWS, **changes)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model.eval()


def some_ids(rows: int, length: int) -> Tensor:
    return torch.randint(0, tiny.VOCABULARY, (rows, length), generator=torch.Generator().manual_seed(2))


def test_the_same_three_ids_give_the_same_vector_wherever_they_stand() -> None:
    part = NGrams(tiny.config(ngram_rows=ROWS))
    torch.nn.init.normal_(part.pairs.weight)
    torch.nn.init.normal_(part.triples.weight)
    found = part(torch.tensor([[3, 4, 5, 1, 3, 4, 5, 7, 4, 5]]))[0]  # T, C
    assert found.shape == (10, tiny.SHAPE["n_embd"])
    assert torch.equal(found[2], found[6])
    assert not torch.equal(found[6], found[9])  # 7, 4, 5 ends alike, but is another triple


def test_what_stood_before_the_window_counts_and_nothing_is_not_an_id() -> None:
    part = NGrams(tiny.config(ngram_rows=2000))  # a row for every pair and triple
    torch.nn.init.normal_(part.pairs.weight)
    torch.nn.init.normal_(part.triples.weight)
    whole = part(torch.tensor([[0, 2, 1]]))
    assert torch.equal(part(torch.tensor([[1]]), torch.tensor([[0, 2]])), whole[:, 2:])
    assert torch.equal(part(torch.tensor([[2, 1]]), torch.tensor([[0]])), whole[:, 1:])
    assert not torch.equal(part(torch.tensor([[2, 1]])), whole[:, 1:])  # nothing before is not id 0 before


def test_keys_have_rows_of_their_own_where_there_are_enough() -> None:
    keys = torch.arange(144)
    assert torch.equal(row(keys, 144, 144), keys)
    crowded = row(keys, 144, 40)
    assert int(crowded.min()) >= 0
    assert int(crowded.max()) < 40
    assert len(set(crowded.tolist())) > 30  # spread over the table, not heaped
    huge = row(torch.tensor([2**62, -(2**62)]), 2**62, 40)
    assert ((huge >= 0) & (huge < 40)).all()


def test_a_new_model_begins_as_one_without_tables() -> None:
    with_tables, without = tiny.model(ngram_rows=ROWS), tiny.model()
    load_weights(without, {name: t for name, t in weights_of(with_tables).items() if "ngrams" not in name})
    ids = some_ids(2, 8)
    assert torch.equal(with_tables.eval()(ids), without.eval()(ids))


def test_reading_with_a_cache_equals_reading_at_once() -> None:
    model, ids = shaken(), some_ids(1, 8)
    with torch.inference_mode():
        whole = model(ids)
        for cuts in ((1, 2, 3, 8), (2, 4, 8), (7, 8), (8,)):
            cache, parts, start = KVCache(model.config), [], 0
            for end in cuts:
                parts.append(model(ids[:, start:end], cache))
                start = end
            assert torch.allclose(torch.cat(parts, 1), whole, atol=1e-5), cuts


def test_a_cache_that_was_cut_remembers_what_stands_before_the_cut() -> None:
    model, ids = shaken(), some_ids(1, 8)
    other = torch.cat((ids[:, :4], (ids[:, 4:] + 1) % tiny.VOCABULARY), 1)
    with torch.inference_mode():
        cache = KVCache(model.config)
        model(ids, cache)
        cache.cut(4)
        again = model(other[:, 4:], cache)
        assert torch.allclose(again, model(other)[:, 4:], atol=1e-5)


def test_a_beginning_read_once_serves_several_sequences() -> None:
    model, begin, rest = shaken(), some_ids(1, 3), some_ids(3, 2)
    with torch.inference_mode():
        alone = KVCache(model.config)
        model(begin, alone)
        found = model(rest, alone.spread(3, 5), last=True)
        narrow = model(rest[:2], alone.spread(3, 5).first(2), last=True)
        whole = model(torch.cat((begin.expand(3, -1), rest), 1), last=True)
    assert torch.allclose(found, whole, atol=1e-5)
    assert torch.allclose(narrow, whole[:2], atol=1e-5)


@pytest.mark.parametrize("rows", [0, 1, ROWS, 10_000])
def test_the_tables_are_counted(rows: int) -> None:
    model = tiny.model(ngram_rows=rows)
    assert sizing.count(model.config) == sum(parameter.numel() for parameter in model.parameters())
    shape = model.config
    assert sizing.parameters(shape)["Pairs and triples"] == (shape.pair_rows + shape.triple_rows) * shape.n_embd
    assert (shape.pair_rows, shape.triple_rows) == (min(rows, 144), min(rows, 1728))


def test_a_training_learns_the_tables() -> None:
    trainer = tiny.trainer({"ngram_rows": ROWS})
    steps = [record for record in trainer.run() if isinstance(record, Step)]
    assert trainer.model.ngrams is not None
    assert trainer.model.ngrams.pairs.weight.abs().max() > 0
    assert steps[-1].loss < steps[0].loss
