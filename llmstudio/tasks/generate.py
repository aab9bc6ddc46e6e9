"""The job behind `llmstudio generate`: one text from one prompt."""

import time

from llmstudio.config.generate import GenerateConfig
from llmstudio.engine import generate
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.tasks import writers
from llmstudio.tasks.chatting import text_ids


def run(job: Job, context: Context) -> None:
    """Write until the end, a stop string or the length; each piece is emitted as it comes."""
    config = GenerateConfig(**job.config)
    ready = writers.load(context, config.model, config.precision)
    tokenizer = ready.loaded.tokenizer
    prompt = text_ids(tokenizer, config.prompt)
    parts: list[str] = []
    count, started = 0, time.monotonic()
    for token in generate.stream(
        ready.loaded.language, prompt, config, tokenizer.token_bytes, end_id=tokenizer.end_id, check=context.check
    ):
        count += 1
        parts.append(token.text)
        context.emit({"op": "text", "text": token.text})
    seconds = max(1e-9, time.monotonic() - started)
    context.result(text="".join(parts), tokens=count, tokens_per_second=round(count / seconds, 1), **ready.facts())
