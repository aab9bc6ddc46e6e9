"""All that the server knows of the engine: what a loaded model can do, and how it is asked.

The engine has one thread of its own. `submit`, `classify`, `embed` and `Ticket.cancel` may be called from any thread
and return at once; a sink is called from the engine's thread and returns at once too.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal, Protocol

from llmstudio.config.sampling import SamplingConfig
from llmstudio.data.messages import Message

Ability = Literal["complete", "chat", "embed", "classify"]
Reason = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True)
class Facts:
    """What is known of the loaded model from the start; it does not change.

    `id` is the kept model's name on disk and `title` the person's name for it; `created` is in seconds since 1970,
    `context` in tokens. `slots` is how many answers are written together: no more are submitted at a time. `labels`
    are those of a model that classifies; `width` is the length of its embeddings.
    """

    id: str
    title: str
    created: int
    context: int
    can: frozenset[Ability]
    slots: int = 1
    labels: tuple[str, ...] = ()
    width: int = 0
    parameters: int = 0
    device: str = ""
    precision: str = ""


@dataclass(frozen=True)
class Wanted:
    """One text to be written.

    Exactly one of `text`, `ids` and `messages` is not None: what the model goes on from, or a talk whose last turn it
    answers by its own template. `rules.max_tokens` is bounded by the room that is left in the context, and a text of
    more than the context is refused; the oldest turns of a talk give way first. `presence_penalty` is taken off the
    logit of every token that was written already, `frequency_penalty` once for each time (both -2 to 2, over what is
    written, not over the prompt). With `logprobs` set each token comes with so many alternatives, 0 or more.
    """

    rules: SamplingConfig
    text: str | None = None
    ids: tuple[int, ...] | None = None
    messages: tuple[Message, ...] | None = None
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    logprobs: int | None = None


@dataclass(frozen=True)
class Likely:
    """A token and the natural logarithm of its probability, as the model had it before any rule of drawing."""

    id: int
    data: bytes
    logprob: float


@dataclass(frozen=True)
class Drawn:
    """A token that was taken. Its logprob and `top` (likeliest first) are there if they were asked for."""

    id: int
    data: bytes
    logprob: float | None = None
    top: tuple[Likely, ...] = ()


@dataclass(frozen=True)
class Begun:
    """The first piece of every answer that is not refused: the prompt was read. `cached` of its tokens were known."""

    prompt_tokens: int
    cached: int = 0


@dataclass(frozen=True)
class More:
    """Tokens that were drawn since the piece before, and the text that is settled by now.

    The texts together are the answer: whole characters, never a part of a stop string, nothing from a stop string on.
    Text that is held back comes with a later piece, and so text and tokens of one piece need not match.
    """

    text: str
    tokens: tuple[Drawn, ...]


@dataclass(frozen=True)
class Done:
    """The last piece: why it ended, and how much was written (the token that ends a text is counted)."""

    reason: Reason
    completion_tokens: int


@dataclass(frozen=True)
class Failed:
    """The last piece where nothing (more) can be written: a `UserError` tells what the asker can mend; any other
    exception is the engine's own fault and ends no other answer."""

    error: Exception


Piece = Begun | More | Done | Failed
Sink = Callable[[Piece], None]


@dataclass(frozen=True)
class Verdict:
    """What a classifier says of one text. `labels` are those that hold: one, or any number where several may; a model
    that estimates a number says it as `value` instead. `tokens` is what was read."""

    labels: tuple[str, ...]
    probabilities: Mapping[str, float] = field(default_factory=dict)
    value: float | None = None
    tokens: int = 0


@dataclass(frozen=True)
class Embedding:
    """The vector of one text, of length 1, and how many tokens were read."""

    vector: tuple[float, ...]
    tokens: int


class Ticket(Protocol):
    """An answer that is on its way."""

    def cancel(self) -> None:
        """Ask for its end, from any thread; also when it has ended. The last piece (`Done` "cancelled", or what it
        was just about to be) comes within 500 ms, while a prompt is read as well."""


class Completer(Protocol):
    """A loaded model that answers several at once."""

    @property
    def facts(self) -> Facts:
        """What is known of the model."""

    def submit(self, wanted: Wanted, sink: Sink) -> Ticket:
        """Begin an answer. The sink gets `Begun`, any number of `More`, then `Done`; or `Failed` at any point.

        Exactly one `Done` or `Failed` comes, and nothing after it: also when the answer is cancelled, when nobody has
        time to begin it, and when the engine is closed. Raises nothing for what is wanted: that is `Failed`. A sink
        that raises ends its own answer only.
        """

    def classify(self, texts: Sequence[str]) -> "Future[list[Verdict]]":
        """Judge texts; `UserError` in the future for a model or a text that does not allow it."""

    def embed(self, texts: Sequence[str]) -> "Future[list[Embedding]]":
        """The vectors of texts; `UserError` in the future for a text that is longer than the context."""
