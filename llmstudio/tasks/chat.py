"""The job behind `llmstudio chat --prompt`: one answer to one question."""

import time

from llmstudio.config.chat import ChatConfig
from llmstudio.data.messages import Message
from llmstudio.engine import generate
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.tasks import writers
from llmstudio.tasks.chatting import Chatter, template_note


def run(job: Job, context: Context) -> None:
    """Answer until the model ends its turn, a stop string or the length."""
    config = ChatConfig(**job.config)
    ready = writers.load(context, config.model, config.precision, config.device, config.threads)
    loaded = ready.loaded
    tokenizer, chatter = loaded.tokenizer, Chatter(loaded)
    if config.template == "auto" and chatter.own is None:
        context.note(f"{loaded.kept.title} was not taught to chat: it goes on from a script of questions and answers.")
    note = template_note(loaded.kept) if config.template == "auto" else ""
    if note:
        context.note(note, "warning")
    said = [Message("system", config.system)] if config.system.strip() else []
    template = "" if config.template == "auto" else config.template
    asked = chatter.ask([*said, Message("user", config.prompt)], answer=config.max_tokens, template=template)
    bounds = {"max_tokens": min(config.max_tokens, asked.room), "stop": (*config.stop, *asked.stops)}
    parts: list[str] = []
    count, started = 0, time.monotonic()
    for token in generate.stream(
        loaded.language,
        asked.ids,
        config.model_copy(update=bounds),
        tokenizer.token_bytes,
        end_id=tokenizer.end_id,
        ends=asked.ends,
        check=context.check,
    ):
        count += 1
        parts.append(token.text)
        context.emit({"op": "text", "text": token.text})
    seconds = max(1e-9, time.monotonic() - started)
    rate = round(count / seconds, 1)
    context.result(text="".join(parts).strip(), tokens=count, tokens_per_second=rate, **ready.facts())
