"""What requests may say, with a bound on every number and text: a published part of OpenAI's API, and a few of our own.

What is harmless is taken and does nothing (user, metadata ...). What would change the answer and cannot be done is
refused by name, and so is everything unknown: above all templates, paths and addresses.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from llmstudio.config.sampling import SamplingConfig
from llmstudio.data.messages import Message, Role
from llmstudio.server.refusal import Refusal

MOST_ANSWERS = 4  # for one prompt
MOST_PROMPTS = 16
MOST_MESSAGES = 256
MOST_PARTS = 256
MOST_TEXTS = 256
TEXT_CHARACTERS = 1 << 20
MOST_TOKENS = 1 << 20  # the model's own context is less, and bounds it further
LIKELY_OF_TEXT, LIKELY_OF_CHAT = 5, 20

Text = Annotated[str, StringConstraints(max_length=TEXT_CHARACTERS)]
Word = Annotated[str, StringConstraints(max_length=256)]
Stop = Annotated[str, StringConstraints(min_length=1, max_length=64)]
TokenId = Annotated[int, Field(ge=0, lt=1 << 31)]
Ids = Annotated[list[TokenId], Field(min_length=1, max_length=MOST_TOKENS)]
Texts = Annotated[list[Text], Field(min_length=1, max_length=MOST_TEXTS)]


class Asked(BaseModel):
    """Base of what requests hold: nothing unknown, and no number that is written as text."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class StreamOptions(Asked):
    """How an answer is streamed."""

    include_usage: bool = False
    include_obfuscation: bool | None = None


class Rules(Asked):
    """What requests for texts have in common. Names and bounds are OpenAI's, where it has them."""

    model: Word | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = Field(None, ge=1, le=MOST_ANSWERS)
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    top_k: int | None = Field(None, ge=0, le=2_000_000)
    min_p: float | None = Field(None, ge=0, le=1)
    repetition_penalty: float | None = Field(None, ge=0.5, le=3)
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    seed: int | None = Field(None, ge=-(1 << 63), le=(1 << 63) - 1)
    stop: Stop | Annotated[list[Stop], Field(max_length=4)] | None = None
    max_tokens: int | None = Field(None, ge=1, le=MOST_TOKENS)
    user: Word | None = None
    metadata: Annotated[dict[Word, Word], Field(max_length=16)] | None = None
    store: bool | None = None
    service_tier: Word | None = None
    safety_identifier: Word | None = None
    prompt_cache_key: Word | None = None

    @model_validator(mode="before")
    @classmethod
    def _refuse_by_name(cls, values: Any) -> Any:
        for name in sorted(set(values) & UNSUPPORTED.keys()) if isinstance(values, dict) else ():
            if values[name] not in UNSUPPORTED[name]:
                raise Refusal(400, f"{name} is not supported here.", code="unsupported_parameter", param=name)
        return (
            {name: value for name, value in values.items() if name not in UNSUPPORTED}
            if (isinstance(values, dict))
            else values
        )

    def sampling(self, max_tokens: int) -> SamplingConfig:
        """The rules of drawing. What is not said is as OpenAI has it: temperature and top p are 1."""
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        greedy = self.top_p == 0  # only the likeliest token is left
        return SamplingConfig(
            max_tokens=min(max_tokens, 100_000),
            temperature=1.0 if self.temperature is None else self.temperature,
            top_k=1 if greedy else self.top_k or 0,
            top_p=1.0 if self.top_p is None or greedy else max(self.top_p, 1e-9),
            min_p=self.min_p or 0.0,
            repetition_penalty=1.0 if self.repetition_penalty is None else self.repetition_penalty,
            stop=stop,
            seed=None if self.seed is None else self.seed & ((1 << 63) - 1),
        )


# name -> values that change nothing, and so are taken
UNSUPPORTED: dict[str, tuple[Any, ...]] = {
    "audio": (None,),
    "best_of": (None, 1),
    "chat_template": (),
    "chat_template_kwargs": (),
    "echo": (None, False),
    "function_call": (None, "none", "auto"),
    "functions": (None, []),
    "logit_bias": (None, {}),
    "modalities": (None, ["text"]),
    "parallel_tool_calls": (None, True, False),
    "prediction": (None,),
    "reasoning_effort": (None, "none"),
    "response_format": (None, {"type": "text"}),
    "suffix": (None, ""),
    "tool_choice": (None, "none", "auto"),
    "tools": (None, []),
    "web_search_options": (None,),
}


class CompletionAsked(Rules):
    """A text to go on from: one or several, as text or as token ids."""

    prompt: (
        Text
        | Annotated[list[Text], Field(min_length=1, max_length=MOST_PROMPTS)]
        | Ids
        | Annotated[list[Ids], Field(min_length=1, max_length=MOST_PROMPTS)]
    )
    logprobs: int | None = Field(None, ge=0, le=LIKELY_OF_TEXT)

    def prompts(self) -> list[str | tuple[int, ...]]:
        """One after the other."""
        if isinstance(self.prompt, str):
            return [self.prompt]
        found: list[str | tuple[int, ...]] = []
        ids: list[int] = []
        for one in self.prompt:
            if isinstance(one, int):
                ids.append(one)
            else:
                found.append(one if isinstance(one, str) else tuple(one))
        return [tuple(ids)] if ids else found


class Part(Asked):
    """A part of a message; only text is understood."""

    type: Literal["text"]
    text: Text


class Turn(Asked):
    """A message of a talk."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Text | Annotated[list[Part], Field(min_length=1, max_length=MOST_PARTS)]
    name: Word | None = None
    refusal: Word | None = None

    def message(self) -> Message:
        """As the engine reads it."""
        role: Role = "system" if self.role == "developer" else self.role
        content = self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)
        return Message(role, content)


class ChatAsked(Rules):
    """A talk whose last turn is to be answered."""

    messages: list[Turn] = Field(min_length=1, max_length=MOST_MESSAGES)
    max_completion_tokens: int | None = Field(None, ge=1, le=MOST_TOKENS)
    logprobs: bool | None = None
    top_logprobs: int | None = Field(None, ge=0, le=LIKELY_OF_CHAT)

    def talk(self) -> tuple[Message, ...]:
        """The turns; system messages at the beginning become one. Raises `Refusal` where nobody asks at the end."""
        turns = [turn.message() for turn in self.messages]
        ahead = next((at for at, turn in enumerate(turns) if turn.role != "system"), len(turns))
        rest = turns[ahead:]
        if any(turn.role == "system" for turn in rest):
            raise Refusal(400, "A system message stands behind others. Put it first.", param="messages")
        if not rest or rest[-1].role != "user":
            raise Refusal(400, "The last message has to be one of the user.", param="messages")
        system = [Message("system", "\n\n".join(turn.content for turn in turns[:ahead]))] if ahead else []
        return (*system, *rest)


class EmbeddingsAsked(Asked):
    """Texts whose vectors are wanted."""

    model: Word | None = None
    input: Text | Texts
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = Field(None, ge=1, le=65_536)
    user: Word | None = None


class ClassifyAsked(Asked):
    """Texts to be judged."""

    model: Word | None = None
    input: Text | Texts
    user: Word | None = None
