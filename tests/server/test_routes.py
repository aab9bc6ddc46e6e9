"""What each address answers."""

import base64
import struct
from typing import Any

import pytest

from tests.server.parrot import Parrot
from tests.server.served import Running, running


def test_the_model_is_listed_and_found(server: Running) -> None:
    (model,) = server.get("/v1/models").json["data"]
    assert (model["id"], model["object"], model["created"]) == ("parrot", "model", 1_700_000_000)
    assert (model["context_length"], model["labels"]) == (256, ["bad", "good"])
    assert server.get("/v1/models/parrot").json == model
    assert server.get("/v1/models/other").error["code"] == "model_not_found"


def test_the_model_is_called_by_its_name_or_its_title_or_not_at_all(server: Running) -> None:
    for name in ({"model": "parrot"}, {"model": "Parrot"}, {"model": None}, {}):
        assert server.complete(**name).status == 200
    for name in ("gpt-4", "../parrot", "/etc/passwd", ""):
        reply = server.complete(model=name)
        assert (reply.status, reply.error["code"]) == (404, "model_not_found")


def test_a_text_is_gone_on_with(server: Running) -> None:
    body = server.complete("say it", max_tokens=3).json
    assert body["choices"][0]["text"] == " the quick brown"
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["prompt_tokens"] == 2
    assert body["usage"]["completion_tokens"] == 3
    assert body["model"] == "parrot"


def test_a_talk_is_answered(server: Running) -> None:
    body = server.chat("say it").json
    message = body["choices"][0]["message"]
    assert message["role"] == "assistant"
    assert message["content"] == "the quick brown fox jumps over a lazy dog and then it"
    assert body["choices"][0]["finish_reason"] == "stop"


def test_sixteen_tokens_are_written_where_nothing_is_said_and_a_talk_has_all_the_context() -> None:
    with running(Parrot(length=1000, beat=0)) as server:
        assert server.complete().json["usage"]["completion_tokens"] == 16
        assert server.chat().json["usage"]["completion_tokens"] == 255


@pytest.mark.parametrize("stop", ["brown", ["nothing", " brown"], ["row"]])
def test_writing_ends_before_a_stop_string(server: Running, stop: Any) -> None:
    (choice,) = server.complete(stop=stop).json["choices"]
    assert " the quick brown".startswith(choice["text"])
    assert choice["finish_reason"] == "stop"
    assert "row" not in choice["text"]


def test_several_prompts_with_several_answers_each_come_in_order(server: Running) -> None:
    body = server.complete(["a", "b b"], n=2, max_tokens=2).json
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2, 3]
    assert body["usage"]["prompt_tokens"] == 3
    assert body["usage"]["completion_tokens"] == 8


def test_ids_are_prompts_too(server: Running) -> None:
    assert server.complete([1, 2, 3]).json["usage"]["prompt_tokens"] == 3
    assert server.complete([[1, 2, 3], [4]]).json["usage"]["prompt_tokens"] == 4


def test_a_seed_gives_the_same_text_and_each_of_several_its_own(server: Running) -> None:
    def texts(**more: Any) -> list[str]:
        choices = server.complete(temperature=1, max_tokens=8, **more).json["choices"]
        return [choice["text"] for choice in choices]

    assert texts(seed=5) == texts(seed=5)
    assert texts(seed=5) != texts(seed=6)
    assert len(set(texts(seed=5, n=4))) == 4
    assert texts(seed=5, n=4)[0] == texts(seed=5)[0]
    assert texts(seed=-1) == texts(seed=-1)


def test_tokens_come_with_their_likelihood_where_it_is_asked_for(server: Running) -> None:
    told = server.complete(max_tokens=2, logprobs=3).json["choices"][0]["logprobs"]
    assert told["tokens"] == [" the", " quick"]
    assert told["text_offset"] == [0, 4]
    assert [len(one) for one in told["top_logprobs"]] == [3, 3]
    told = server.chat(max_tokens=2, logprobs=True, top_logprobs=2).json["choices"][0]["logprobs"]["content"]
    assert [one["token"] for one in told] == [" the", " quick"]
    assert len(told[0]["top_logprobs"]) == 2
    assert server.chat(logprobs=True).json["choices"][0]["logprobs"]["content"][0]["top_logprobs"] == []
    assert server.chat().json["choices"][0]["logprobs"] is None
    assert server.complete(logprobs=0).json["choices"][0]["logprobs"]["top_logprobs"][0] == {}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"max_tokens": 257}, "max_tokens"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"n": 5}, "n"),
        ({"best_of": 2}, "best_of"),
    ],
)
def test_what_cannot_be_done_is_refused(server: Running, body: dict[str, Any], param: str) -> None:
    reply = server.complete(**body)
    assert (reply.status, reply.error["param"]) == (400, param)


def test_likelihoods_of_a_talk_are_asked_for_by_both_names(server: Running) -> None:
    assert server.chat(top_logprobs=2).error["param"] == "top_logprobs"


def test_a_prompt_of_more_than_the_context_is_refused_in_the_words_of_the_engine(server: Running) -> None:
    for stream in (False, True):
        reply = server.complete("word " * 300, stream=stream)
        assert (reply.status, reply.error["code"]) == (400, "context_length_exceeded")
        assert "300 tokens" in reply.error["message"]


def test_vectors_come_as_numbers_or_packed(server: Running) -> None:
    body = server.post("/v1/embeddings", {"input": ["a b", "c"], "model": "parrot"}).json
    assert [one["index"] for one in body["data"]] == [0, 1]
    assert body["data"][0]["embedding"] == [0.5, -0.5, 0.5, 0.5]
    assert body["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    packed = server.post("/v1/embeddings", {"input": "a", "encoding_format": "base64"}).json["data"][0]["embedding"]
    assert struct.unpack("<4f", base64.b64decode(packed)) == (0.5, -0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    "body", [{"input": ""}, {"input": ["a", " "]}, {"input": "a", "dimensions": 3}, {"input": [[1]]}]
)
def test_texts_that_have_no_vector_are_refused(server: Running, body: dict[str, Any]) -> None:
    assert server.post("/v1/embeddings", body).status == 400


def test_dimensions_may_be_said_where_they_are_the_model_s_own(server: Running) -> None:
    assert server.post("/v1/embeddings", {"input": "a", "dimensions": 4}).status == 200


def test_texts_are_judged(server: Running) -> None:
    body = server.post("/classify", {"input": ["so good", "no"]}).json
    assert [one["label"] for one in body["data"]] == ["good", "bad"]
    assert body["data"][0]["probabilities"] == {"good": 0.75, "bad": 0.25}
    assert body["usage"]["total_tokens"] == 3
    assert server.post("/classify", {"input": "word " * 300}).error["code"] == "context_length_exceeded"


def test_faults_while_judging_are_told_without_details(server: Running) -> None:
    reply = server.post("/classify", {"input": "broken"})
    assert reply.status == 500
    assert "secret" not in reply.data.decode()


def test_what_a_model_cannot_do_is_refused_by_name() -> None:
    with running(Parrot(can=frozenset({"classify"}))) as server:
        for reply in (server.complete(), server.chat(), server.post("/v1/embeddings", {"input": "a"})):
            assert reply.status == 400
            assert "It can: classify." in reply.error["message"]
        assert server.post("/classify", {"input": "good"}).status == 200


def test_figures_are_told(server: Running) -> None:
    reply = server.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "llmstudio_generated_tokens_total" in reply.data.decode()
