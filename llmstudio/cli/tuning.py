"""`llmstudio finetune` makes a model better at one task; `llmstudio classify` asks what it says of a text."""

from typing import Any

import click

from llmstudio.base.errors import UserError
from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.work import Desk
from llmstudio.config.classify import ClassifyConfig
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.store import catalog


@click.command()
@click.argument("model")
@options_of(FinetuneConfig, skip=["model"])
@click.pass_obj
def finetune(desk: Desk, /, model: str, **values: Any) -> None:
    """Train a model further on labelled rows, conversations or text."""
    for needed in ("dataset", "name"):
        if not values.get(needed):
            raise UserError(f"The {needed} is missing.", f"Add --{needed} NAME.", field=needed)
    config = make(FinetuneConfig, {**values, "model": model})
    for kind in ("model", "dataset"):  # before torch is loaded and a run is written
        catalog.find(desk.workspace, kind, getattr(config, kind))
    catalog.check_name(desk.workspace, "model", config.name)
    state = desk.run("finetune", config, title=config.name, inputs=(config.model, config.dataset))
    desk.console.result(state.result)


@click.command()
@click.argument("model")
@click.option("--text", "texts", multiple=True, help="What is judged; may be said several times.")
@options_of(ClassifyConfig, skip=["model", "texts"])
@click.pass_obj
def classify(desk: Desk, /, model: str, **values: Any) -> None:
    """Let a fine-tuned model tell the label of a text."""
    if not values.get("texts"):
        raise UserError("There is no text to judge.", "Add --text TEXT.", field="texts")
    catalog.find(desk.workspace, "model", model)
    result = desk.run_aside("classify", make(ClassifyConfig, {**values, "model": model}), title="Classify")
    desk.console.result(result, "\n".join(_words(one) for one in result["results"]))


def _words(said: dict[str, Any]) -> str:
    """One line for a person: what was told, and how sure."""
    if "value" in said:
        return f"{said['value']:.4g}"
    shares = ", ".join(f"{label} {share:.1%}" for label, share in list(said["probabilities"].items())[:5])
    return f"{said['label'] or 'no label'} ({shares})"
