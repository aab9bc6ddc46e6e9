"""`llmstudio pretrain` makes a model; `llmstudio generate` lets one write."""

from typing import Any

import click

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.cli import proposing
from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.work import Desk
from llmstudio.config.generate import GenerateConfig
from llmstudio.config.train import PretrainConfig
from llmstudio.store import catalog


@click.command()
@options_of(PretrainConfig)
@click.pass_obj
def pretrain(desk: Desk, /, **values: Any) -> None:
    """Train a model from scratch on a dataset."""
    for needed in ("dataset", "name"):
        if not values.get(needed):
            raise UserError(f"The {needed} is missing.", f"Add --{needed} NAME.", field=needed)
    config = make(PretrainConfig, values)
    dataset = catalog.find(desk.workspace, "dataset", config.dataset)  # before torch is loaded and a run is written
    if config.minutes is not None and not values.get("tokenizer"):
        config = config.model_copy(update={"tokenizer": proposing.tokenizer_for(desk.workspace, dataset)})
    catalog.check_name(desk.workspace, "model", config.name)
    state = desk.run("pretrain", config, title=config.name, inputs=(config.dataset,))
    desk.console.result(state.result)


@click.command()
@click.argument("model")
@options_of(GenerateConfig, skip=["model"])
@click.pass_obj
def generate(desk: Desk, /, model: str, **values: Any) -> None:
    """Let a model go on from a prompt."""
    config = make(GenerateConfig, {**values, "model": model})
    catalog.find(desk.workspace, "model", model)
    result = desk.run_aside("generate", config, title="Generate")
    speed = units.rate(result["tokens_per_second"], "tokens")
    desk.console.result(result, result["text"])
    desk.console.say(f"{units.plural(result['tokens'], 'token')}, {speed}")
