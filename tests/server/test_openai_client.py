"""The official client against a running server: what it is asked for in every day's use, streaming too."""

import math
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.server.parrot import Parrot
from tests.server.served import KEY, Running, eventually, running

WHOLE = "the quick brown fox jumps over a lazy dog and then it"
TALK: list[Any] = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "say"}]


@pytest.fixture
def client(server: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.service.addresses[0] + "/v1", api_key=KEY, max_retries=0, timeout=30) as made:
        yield made


def test_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["parrot"]
    assert client.models.retrieve("parrot").created == 1_700_000_000


def test_a_talk(client: openai.OpenAI) -> None:
    made = client.chat.completions.create(model="parrot", messages=TALK, temperature=0, user="me", seed=1, n=2)
    assert [choice.message.content for choice in made.choices] == [WHOLE, WHOLE]
    assert made.choices[0].finish_reason == "stop"
    assert made.usage is not None
    assert (made.usage.prompt_tokens, made.usage.completion_tokens, made.usage.total_tokens) == (3, 24, 27)


def test_a_talk_as_a_stream(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="parrot", messages=TALK, temperature=0, stream=True, stream_options={"include_usage": True}
    )
    parts = list(stream)
    assert "".join(part.choices[0].delta.content or "" for part in parts if part.choices) == WHOLE
    assert parts[0].choices[0].delta.role == "assistant"
    assert parts[-1].usage is not None
    assert parts[-1].usage.completion_tokens == 12


def test_the_helper_for_streams_puts_the_answer_together(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model="parrot", messages=TALK, temperature=0) as stream:
        for _ in stream:
            pass
        final = stream.get_final_completion()
    assert final.choices[0].message.content == WHOLE
    assert final.choices[0].finish_reason == "stop"


def test_likelihoods(client: openai.OpenAI) -> None:
    made = client.chat.completions.create(
        model="parrot", messages=TALK, temperature=0, max_tokens=2, logprobs=True, top_logprobs=2
    )
    likely = made.choices[0].logprobs
    assert likely is not None
    assert likely.content is not None
    assert [one.token for one in likely.content] == [" the", " quick"]
    assert math.isclose(likely.content[0].top_logprobs[1].logprob, -1.5)


def test_texts(client: openai.OpenAI) -> None:
    made = client.completions.create(model="parrot", prompt=["a", "b"], temperature=0, max_tokens=2, logprobs=1)
    assert [choice.text for choice in made.choices] == [" the quick"] * 2
    assert made.choices[0].logprobs is not None
    assert made.choices[0].logprobs.text_offset == [0, 4]
    stream = client.completions.create(model="parrot", prompt="a", temperature=0, stream=True, stop=" lazy")
    assert "".join(part.choices[0].text for part in stream) == " the quick brown fox jumps over a"


def test_vectors_in_both_ways(client: openai.OpenAI) -> None:
    assert client.embeddings.create(model="parrot", input="a").data[0].embedding == [0.5, -0.5, 0.5, 0.5]
    made = client.embeddings.create(model="parrot", input=["a", "b"], encoding_format="float")
    assert [one.index for one in made.data] == [0, 1]
    assert made.usage.total_tokens == 2


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"model": "gpt-4"}, openai.NotFoundError),
        ({"n": 9}, openai.BadRequestError),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, openai.BadRequestError),
        ({"messages": [{"role": "user", "content": "word " * 300}]}, openai.BadRequestError),
        ({"messages": [{"role": "user", "content": "broken"}]}, openai.InternalServerError),
    ],
)
def test_refusals_are_the_exceptions_that_programs_catch(
    client: openai.OpenAI, asked: dict[str, Any], expected: type[openai.APIStatusError]
) -> None:
    with pytest.raises(expected) as caught:
        client.chat.completions.create(**{"model": "parrot", "messages": TALK, **asked})
    assert caught.value.body is not None
    assert caught.value.message


def test_a_wrong_key_is_told_as_one(server: Running) -> None:
    with (
        openai.OpenAI(base_url=server.service.addresses[0] + "/v1", api_key="wrong", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.models.list()


def test_a_fault_within_a_stream_is_raised(server: Running, client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="parrot", messages=[{"role": "user", "content": "broken"}], stream=True
    )
    with pytest.raises(openai.APIError, match="Something went wrong"):
        list(stream)


def test_a_stream_that_is_closed_ends_the_writing() -> None:
    with running(Parrot(beat=0.01)) as server:
        with openai.OpenAI(base_url=server.service.addresses[0] + "/v1", api_key=KEY, max_retries=0) as client:
            stream = client.completions.create(model="parrot", prompt="endless", max_tokens=200, stream=True)
            next(iter(stream))
            stream.close()
        assert eventually(lambda: not server.parrot.busy, 2)
        assert server.parrot.written < 150


def test_a_full_server_is_tried_again_by_itself() -> None:
    with running(Parrot(beat=0.01, slots=1), slots=1, queue=0) as server:
        first = server.connect(server.request("/v1/completions", {"prompt": "endless", "max_tokens": 60}))
        assert eventually(lambda: server.parrot.busy == 1)
        base = server.service.addresses[0] + "/v1"
        with openai.OpenAI(base_url=base, api_key=KEY, max_retries=0) as client, pytest.raises(openai.RateLimitError):
            client.completions.create(model="parrot", prompt="a")
        with openai.OpenAI(base_url=base, api_key=KEY, max_retries=4) as client:
            assert client.completions.create(model="parrot", prompt="a", temperature=0).choices[0].text
        first.close()
