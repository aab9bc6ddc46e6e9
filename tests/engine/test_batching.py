"""Texts written together are those written alone, whoever joins, leaves or was there before."""

from typing import Any

import pytest
import torch

from llmstudio.config import presets
from llmstudio.config.model import ModelConfig
from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine import batching, generate, kernels
from llmstudio.engine.batching import Batch
from llmstudio.engine.batchrow import Order, Row, Written
from llmstudio.engine.decoder import Decoder
from llmstudio.engine.gpt import GPT
from llmstudio.engine.kernels import Precision
from tests.engine import tiny

PROMPTS = [(1, 2, 3, 4, 5, 6, 7), (1, 2, 3), (9,), (1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4), (3, 3, 3, 3, 3)]


def shaken(preset: str = "llama", **changes: Any) -> GPT:
    model = tiny.model(preset, block_size=48, **changes)
    torch.manual_seed(7)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return model


def letter(token: int) -> bytes:
    return b"<end>" if token == 10 else "abcdefghij"[token].encode()


def order(prompt: tuple[int, ...], **rules: Any) -> Order:
    return Order(prompt, SamplingConfig(**{"max_tokens": 12, "temperature": 0, **rules}), ends=frozenset({10}))


def alone(model: GPT, wanted: Order) -> tuple[list[int], str, str]:
    """Ids, text and end of an order written by itself."""
    tokens = list(generate.stream(model, wanted.prompt, wanted.rules, letter, end_id=10))
    return [one.id for one in tokens], "".join(one.text for one in tokens), tokens[-1].end


def run(batch: Batch, orders: list[Order], every: int = 1) -> list[tuple[list[int], str, str]]:
    """Let an order join every so many turns where one is free, and write all of them to their ends."""
    told: dict[int, list[Written]] = {number: [] for number in range(len(orders))}
    numbers: dict[Row, int] = {}
    waiting, turns = list(range(len(orders))), 0
    while waiting or batch.busy:
        if waiting and batch.free and turns % every == 0:
            number = waiting.pop(0)
            numbers[batch.join(orders[number])] = number
        for row, written in batch.turn():
            told[numbers[row]].append(written)
        turns += 1
        assert turns < 1000
    assert batch.free == batch.rows
    return [([one.id for one in many], "".join(one.text for one in many), many[-1].end) for many in told.values()]


KINDS: list[tuple[str, dict[str, Any]]] = [
    ("gpt2", {}),
    ("llama", {"n_kv_head": 1}),
    ("studio-small", {"ngram_rows": 50, "soft_cap": 3.0}),
]  # fmt: skip


@pytest.mark.parametrize(("preset", "changes"), KINDS)
@pytest.mark.parametrize(("rows", "every"), [(1, 1), (2, 3), (5, 1), (8, 2)])
def test_texts_written_together_are_those_written_alone(
    preset: str, changes: dict[str, Any], rows: int, every: int
) -> None:
    model = shaken(preset, **changes)
    orders = [order(prompt, max_tokens=4 + 3 * number) for number, prompt in enumerate(PROMPTS)]
    assert run(Batch(model, letter, rows=rows, portion=4), orders, every) == [alone(model, one) for one in orders]


def test_each_text_has_its_own_rules_and_its_own_chance() -> None:
    model = shaken()
    rules: list[dict[str, Any]] = [
        {"temperature": 1.0, "seed": 5},
        {"temperature": 1.5, "seed": 6, "top_k": 3},
        {"temperature": 1.0, "seed": 5, "repetition_penalty": 1.5},
        {"temperature": 0.7, "seed": 8, "top_p": 0.6, "min_p": 0.1},
        {"temperature": 2.0, "seed": 9, "stop": ("ab", "d")},
    ]
    orders = [order(prompt, max_tokens=20, **one) for prompt, one in zip(PROMPTS, rules, strict=True)]
    found = run(Batch(model, letter, rows=5), orders)
    assert found == [alone(model, one) for one in orders]
    assert run(Batch(model, letter, rows=2), orders[::-1]) == found[::-1]


def test_packed_weights_write_together_as_alone() -> None:
    reader = Decoder(shaken(n_kv_head=1, n_embd=32, hidden=64), "f32")
    orders = [order(prompt) for prompt in PROMPTS]
    apart = [run(Batch(reader, letter, rows=1), [one])[0] for one in orders]
    assert run(Batch(reader, letter, rows=4), orders) == apart


def test_one_that_leaves_changes_nothing_for_the_others() -> None:
    model = shaken()
    first, second, third = (order(prompt, max_tokens=15) for prompt in PROMPTS[:3])
    for leaver in range(3):
        batch, told = Batch(model, letter, rows=3, portion=2), list[tuple[Row, Written]]()
        rows = [batch.join(one) for one in (first, second, third)]
        for turn in range(60):
            if turn == 5:  # the first writes, the second reads, the third waits
                batch.leave(rows[leaver])
                batch.leave(rows[leaver])
            told += batch.turn()
        assert batch.free == 3
        for number, one in enumerate((first, second, third)):
            ids = [written.id for row, written in told if row is rows[number]]
            wanted = alone(model, one)[0]
            assert ids == wanted if number != leaver else ids == wanted[: len(ids)] and len(ids) < len(wanted)


def test_others_go_on_while_a_long_prompt_is_read() -> None:
    batch = Batch(shaken(), letter, rows=2, portion=4)
    batch.join(order((1,), max_tokens=40))
    batch.turn()
    long = batch.join(order(tuple(range(1, 10)) * 4, max_tokens=3))
    written = [[row for row, _ in batch.turn()] for _ in range(9)]
    assert all(len(rows) == 1 and rows[0] is not long for rows in written[:8])
    assert written[8][0] is long
    assert len(written[8]) == 2


