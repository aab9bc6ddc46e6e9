"""Answers are what the description says they are; a text from a stream is in the description too."""

from typing import Any

import pytest
from pydantic import BaseModel

from llmstudio.server.described import ChatCompletion, Completion, Health, Model, Models, Vectors, Verdicts
from tests.server.served import Running

TALK = [{"role": "user", "content": "say"}]


@pytest.mark.parametrize(
    ("shape", "path", "body"),
    [
        (Health, "/health", None),
        (Models, "/v1/models", None),
        (Model, "/v1/models/parrot", None),
        (Completion, "/v1/completions", {"prompt": "a"}),
        (Completion, "/v1/completions", {"prompt": ["a", "b"], "n": 2, "logprobs": 3}),
        (ChatCompletion, "/v1/chat/completions", {"messages": TALK}),
        (ChatCompletion, "/v1/chat/completions", {"messages": TALK, "logprobs": True, "top_logprobs": 3}),
        (Vectors, "/v1/embeddings", {"input": ["a", "b"]}),
        (Vectors, "/v1/embeddings", {"input": "a", "encoding_format": "base64"}),
        (Verdicts, "/classify", {"input": ["a", "good"]}),
    ],
)
def test_answers_hold_what_is_described_and_no_more(
    server: Running, shape: type[BaseModel], path: str, body: dict[str, Any] | None
) -> None:
    reply = server.get(path) if body is None else server.post(path, body)
    assert reply.status == 200
    assert shape.model_validate(reply.json, strict=True).model_dump() == reply.json


def test_streams_are_described_beside_whole_answers(server: Running) -> None:
    paths = server.get("/openapi.json").json["paths"]
    for path in ("/v1/completions", "/v1/chat/completions"):
        assert set(paths[path]["post"]["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
