"""Writing: the cache changes nothing, seeds repeat, stop strings are held back, characters come whole."""

import itertools
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.base.errors import Interrupt
from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine import generate
from llmstudio.engine.decoder import Decoder
from llmstudio.engine.generate import Text, Token
from llmstudio.engine.gpt import GPT
from tests.engine import tiny

LETTERS = "abcdefghij"


def shaken(preset: str, **changes: Any) -> GPT:
    model = tiny.model(preset, **changes)
    torch.manual_seed(7)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return model


def letter(token: int) -> bytes:
    return b"<end>" if token == 10 else LETTERS[token].encode()


def write(model: GPT, prompt: list[int], cached: bool = True, **rules: Any) -> list[Token]:
    values = {"max_tokens": 40, "seed": 3, **rules}
    return list(generate.stream(model, prompt, SamplingConfig(**values), letter, end_id=10, cached=cached))


@pytest.mark.parametrize("preset", ["studio-small", "gpt2", "llama"])
@pytest.mark.parametrize("rules", [{"temperature": 0}, {"repetition_penalty": 1.3}, {"top_k": 4, "min_p": 0.05}])
def test_with_and_without_cache_the_same_tokens_come(preset: str, rules: dict[str, float]) -> None:
    model = shaken(preset, n_kv_head=1)
    for prompt in ([1], [2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3]):
        fast = list(generate.ids(model, prompt, SamplingConfig(max_tokens=40, seed=3, **rules)))
        slow = list(generate.ids(model, prompt, SamplingConfig(max_tokens=40, seed=3, **rules), cached=False))
        assert [token.id for token in fast] == [token.id for token in slow]
        assert [token.p for token in fast] == pytest.approx([token.p for token in slow], abs=1e-4)


def test_a_seed_repeats_the_text_and_another_does_not() -> None:
    model = shaken("llama")
    ids = [[token.id for token in write(model, [1], seed=seed)] for seed in (1, 1, 2)]
    assert ids[0] == ids[1]
    assert ids[0] != ids[2]


def test_without_a_seed_texts_differ() -> None:
    model = shaken("llama", zero_init=False)
    texts = {tuple(token.id for token in write(model, [1], seed=None, temperature=3)) for _ in range(4)}
    assert len(texts) > 1


@pytest.mark.parametrize("block", [2, 3, 8, 9, 16])
def test_the_window_always_fits_and_never_moves_back(block: int) -> None:
    starts = [generate.window_start(length, block) for length in range(1, 200)]
    assert starts == sorted(starts)
    assert all(0 < length - start <= block for length, start in enumerate(starts, start=1))
    assert len(set(starts[: 10 * block])) <= 21, "it moves in leaps"


def test_each_token_tells_its_probability_and_five_alternatives() -> None:
    for token in write(shaken("llama"), [1], top_k=2):
        assert len(token.top) == 5
        assert [one.p_raw for one in token.top] == sorted((one.p_raw for one in token.top), reverse=True)
        chosen = next(one for one in token.top if one.id == token.id)
        assert (chosen.p, chosen.p_raw) == (token.p, token.p_raw)
        assert sum(one.p > 0 for one in token.top) == 2


def test_it_ends_with_the_end_of_the_text_and_says_why() -> None:
    model = shaken("gpt2")
    for seed in range(200):
        tokens = write(model, [1], seed=seed)
        assert all(token.id != 10 for token in tokens[:-1])
        assert all(not token.end for token in tokens[:-1])
        if tokens[-1].id == 10:
            assert (tokens[-1].end, tokens[-1].text) == ("stop", "")
            return
    pytest.fail("no text ended")


def test_it_ends_at_the_length_and_says_so() -> None:
    tokens = write(shaken("llama"), [1], max_tokens=3, seed=8)
    assert len(tokens) == 3
    assert tokens[-1].end == "length"


def test_a_stop_string_is_not_part_of_the_text() -> None:
    model = shaken("llama")
    whole = "".join(token.text for token in write(model, [1]))
    stop = whole[4:7]
    tokens = write(model, [1], stop=(stop,))
    assert "".join(token.text for token in tokens) == whole[: whole.find(stop)]
    assert tokens[-1].end == "stop"


def test_a_question_before_each_token_can_end_it() -> None:
    asked = itertools.count()

    def check() -> None:
        if next(asked) == 3:
            raise Interrupt("cancel")

    found: list[Token] = []
    with pytest.raises(Interrupt):
        found += generate.ids(shaken("llama"), [1], SamplingConfig(max_tokens=9), check=check)
    assert next(asked) == 4


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=20), st.lists(st.text("ab#", min_size=1, max_size=3), max_size=3), st.data())
def test_held_back_text_loses_nothing_and_shows_no_stop(text: str, stop: list[str], data: st.DataObject) -> None:
    raw = text.encode("utf-8", "replace")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    shown, whole = Text(stop), raw.decode()
    parts = [shown.add(raw[a:b]) for a, b in itertools.pairwise([0, *cuts, len(raw)])]
    found = "".join([*parts, shown.end()])
    places = [whole.find(word) for word in stop if word in whole]
    assert found == (whole[: min(places)] if places else whole)
    assert shown.stopped == bool(places)


def test_half_a_character_waits_for_the_other_half() -> None:
    shown = Text()
    assert [shown.add(part) for part in (b"\xc3", b"\xa9", b"\xf0\x9f")] == ["", "é", ""]
    assert shown.end() == "\ufffd"


def test_the_beginning_of_a_stop_string_waits() -> None:
    shown = Text(["END"])
    assert [shown.add(part) for part in (b"xE", b"N", b"x")] == ["x", "", "ENx"]


def test_a_reader_used_again_reads_only_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    model, read = shaken("llama", block_size=32), list[int]()
    stream = Decoder.stream

    def counting(self: Decoder, ids: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        read.append(ids.size(1))
        return stream(self, ids, *rest, **named)

    monkeypatch.setattr(Decoder, "stream", counting)
    reader, rules = generate.Reader(model), SamplingConfig(max_tokens=3, seed=3)
    first = [1, 2, 3, 4, 5]
    said = [token.id for token in generate.ids(model, first, rules, reader=reader)]
    assert read == [5, 1, 1]
    longer = [*first, *said, 6, 7]
    again = [token.id for token in generate.ids(model, longer, rules, reader=reader)]
    assert read[3:] == [3, 1, 1], "the last token written was never read, and two are new"
    assert again == [token.id for token in generate.ids(model, longer, rules, cached=False)]
    read.clear()
    other = [1, 2, 9, 9]  # an edited turn: only the beginning is the same
    edited = [token.id for token in generate.ids(model, other, rules, reader=reader)]
    assert read == [2, 1, 1]
    assert edited == [token.id for token in generate.ids(model, other, rules, cached=False)]
    read.clear()
    list(generate.ids(model, other, rules, reader=reader))
    assert read[0] == 1, "of the same text only the last token is read"


def test_several_tokens_may_end_an_answer() -> None:
    model = shaken("llama")
    whole = [token.id for token in write(model, [1], max_tokens=12)]
    stop = whole[5]
    found = list(generate.stream(model, [1], SamplingConfig(max_tokens=12, seed=3), letter, ends={stop}))
    assert [token.id for token in found] == whole[: whole.index(stop) + 1]
    assert (found[-1].text, found[-1].end) == ("", "stop")
