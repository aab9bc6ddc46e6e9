"""What requests may say (S14): every bound, and every field that is refused by name."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from llmstudio.data.messages import Message
from llmstudio.server.refusal import Refusal
from llmstudio.server.schema import UNSUPPORTED, ChatAsked, CompletionAsked, EmbeddingsAsked, Turn

TALK = [{"role": "user", "content": "hi"}]


def completion(**more: Any) -> CompletionAsked:
    return CompletionAsked.model_validate({"prompt": "a", **more})


def chat(messages: Any = None, **more: Any) -> ChatAsked:
    return ChatAsked.model_validate({"messages": messages or TALK, **more})


@pytest.mark.parametrize(
    ("field", "inside", "outside"),
    [
        ("n", [1, 4], [0, 5, -1, 1_000_000, 1.5, "1", True]),
        ("temperature", [0, 2, 1.5], [-0.1, 2.1, "1", 10**400, [], True]),
        ("top_p", [0, 0.5, 1], [-0.1, 1.1]),
        ("top_k", [0, 5], [-1, 10**9, 1.5]),
        ("min_p", [0, 1], [-0.1, 1.1]),
        ("repetition_penalty", [0.5, 3], [0, 3.1]),
        ("presence_penalty", [-2, 2], [-2.1, 2.1]),
        ("frequency_penalty", [-2, 2], [-2.1, 2.1]),
        ("seed", [0, -1, 2**63 - 1, -(2**63)], [2**63, 1.5, "a"]),
        ("max_tokens", [1, 2**20], [0, -1, 2**20 + 1]),
        ("logprobs", [0, 5], [-1, 6, True]),
        ("stop", ["a", ["a"] * 4, []], ["", ["a"] * 5, ["x" * 65], [""], 1]),
        ("user", ["me"], ["x" * 257, 1]),
        ("metadata", [{"a": "b"}], [{str(n): "" for n in range(17)}, {"a": 1}]),
        ("stream", [True, False], ["true", 1]),
    ],
)
def test_numbers_and_texts_are_bounded(field: str, inside: list[Any], outside: list[Any]) -> None:
    for value in [*inside, None]:
        completion(**{field: value})
    for value in outside:
        with pytest.raises(ValidationError):
            completion(**{field: value})


@pytest.mark.parametrize("name", sorted(UNSUPPORTED))
def test_what_would_change_the_answer_is_refused_by_name(name: str) -> None:
    for harmless in UNSUPPORTED[name]:
        completion(**{name: harmless})
    with pytest.raises(Refusal, match=name) as caught:
        completion(**{name: "something"})
    assert (caught.value.status, caught.value.param) == (400, name)


@pytest.mark.parametrize("name", ["template", "path", "model_url", "trust_remote_code", "n_discard", "lora", "x" * 500])
def test_the_unknown_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        completion(**{name: 1})


@pytest.mark.parametrize("name", ["chat_template", "chat_template_kwargs"])
def test_no_request_brings_a_template(name: str) -> None:
    for value in (None, "", {}, "{{ x }}"):
        with pytest.raises(Refusal):
            chat(**{name: value})


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a", ["a"]),
        ("", [""]),
        (["a", "b"], ["a", "b"]),
        ([1, 2], [(1, 2)]),
        ([[1, 2], [3]], [(1, 2), (3,)]),
    ],
)
def test_prompts_are_texts_or_ids_one_or_several(prompt: Any, expected: list[Any]) -> None:
    assert completion(prompt=prompt).prompts() == expected


@pytest.mark.parametrize("prompt", [None, 1, [], [[]], ["a", 1], ["a"] * 17, [-1], [2**31], [1.5], {"a": 1}, [None]])
def test_other_prompts_are_refused(prompt: Any) -> None:
    with pytest.raises(ValidationError):
        completion(prompt=prompt)


def test_what_is_not_said_is_as_openai_has_it() -> None:
    rules = completion().sampling(16)
    assert (rules.temperature, rules.top_p, rules.top_k, rules.stop, rules.seed) == (1.0, 1.0, 0, (), None)
    said = completion(top_p=0, stop="x", seed=-1, temperature=0.5).sampling(3)
    assert (said.top_k, said.top_p, said.stop, said.seed, said.max_tokens) == (1, 1.0, ("x",), 2**63 - 1, 3)


def test_a_talk_is_turns_with_one_system_message_in_front() -> None:
    turns = [
        {"role": "system", "content": "a"},
        {"role": "developer", "content": [{"type": "text", "text": "b"}, {"type": "text", "text": "c"}]},
        {"role": "user", "content": "d", "name": "me"},
        {"role": "assistant", "content": "e", "refusal": None},
        {"role": "user", "content": "f"},
    ]
    assert chat(turns).talk() == (
        Message("system", "a\n\nbc"),
        Message("user", "d"),
        Message("assistant", "e"),
        Message("user", "f"),
    )


@pytest.mark.parametrize(
    "turns",
    [
        [{"role": "assistant", "content": "a"}],
        [{"role": "system", "content": "a"}],
        [*TALK, {"role": "system", "content": "a"}, *TALK],
        [*TALK, {"role": "assistant", "content": "a"}],
    ],
)
def test_a_talk_that_nobody_can_answer_is_refused(turns: Any) -> None:
    with pytest.raises(Refusal):
        chat(turns).talk()


@pytest.mark.parametrize(
    "turn",
    [
        {"role": "tool", "content": "a"},
        {"role": "user"},
        {"role": "user", "content": None},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://a/"}}]},
        {"role": "user", "content": []},
        {"role": "user", "content": "a", "tool_calls": []},
    ],
)
def test_other_turns_are_refused(turn: Any) -> None:
    with pytest.raises(ValidationError):
        Turn.model_validate(turn)


def test_a_talk_has_at_most_256_turns() -> None:
    chat(TALK * 256)
    with pytest.raises(ValidationError):
        chat(TALK * 257)


def test_embeddings_are_of_texts() -> None:
    EmbeddingsAsked.model_validate({"input": ["a"] * 256})
    for given_ in ([], ["a"] * 257, [1, 2], 1):
        with pytest.raises(ValidationError):
            EmbeddingsAsked.model_validate({"input": given_})


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(sorted({*ChatAsked.model_fields, *UNSUPPORTED, "unknown"}))


@given(st.dictionaries(FIELDS, ANYTHING, max_size=6))
@settings(max_examples=120, derandomize=True, deadline=None)
def test_whatever_is_sent_is_taken_or_refused_and_nothing_else(values: dict[str, Any]) -> None:
    json.dumps(values)
    try:
        asked = ChatAsked.model_validate({"messages": TALK, **values})
        asked.sampling(1)
        asked.talk()
    except (ValidationError, Refusal):
        pass
