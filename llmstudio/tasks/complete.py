"""The session of the Playground: a model is loaded once, then writes, chats and sorts whenever its owner asks."""

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config.complete import CompleteConfig
from llmstudio.config.option import faults_of
from llmstudio.config.sampling import SamplingConfig
from llmstudio.data.chat import BUILT_IN
from llmstudio.engine.device import Place
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.tasks import sorting, writers
from llmstudio.tasks.chatting import Chatter, messages_of, template_note, text_ids
from llmstudio.tasks.loading import Loaded
from llmstudio.tasks.replying import Inbox, Message, Writer


def run(job: Job, context: Context) -> None:
    """Load the model, then answer until the owner is gone or asks for the end."""
    config = CompleteConfig(**job.config)
    ready = writers.load(context, config.model, config.precision, config.device, config.threads)
    loaded, place = ready.loaded, ready.place
    context.note(f"{loaded.kept.title}, {units.count(loaded.parameters)} parameters, on {place.device}.")
    if note := template_note(loaded.kept):
        context.note(note, "warning")
    context.emit(
        {
            "op": "ready",
            "model": loaded.kept.id,
            "parameters": loaded.parameters,
            "block_size": loaded.model.config.block_size,
            "labels": loaded.task.get("labels") if loaded.head is not None else None,
            **ready.facts(),
        }
    )
    Session(loaded, context, place).serve()


class Session:
    """Answers one request after the other."""

    def __init__(self, loaded: Loaded, context: Context, place: Place) -> None:
        self.loaded, self.context, self._place = loaded, context, place
        self._inbox = Inbox(context)
        self._writer = Writer(loaded, context, self._inbox)
        self._chatter = Chatter(loaded)

    def serve(self) -> None:
        """Take messages until no more come. A request that cannot be met is answered with an error."""
        deeds: dict[str, Callable[[Message], None]] = {
            "generate": self._generate,
            "chat": self._chat,
            "measure": self._measure,
            "classify": self._classify,
        }
        for message in self._inbox.messages():
            deed = deeds.get(str(message.get("op")))
            if deed is None:
                continue
            try:
                deed(message)
            except UserError as error:
                told = {"op": "error", "id": message.get("id"), "message": error.message, "hint": error.hint}
                self.context.emit(told)

    def _generate(self, message: Message) -> None:
        name, tokenizer = message.get("id"), self.loaded.tokenizer
        rules = rules_of(message.get("sampling"))
        prompt = self._prompt(message)
        self._writer.show_prompt(name, prompt)
        reply, reason = self._writer.write(name, prompt, rules)
        rate = reply.rate()
        self.context.emit({"op": "done", "id": name, "reason": reason, "tokens_per_second": rate})
        self.context.message("user", tokenizer.decode(one for one in prompt if one != tokenizer.end_id))
        self.context.message("model", reply.whole, tokens=reply.tokens, tokens_per_second=rate)

    def _chat(self, message: Message) -> None:
        """Answer the last turn of a conversation; `answer_ids` is how the answer begins."""
        name, talk = message.get("id"), messages_of(message.get("messages"))
        rules = rules_of(message.get("sampling"))
        begun = known_ids(self.loaded, message.get("answer_ids") or [])
        asked = self._chatter.ask(talk, answer=rules.max_tokens + len(begun), template=_named(message))
        prompt, room = [*asked.ids, *begun], asked.room - len(begun)
        self._writer.show_prompt(name, prompt, context={**asked.context, "used": len(prompt)})
        if room < 1 or (begun and begun[-1] in asked.ends):
            reason = "stop" if room >= 1 else "context"
            self.context.emit({"op": "done", "id": name, "reason": reason, "tokens_per_second": 0.0})
            return
        bounds = {"max_tokens": min(rules.max_tokens, room), "stop": (*rules.stop, *asked.stops)}
        reply, reason = self._writer.write(name, prompt, rules.model_copy(update=bounds), asked.ends)
        if reason == "length" and room <= rules.max_tokens:
            reason = "context"
        rate, first = reply.rate(), round(max(reply.first - reply.began, 0.0), 3)
        told = {"op": "done", "id": name, "reason": reason, "tokens_per_second": rate, "first_seconds": first}
        self.context.emit(told)
        self.context.message("user", talk[-1].content)
        self.context.message("model", reply.whole, tokens=reply.tokens, tokens_per_second=rate)

    def _measure(self, message: Message) -> None:
        """Say how much of the context a conversation would take."""
        talk = messages_of(message.get("messages"), asking=False)
        asked = self._chatter.measure(talk, answer=1, template=_named(message))
        self.context.emit({"op": "measured", "id": message.get("id"), "context": asked.context})

    def _classify(self, message: Message) -> None:
        """Sort a text by the model's own head, or by how likely given labels come next after a prompt or a talk."""
        name, check = message.get("id"), self.context.check
        if message.get("labels") is None:
            text = message.get("text")
            if not isinstance(text, str) or not text.strip():
                raise UserError("There is no text to sort.", "Write or paste one.")
            said = sorting.by_head(self.loaded, text, self._place, check)
        else:
            labels = sorting.labels_of(message["labels"])
            talk = message.get("messages")
            prompt = self._prompt(message) if talk is None else self._asked(talk)
            said = sorting.by_words(
                self.loaded, prompt, labels, check, spaced=talk is None or self._chatter.own is None
            )
            self._writer.show_prompt(name, prompt)
        self.context.emit({"op": "classified", "id": name, **said})

    def _asked(self, talk: Any) -> list[int]:
        return self._chatter.ask(messages_of(talk), answer=1).ids

    def _prompt(self, message: Message) -> list[int]:
        given = message.get("prompt_ids")
        if given is None:
            text = message.get("prompt", "")
            if not isinstance(text, str):
                raise UserError("The prompt is not text.", "Send a string.")
            return text_ids(self.loaded.tokenizer, text)
        return known_ids(self.loaded, given) or [self.loaded.tokenizer.end_id]


def _named(message: Message) -> str:
    """The template a message names, or "" for the model's own."""
    name = message.get("template") or ""
    if not isinstance(name, str) or (name and name not in BUILT_IN):
        raise UserError("There is no such chat template.", f"Name one of {', '.join(BUILT_IN)}, or none.")
    return name


def known_ids(loaded: Loaded, given: Any) -> list[int]:
    """Ids that somebody sent; UserError where they are none of this model's."""
    most = loaded.tokenizer.vocab_size
    if not isinstance(given, list) or not all(type(one) is int and 0 <= one < most for one in given):
        raise UserError("The prompt holds ids that this model does not know.", "Send the prompt as text.")
    return given


def rules_of(values: Any) -> SamplingConfig:
    """Sampling rules that somebody sent; UserError where they are none."""
    try:
        return SamplingConfig(**(values or {}))
    except ValidationError as error:
        first = next(iter(faults_of(SamplingConfig, error).values()))
        raise UserError(first.message, "Change the value.") from error
    except TypeError as error:
        raise UserError("The sampling rules cannot be read.", "Send an object.") from error
