"""Writes for the owner of a session: tokens go out as they come, a few at a time, until the end or a stop."""

import time
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine import generate
from llmstudio.engine.generate import Reader
from llmstudio.jobs.context import Context
from llmstudio.tasks.loading import Loaded

COALESCE_SECONDS = 0.016

Message = dict[str, Any]


class Inbox:
    """The owner's messages in their order; what comes while something is written waits, but for "stop"."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._later: deque[Message] = deque()

    def messages(self) -> Iterator[Message]:
        """What waited, then what comes, until the owner is gone."""
        while self._later:
            yield self._later.popleft()
        for message in self._context.messages():
            yield message
            while self._later:
                yield self._later.popleft()

    def stopped(self) -> bool:
        """Whether the owner asked to stop meanwhile; other messages wait."""
        stop = False
        for message in self._context.messages(block=False):
            if message.get("op") == "stop":
                stop = True
            else:
                self._later.append(message)
        return stop


@dataclass
class Reply:
    """What was written for one request so far."""

    id: Any
    tokens: int = 0
    text: list[str] = field(default_factory=list)
    waiting: list[Message] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    sent: float = 0.0
    first: float = 0.0  # when the first token was there

    @property
    def whole(self) -> str:
        """All that was written."""
        return "".join(self.text)

    def rate(self) -> float:
        """Tokens per second, the reading of the prompt among them."""
        return round(self.tokens / max(1e-9, time.monotonic() - self.began), 1)


class Writer:
    """Writes with one loaded model, and remembers what it read: the next request may begin alike."""

    def __init__(self, loaded: Loaded, context: Context, inbox: Inbox) -> None:
        self.loaded, self._context, self._inbox = loaded, context, inbox
        self._reader = Reader(loaded.language)

    def write(
        self, name: Any, prompt: list[int], rules: SamplingConfig, ends: Collection[int] = ()
    ) -> tuple[Reply, str]:
        """Go on from `prompt`; the reply, and why it ended: "stop", "length" or "stopped"."""
        tokenizer = self.loaded.tokenizer
        reply, reason = Reply(name), "length"
        tokens = generate.stream(
            self.loaded.language,
            prompt,
            rules,
            tokenizer.token_bytes,
            end_id=tokenizer.end_id,
            ends=ends,
            reader=self._reader,
            check=self._context.check,
        )
        for token in tokens:
            self._add(reply, token)
            reason = token.end
            if not reason and self._inbox.stopped():
                reason = "stopped"
                break
        self._send(reply)
        return reply, reason

    def show_prompt(self, name: Any, prompt: list[int], **facts: Any) -> None:
        """Tell the owner how the prompt was cut."""
        end = self.loaded.tokenizer.end_id
        pieces = ["" if token == end else self.text(token) for token in prompt]
        self._context.emit({"op": "prompt", "id": name, "ids": prompt, "pieces": pieces, **facts})

    def text(self, token: int) -> str:
        """One token as text."""
        return self.loaded.tokenizer.token_bytes(token).decode("utf-8", "replace")

    def _add(self, reply: Reply, token: generate.Token) -> None:
        reply.first = reply.first or time.monotonic()
        reply.tokens += 1
        reply.text.append(token.text)
        top = [[one.id, self.text(one.id), one.p_raw, one.p] for one in token.top]
        reply.waiting.append({"id": token.id, "text": token.text, "p": token.p, "p_raw": token.p_raw, "top": top})
        if time.monotonic() - reply.sent >= COALESCE_SECONDS:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        if reply.waiting:
            self._context.emit({"op": "tokens", "id": reply.id, "tokens": reply.waiting})
            reply.waiting, reply.sent = [], time.monotonic()
