"""The job that turns a dataset into token files for one tokenizer, so that a training can start at once."""

import os

from llmstudio.base import units
from llmstudio.config.tokenizer import EncodeConfig
from llmstudio.data.encode import encode_dataset
from llmstudio.data.pieces import usage
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.store import catalog
from llmstudio.tasks.train_tokenizer import tokenizer_for


def run(job: Job, context: Context) -> None:
    """Encode all splits, or find that it was done before, and report the figures of the whole dataset."""
    config = EncodeConfig(**job.config)
    dataset = catalog.find(context.workspace, "dataset", config.dataset)
    tokenizer = tokenizer_for(context.workspace, config.tokenizer, dataset, context.check)
    context.resolve(threads=config.threads or cores())
    context.stage("Cutting the text", 1.0)
    encoded = encode_dataset(
        dataset.path,
        tokenizer,
        check=context.check,
        progress=lambda done, total: context.progress(done, total, "characters"),
        threads=config.threads or cores(),
    )
    context.artifact("tokens", encoded.folder)
    parts = {"train": encoded.train, "val": encoded.val, "test": encoded.test}
    tokens = sum(part.tokens for part in parts.values())
    size = sum(part.bytes for part in parts.values())
    share = usage(tokenizer, encoded.counts).vocabulary_share
    context.note(f"{units.count(tokens)} tokens; {units.percent(share)} of the vocabulary occur.")
    context.result(
        dataset=dataset.id,
        tokenizer=tokenizer.name,
        tokens={name: part.tokens for name, part in parts.items()},
        bytes_per_token=size / tokens if tokens else 0.0,
        vocabulary_share=share,
    )


def cores() -> int:
    """Processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
