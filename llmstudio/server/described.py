"""The shapes of answers, for the server's description of itself: what clients may rely on."""

from typing import Any, Literal

from pydantic import BaseModel


class Health(BaseModel):
    """The server is there."""

    status: Literal["ok"]
    model: str


class Model(BaseModel):
    """The model that is served."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    title: str
    context_length: int
    parameters: int
    abilities: list[str]
    labels: list[str]


class Models(BaseModel):
    """A list of one."""

    object: Literal["list"]
    data: list[Model]


class Cached(BaseModel):
    """Tokens of the prompt that were known from a request before."""

    cached_tokens: int


class Usage(BaseModel):
    """What was read and written."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: Cached


class Read(BaseModel):
    """What was read."""

    prompt_tokens: int
    total_tokens: int


class TextLogprobs(BaseModel):
    """Four lists side by side, an entry for each token."""

    tokens: list[str]
    token_logprobs: list[float | None]
    top_logprobs: list[dict[str, float]]
    text_offset: list[int]


class TextChoice(BaseModel):
    """One text."""

    index: int
    text: str
    logprobs: TextLogprobs | None
    finish_reason: Literal["stop", "length"]


class Completion(BaseModel):
    """Texts that go on from prompts."""

    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    choices: list[TextChoice]
    usage: Usage


class Token(BaseModel):
    """A token and its likelihood."""

    token: str
    logprob: float | None
    bytes: list[int]


class TakenToken(Token):
    """A token that was taken, and those that could have been."""

    top_logprobs: list[Token]


class ChatLogprobs(BaseModel):
    """An entry for each token."""

    content: list[TakenToken]


class Said(BaseModel):
    """A turn of the model."""

    role: Literal["assistant"]
    content: str
    refusal: None


class ChatChoice(BaseModel):
    """One answer."""

    index: int
    message: Said
    logprobs: ChatLogprobs | None
    finish_reason: Literal["stop", "length"]


class ChatCompletion(BaseModel):
    """Answers to the last turn of a talk."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[ChatChoice]
    usage: Usage


class Vector(BaseModel):
    """The vector of one text, as numbers or packed in base64."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class Vectors(BaseModel):
    """Vectors of texts."""

    object: Literal["list"]
    data: list[Vector]
    model: str
    usage: Read


class Judged(BaseModel):
    """What is said of one text: labels that hold with all probabilities, or a value."""

    index: int
    label: str | None
    labels: list[str]
    probabilities: dict[str, float]
    value: float | None


class Verdicts(BaseModel):
    """What is said of texts."""

    object: Literal["list"]
    data: list[Judged]
    model: str
    usage: Read


def answers(shape: type[BaseModel], *, streamed: bool = False) -> dict[int | str, dict[str, Any]]:
    """How a route declares what it answers."""
    words = "The answer; with stream: true events that end with [DONE]" if streamed else "The answer"
    found: dict[str, Any] = {"model": shape, "description": words}
    return {200: found | ({"content": {"text/event-stream": {}}} if streamed else {})}
