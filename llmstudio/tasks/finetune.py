"""The job that goes on training a kept model on labelled rows, conversations or text, or resumes doing so."""

import torch

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.engine import device
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.store import catalog
from llmstudio.tasks import tuning_data, tuning_setup
from llmstudio.tasks.attempt import SCALE
from llmstudio.tasks.pretrain import memory_ran_out
from llmstudio.tasks.tuning import Tuning


def run(job: Job, context: Context) -> None:
    """Fine-tune, or go on where the last attempt stopped; the model is kept at the end."""
    config = overridden(FinetuneConfig(**job.config), context)
    if context.resume is None:
        catalog.check_name(context.workspace, "model", config.name)
    context.stage("Reading the rows", 0.03)
    base = tuning_data.base_named(context, config.model)
    material = tuning_data.gather(config, base, context)
    context.stage("Loading the model", 0.02)
    config = tuning_setup.settle(config, base, material, context)
    try:
        tuner = tuning_setup.build(config, base, material, context)
        Tuning(config, base, material, tuner, context).run()
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if not memory_ran_out(error):
            raise
        used = device.memory_used(config.device)
        raise tuning_setup.out_of_memory(config, f"It ran out at {units.size(used)}.") from error


def overridden(config: FinetuneConfig, context: Context) -> FinetuneConfig:
    """The settings with what a resumption changes; that is written down, so that it holds from now on."""
    wanted = context.resume.overrides if context.resume else {}
    changes = {name: value for name, value in wanted.items() if name != SCALE}
    if not changes:
        return config
    context.resolve(**changes)
    try:
        return FinetuneConfig(**{**config.model_dump(), **changes})
    except ValueError as error:
        raise UserError("The changed settings do not fit together.", str(error)) from error
