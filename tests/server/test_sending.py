"""Streams: the same text as at once, in chunks that clients can read, and what happens when something goes wrong."""

from typing import Any

import pytest

from llmstudio.server import sending
from tests.server.parrot import Parrot
from tests.server.served import Running, all_of, running


def text_of(events: list[Any], index: int = 0) -> str:
    choices = [choice for event in events for choice in event["choices"] if choice["index"] == index]
    return "".join(choice["text"] if "text" in choice else choice["delta"].get("content", "") for choice in choices)


@pytest.mark.parametrize("more", [{}, {"stop": "lazy"}, {"max_tokens": 5}, {"n": 3}, {"logprobs": 2}])
def test_a_stream_adds_up_to_what_comes_at_once(server: Running, more: dict[str, Any]) -> None:
    whole = server.complete(**more).json
    reply = server.complete(stream=True, **more)
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/event-stream")
    for choice in whole["choices"]:
        assert text_of(reply.events, choice["index"]) == choice["text"]
        ends = [
            one["finish_reason"]
            for event in reply.events
            for one in event["choices"]
            if one["index"] == choice["index"] and one["finish_reason"]
        ]
        assert ends == [choice["finish_reason"]]


def test_a_talk_streams_too_and_says_first_who_speaks(server: Running) -> None:
    events = server.chat(stream=True).events
    assert events[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert text_of(events) == server.chat().json["choices"][0]["message"]["content"]
    assert len({event["id"] for event in events}) == 1
    assert {event["object"] for event in events} == {"chat.completion.chunk"}


def test_what_was_used_comes_last_where_it_is_asked_for(server: Running) -> None:
    events = server.complete(stream=True, max_tokens=3, stream_options={"include_usage": True}).events
    assert events[-1]["choices"] == []
    assert events[-1]["usage"]["total_tokens"] == 4
    assert all(event["usage"] is None for event in events[:-1])
    assert all("usage" not in event for event in server.complete(stream=True).events)


def test_likelihoods_of_a_stream_are_those_of_the_whole(server: Running) -> None:
    events = server.complete(stream=True, max_tokens=4, logprobs=1).events
    told = [one for event in events for choice in event["choices"] if (one := choice["logprobs"])]
    whole = server.complete(max_tokens=4, logprobs=1).json["choices"][0]["logprobs"]
    for name in whole:
        assert [value for one in told for value in one[name]] == whole[name]


def test_a_fault_before_the_first_word_has_its_status_and_one_behind_it_is_an_event() -> None:
    class Breaking(Parrot):
        def _say(self, saying: Any) -> bool:
            if saying.said == 3:
                raise RuntimeError("secret detail")
            return super()._say(saying)

    with running(Breaking()) as server:
        assert server.complete("x " * 300, stream=True).status == 400
        reply = server.complete(stream=True)
        assert reply.status == 200
        assert reply.events[-1]["error"]["code"] == "internal_error"
        assert "secret" not in reply.data.decode()
        assert text_of(reply.events[:-1]) == " the quick brown"
        assert server.complete(max_tokens=2).status == 200


def test_a_silent_engine_is_covered_by_lines_that_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "FIRST_SECONDS", 0.05)
    monkeypatch.setattr(sending, "QUIET_SECONDS", 0.05)
    with running(Parrot(beat=0.3)) as server:
        reply = server.complete(stream=True, max_tokens=2)
        assert reply.data.count(b": waiting\n\n") >= 3
        assert text_of(reply.events) == " the quick"


def test_an_answer_that_takes_too_long_is_cut_and_what_is_there_is_sent() -> None:
    with running(Parrot(beat=0.02), request_seconds=1) as server:
        body = server.complete("endless", max_tokens=200).json
        (choice,) = body["choices"]
        assert choice["finish_reason"] == "length"
        assert choice["text"].startswith(" the quick")
        assert 0 < body["usage"]["completion_tokens"] < 200
        events = server.complete("endless", max_tokens=200, stream=True, n=2).events
        assert [choice["finish_reason"] for event in events[-2:] for choice in event["choices"]] == ["length"] * 2


def test_two_requests_on_one_connection_are_answered_in_turn(server: Running) -> None:
    asked = server.request("/v1/completions", {"prompt": "a", "max_tokens": 1, "temperature": 0})
    line = server.connect(asked + asked.replace(b"Content-Type", b"Connection: close\r\nContent-Type"))
    assert all_of(line).count(b"HTTP/1.1 200 OK") == 2
