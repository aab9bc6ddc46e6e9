"""Likelihoods and greedy texts of many prompts at once, against one prompt at a time."""

from typing import Any

import pytest
import torch

from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine import generate, shared
from llmstudio.engine.decoder import Decoder
from llmstudio.engine.gpt import GPT
from tests.engine import tiny

PROMPTS = [[1, 2, 3, 4, 5], [1, 2, 3, 9], [1, 2, 3, 4, 7], [1, 2, 3, 6, 6, 6, 2], [1, 2, 3, 9]]
CHOICES = [[4], [5, 6], [7, 8, 9]]


@pytest.fixture
def model() -> GPT:
    return tiny.model("llama", block_size=32, n_kv_head=1)


def plainly(model: GPT, prompt: list[int], choice: list[int]) -> float:
    with torch.inference_mode():
        found = model(torch.tensor([prompt + choice]))[0].log_softmax(dim=-1)
    return sum(float(found[len(prompt) + i - 1, token]) for i, token in enumerate(choice))


@pytest.mark.parametrize("short", ["", "CACHE_BYTES", "TOKENS_AT_ONCE"])  # fewer rows at a time where memory is short
def test_likelihoods_are_those_of_whole_texts(model: GPT, short: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, short or "SPREAD", 2)
    seen: dict[int, list[float]] = {}
    for numbers, scores in shared.likelihoods(model, PROMPTS, CHOICES):
        seen.update(zip(numbers, scores.tolist(), strict=True))
    assert sorted(seen) == list(range(len(PROMPTS)))
    for number, found in seen.items():
        wanted = [plainly(model, PROMPTS[number], choice) for choice in CHOICES]
        assert found == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("spread", [1, 2, 32])
def test_greedy_texts_are_those_written_one_by_one(model: GPT, spread: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "SPREAD", spread)
    rules = SamplingConfig(temperature=0, max_tokens=9)
    wanted = [[token.id for token in generate.ids(model, prompt, rules)] for prompt in PROMPTS]
    found = dict(shared.greedy(model, PROMPTS, most=9))
    assert [found[i] for i in range(len(PROMPTS))] == wanted


def test_a_text_ends_at_an_end_where_it_is_stopped_and_where_the_context_is_full(model: GPT) -> None:
    ((_, whole),) = shared.greedy(model, [[1, 2, 3]], most=9)
    ((_, ended),) = shared.greedy(model, [[1, 2, 3]], most=9, ends=frozenset({whole[2]}))
    assert ended == whole[: whole.index(whole[2])]
    ((_, stopped),) = shared.greedy(model, [[1, 2, 3]], most=9, stopped=lambda written: len(written) == 4)
    assert stopped == whole[:4]
    texts = dict(shared.greedy(model, [[1] * 30, [1, 2]], most=20))
    assert (len(texts[0]), len(texts[1])) == (3, 20)  # the token behind the last place is still foretold
    assert dict(shared.greedy(model, [[1, 2]], most=0)) == {0: []}


def test_what_prompts_share_leaves_something_to_read() -> None:
    assert shared.common_beginning(PROMPTS) == 3
    assert shared.common_beginning([[1, 2], [1, 2]]) == 1
    assert shared.common_beginning([[1, 2], [1, 2, 3]]) == 1
    assert shared.common_beginning([[5], [1, 2, 3]]) == 0
    assert shared.common_beginning([]) == 0


def test_nothing_to_do_is_nothing_done(model: GPT) -> None:
    assert not list(shared.likelihoods(model, [], CHOICES))
    assert not list(shared.greedy(model, [], most=3))


def test_somebody_may_stop_it(model: GPT) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(shared.greedy(model, PROMPTS, most=3, check=stop))
    with pytest.raises(KeyboardInterrupt):
        list(shared.likelihoods(model, PROMPTS, CHOICES, check=stop))


def test_rows_of_any_length_are_written_like_single_ones_where_ids_before_the_last_matter() -> None:
    torch.manual_seed(2)
    model = tiny.model("studio-small", block_size=24, ngram_rows=60)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    prompts = [[1], [2], [3, 4], [5, 6, 7, 8, 9, 1, 2, 3], [1, 2], [9] * 20, [4] * 24]
    rules = SamplingConfig(temperature=0, max_tokens=12)
    found = dict(shared.greedy(model, prompts, most=12))
    for number, prompt in enumerate(prompts):
        wanted = [token.id for token in generate.ids(model, prompt, rules)][: 24 - len(prompt) + 1]
        assert found[number] == wanted, number


def test_rows_that_end_cost_nothing_any_more(model: GPT, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    step = Decoder.step

    def counting(self: Decoder, ids: torch.Tensor, *rest: Any) -> torch.Tensor:
        sizes.append(len(ids))
        return step(self, ids, *rest)

    monkeypatch.setattr(Decoder, "step", counting)
    alone = {number: next(iter(shared.greedy(model, [prompt], most=9)))[1] for number, prompt in enumerate(PROMPTS)}
    sizes.clear()
    lengths = {0: 2, 1: 9, 2: 4, 3: 1, 4: 9}
    found = dict(
        shared.greedy(model, PROMPTS, most=9, stopped=lambda written: any(
            written == alone[number][:length] for number, length in lengths.items()
        ))
    )  # fmt: skip
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] < len(PROMPTS)
    assert all(texts == alone[number][: len(texts)] for number, texts in found.items())
