"""The job that trains a model from scratch, or goes on where an earlier attempt stopped."""

import torch

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.base.world import around
from llmstudio.config.train import PretrainConfig
from llmstudio.engine import device
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.store import catalog
from llmstudio.tasks import counting, together
from llmstudio.tasks.attempt import SCALE
from llmstudio.tasks.preparation import out_of_memory, prepare, settle
from llmstudio.tasks.training import Training


def run(job: Job, context: Context) -> None:
    """Train, or go on training where the last attempt stopped; the model is kept at the end."""
    config = PretrainConfig(**job.config)
    if context.resume is None:
        catalog.check_name(context.workspace, "model", config.name)
    config = overridden(config, context)
    if (world := around()) is not None:
        return together.lead(config, context, world)
    prepared = prepare(config, context)
    config = settle(config, prepared, context)
    if context.resume is None:
        counting.tell(prepared, context)
    session = Training(config, prepared, context)
    try:
        session.run()
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if not memory_ran_out(error):
            raise
        used = device.memory_used(session.place.device)
        raise out_of_memory(config, f"It ran out at {units.size(used)}.") from error


def overridden(config: PretrainConfig, context: Context) -> PretrainConfig:
    """The settings with what a resumption changes; that is written down, so that it holds from now on."""
    changes = {
        name: value for name, value in (context.resume.overrides if context.resume else {}).items() if name != SCALE
    }
    if not changes:
        return config
    context.resolve(**changes)
    try:
        return PretrainConfig(**{**config.model_dump(), **changes})
    except ValueError as error:
        raise UserError("The changed settings do not fit together.", str(error)) from error


def memory_ran_out(error: BaseException) -> bool:
    """Whether an error says that memory ran out."""
    words = str(error).lower()
    signs = ("not enough memory", "can't allocate memory", "out of memory", "bad_alloc")
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(sign in words for sign in signs)