def test_what_was_read_before_is_not_read_again() -> None:
    model, talk = shaken(), (1, 2, 3, 4, 5, 6, 7, 8, 9)
    batch = Batch(model, letter, rows=2, portion=4)
    run(batch, [order(talk)])
    longer = order((*talk, 5, 6, 7))
    assert run(batch, [longer]) == [alone(model, longer)]
    again = batch.join(longer)
    batch.turn()
    assert again.reused == 8, "only whole portions, and something remains to be read"
    beside = batch.join(longer)  # while the one that read it writes
    batch.turn()
    assert beside.reused == 8
    other = order((9, 9, 9, 9, 9, 9))
    while batch.busy:
        batch.turn()
    assert run(batch, [other, longer, other]) == [alone(model, one) for one in (other, longer, other)]


def test_the_bits_do_not_depend_on_what_was_there_before() -> None:
    """Reading anew and going on from kept portions are the same products, so the same log-probabilities."""
    model, talk = shaken(), tuple(range(1, 10)) * 3
    wanted = Order(talk, SamplingConfig(max_tokens=5, temperature=0), alternatives=2)

    def bits(batch: Batch) -> list[float | None]:
        batch.join(wanted)
        told = [written.logprob for _ in range(20) for _, written in batch.turn()]
        assert len(told) == 5
        return told

    fresh, used = Batch(model, letter, rows=2, portion=8), Batch(model, letter, rows=2, portion=8)
    run(used, [order(talk[:20], max_tokens=7)])
    assert bits(used) == bits(fresh)


def alike(precision: Precision) -> bool:
    """Whether this processor's kernel computes a row alike among two and among five."""
    rows = torch.randn(5, 64)
    kernel = kernels.frozen(torch.randn(192, 64), None, precision)
    return bool(kernel(rows)[:2].equal(kernel(rows[:2])))


@pytest.mark.parametrize("precision", ["f32", "bf16", "int8", "int4"])
@pytest.mark.parametrize("groups", [1, 2])
def test_the_bits_do_not_depend_on_who_is_written_beside(precision: Precision, groups: int) -> None:
    granted = kernels.chosen(precision, "cpu")[0]
    if not alike(granted):
        pytest.skip(f"the {granted} kernel of this processor rounds a row by how many stand beside it")
    reader = Decoder(shaken(n_kv_head=groups, n_embd=64, hidden=192), granted)
    orders = [
        Order(prompt, SamplingConfig(max_tokens=8 + number, temperature=0.9, seed=number), alternatives=2)
        for number, prompt in enumerate(PROMPTS)
    ]

    def bits(batch: Batch, orders: list[Order]) -> list[list[Written]]:
        rows, told = [], dict[Row, list[Written]]()
        waiting = list(orders)
        while waiting or batch.busy:
            if waiting and batch.free:
                rows.append(batch.join(waiting.pop(0)))
            for row, written in batch.turn():
                told.setdefault(row, []).append(written)
        return [told[row] for row in rows]

    alone = [bits(Batch(reader, letter, rows=1, portion=4), [one])[0] for one in orders]
    assert bits(Batch(reader, letter, rows=5, portion=4), orders) == alone
    assert bits(Batch(reader, letter, rows=3, portion=4), orders[::-1]) == alone[::-1]


def test_a_text_ends_where_the_context_is_full() -> None:
    model = shaken()
    full, nearly = order((1, 2) * 24, max_tokens=20), order((1, 2) * 22, max_tokens=20)
    ids, _, end = run(Batch(model, letter, rows=2), [full])[0]
    assert (len(ids), end) == (1, "length")  # the token behind the last place is still foretold
    (ids, _, end), other = run(Batch(model, letter, rows=2), [nearly, order((1,))])
    assert (len(ids), end) == (5, "length")
    assert other == alone(model, order((1,)))


def test_the_room_grows_while_texts_stand_in_it() -> None:
    model = tiny.model("llama", block_size=3000)
    batch = Batch(model, letter, rows=2)
    for prompt, tokens in (((1, 2, 3), 45), (tuple(range(1, 10)) * 112, 30)):
        batch.join(Order(prompt, SamplingConfig(max_tokens=tokens, seed=1)))
    told: dict[Row, list[int]] = {}
    while batch.busy:
        for row, written in batch.turn():
            told.setdefault(row, []).append(written.id)
    for row, ids in told.items():
        assert ids == [one.id for one in generate.ids(model, row.order.prompt, row.order.rules)]
    assert batch._cache._room.size(4) > 1024


def test_a_portion_follows_from_the_size_alone() -> None:
    small = ModelConfig(**{**presets.load("studio-small").model, "n_layer": 2, "n_embd": 64, "n_head": 2})
    assert batching.portion_of(small, "cpu") == 512
    assert batching.portion_of(ModelConfig(), "cpu") == 64
    wide = ModelConfig(n_layer=48, n_embd=1600, n_head=25)
    assert batching.portion_of(wide, "cpu") == 32
    assert batching.portion_of(wide, "cuda") == 512


def test_no_more_texts_than_there_is_memory_for() -> None:
    reader = Decoder(shaken())
    each = 48 * reader.token_bytes()
    assert batching.rows_that_fit(reader, 8, 48, 3 * each) == 3
    assert batching.rows_that_fit(reader, 8, 48, 100 * each) == 8
    assert batching.rows_that_fit(reader, 8, 48, 0) == 1
