"""The session that continues text: a model is loaded once, then writes whenever its owner sends a prompt."""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config.complete import CompleteConfig
from llmstudio.config.option import faults_of
from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine import device, generate
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.tasks.loading import Loaded, load_model

COALESCE_SECONDS = 0.016

Message = dict[str, Any]


def run(job: Job, context: Context) -> None:
    """Load the model, then answer until the owner is gone or asks for the end."""
    config = CompleteConfig(**job.config)
    place = device.choose(config.device, config.precision, config.threads)
    place.settle()
    context.stage("Loading the model")
    loaded = load_model(context.workspace, config.model, place)
    context.note(f"{loaded.kept.title}, {units.count(loaded.parameters)} parameters, on {place.device}.")
    context.emit(
        {
            "op": "ready",
            "model": loaded.kept.id,
            "parameters": loaded.parameters,
            "block_size": loaded.model.config.block_size,
            "device": place.device,
            "precision": place.precision,
        }
    )
    Session(loaded, context).serve()


@dataclass
class Reply:
    """What was written for one prompt so far."""

    id: Any
    began: float
    tokens: int = 0
    text: list[str] = field(default_factory=list)
    waiting: list[Message] = field(default_factory=list)
    sent: float = 0.0


class Session:
    """Answers one prompt after the other."""

    def __init__(self, loaded: Loaded, context: Context) -> None:
        self.loaded, self.context = loaded, context
        self._later: deque[Message] = deque()

    def serve(self) -> None:
        """Take messages until no more come."""
        for message in self._messages():
            if message.get("op") == "generate":
                self._answer(message)

    def _messages(self) -> Iterator[Message]:
        """What waited while a prompt was answered, then what comes."""
        while self._later:
            yield self._later.popleft()
        for message in self.context.messages():
            yield message
            while self._later:
                yield self._later.popleft()

    def _answer(self, message: Message) -> None:
        name = message.get("id")
        try:
            rules = _rules(message.get("sampling"))
            prompt = self._prompt(message)
        except UserError as error:
            self.context.emit({"op": "error", "id": name, "message": error.message, "hint": error.hint})
            return
        end = self.loaded.tokenizer.end_id
        pieces = ["" if token == end else self._text(token) for token in prompt]
        self.context.emit({"op": "prompt", "id": name, "ids": prompt, "pieces": pieces})
        self._write(Reply(name, time.monotonic()), prompt, rules)

    def _prompt(self, message: Message) -> list[int]:
        given = message.get("prompt_ids")
        if given is None:
            text = message.get("prompt", "")
            if not isinstance(text, str):
                raise UserError("The prompt is not text.", "Send a string.")
            return self.loaded.tokenizer.encode(text) or [self.loaded.tokenizer.end_id]
        most = self.loaded.tokenizer.vocab_size
        if not isinstance(given, list) or not all(isinstance(one, int) and 0 <= one < most for one in given):
            raise UserError("The prompt holds ids that this model does not know.", "Send the prompt as text.")
        return given or [self.loaded.tokenizer.end_id]

    def _write(self, reply: Reply, prompt: list[int], rules: SamplingConfig) -> None:
        tokenizer, reason = self.loaded.tokenizer, "length"
        tokens = generate.stream(
            self.loaded.model,
            prompt,
            rules,
            tokenizer.token_bytes,
            end_id=tokenizer.end_id,
            check=self.context.check,
        )
        for token in tokens:
            self._add(reply, token)
            reason = token.end
            if not reason and self._stopped():
                reason = "stopped"
                break
        self._send(reply)
        seconds = max(1e-9, time.monotonic() - reply.began)
        rate = round(reply.tokens / seconds, 1)
        self.context.emit({"op": "done", "id": reply.id, "reason": reason, "tokens_per_second": rate})
        self.context.message("user", tokenizer.decode(one for one in prompt if one != tokenizer.end_id))
        self.context.message("model", "".join(reply.text), tokens=reply.tokens, tokens_per_second=rate)

    def _add(self, reply: Reply, token: generate.Token) -> None:
        reply.tokens += 1
        reply.text.append(token.text)
        top = [[one.id, self._text(one.id), one.p_raw, one.p] for one in token.top]
        reply.waiting.append({"id": token.id, "text": token.text, "p": token.p, "p_raw": token.p_raw, "top": top})
        if time.monotonic() - reply.sent >= COALESCE_SECONDS:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        if reply.waiting:
            self.context.emit({"op": "tokens", "id": reply.id, "tokens": reply.waiting})
            reply.waiting, reply.sent = [], time.monotonic()

    def _stopped(self) -> bool:
        """Whether the owner asked to stop meanwhile; other messages wait."""
        stop = False
        for message in self.context.messages(block=False):
            if message.get("op") == "stop":
                stop = True
            else:
                self._later.append(message)
        return stop

    def _text(self, token: int) -> str:
        return self.loaded.tokenizer.token_bytes(token).decode("utf-8", "replace")


def _rules(values: Any) -> SamplingConfig:
    try:
        return SamplingConfig(**(values or {}))
    except ValidationError as error:
        first = next(iter(faults_of(SamplingConfig, error).values()))
        raise UserError(first.message, "Change the value.") from error
    except TypeError as error:
        raise UserError("The sampling rules cannot be read.", "Send an object.") from error
