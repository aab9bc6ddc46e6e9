"""The shapes of answers."""

import json

from llmstudio.server.completer import Begun, Done, Drawn, Likely, More
from llmstudio.server.shapes import ChatShape, TextShape, Written, chat_logprobs, text_logprobs, usage

FOX = "🦊".encode()
TOKENS = (
    Drawn(1, b" a", -0.5, (Likely(1, b" a", -0.5), Likely(2, b"b", float("-inf")))),
    Drawn(3, FOX[:2], -1.0, ()),
    Drawn(4, FOX[2:], float("-inf"), ()),
)


def written(text: str, tokens: int = 1) -> Written:
    made = Written()
    made.begun(Begun(5, cached=2))
    made.more(More(text, TOKENS[:tokens]))
    made.done(Done("stop", tokens))
    return made


def test_a_text_is_told_whole_with_what_it_cost() -> None:
    both = [written(" a"), written(" b", 2)]
    body = TextShape("m", likely=False).whole(both, usage(both, 2))
    assert body["object"] == "text_completion"
    assert [choice["text"] for choice in body["choices"]] == [" a", " b"]
    assert body["choices"][1] == {"index": 1, "text": " b", "logprobs": None, "finish_reason": "stop"}
    assert body["usage"] == {
        "prompt_tokens": 5,
        "completion_tokens": 3,
        "total_tokens": 8,
        "prompt_tokens_details": {"cached_tokens": 2},
    }


def test_each_prompt_is_counted_once() -> None:
    assert usage([written("")] * 4, 2)["prompt_tokens"] == 10
    assert usage([written("")] * 4, 1)["prompt_tokens"] == 20


def test_a_turn_is_told_whole_and_in_chunks() -> None:
    shape = ChatShape("m", likely=True)
    one = written("a")
    (choice,) = shape.whole([one], usage([one], 1))["choices"]
    assert choice["message"] == {"role": "assistant", "content": "a", "refusal": None}
    assert choice["logprobs"]["content"][0]["token"] == " a"
    first = shape.first(0)
    assert first is not None
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert shape.more(0, More("a", TOKENS[:1]), one)["choices"][0]["delta"] == {"content": "a"}
    last = shape.last(0, Done("length", 1))["choices"][0]
    assert (last["delta"], last["finish_reason"]) == ({}, "length")
    assert {first["id"], shape.last(0, Done("stop", 1))["id"]} == {shape.used({})["id"]}
    assert first["object"] == "chat.completion.chunk"
    assert shape.used({"x": 1})["choices"] == []


def test_likelihoods_are_json_and_parts_of_characters_are_bytes() -> None:
    told = chat_logprobs(TOKENS)["content"]
    assert [one["token"] for one in told] == [" a", "bytes:\\xf0\\x9f", "bytes:\\xa6\\x8a"]
    assert told[1]["bytes"] == [0xF0, 0x9F]
    assert told[2]["logprob"] == -9999.0
    json.dumps(told, allow_nan=False)


def test_the_older_shape_says_where_each_token_begins_over_all_chunks() -> None:
    so_far = Written()
    assert text_logprobs(TOKENS[:1], so_far)["text_offset"] == [0]
    told = text_logprobs((Drawn(5, b"xyz", -1.0), Drawn(5, b"q", -1.0)), so_far)
    assert told["text_offset"] == [2, 5]
    assert told["tokens"] == ["xyz", "q"]
    assert text_logprobs(TOKENS[:1], Written())["top_logprobs"] == [{" a": -0.5, "b": -9999.0}]


def test_a_turn_begins_with_no_blank_wherever_the_blank_came() -> None:
    so_far = Written()
    pieces = [so_far.bared(More(text, ())).text for text in (" ", "\n ", " a", " b")]
    assert pieces == ["", "", "a", " b"]
