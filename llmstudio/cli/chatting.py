"""`llmstudio chat` talks with a model in the terminal; with --prompt it answers once."""

from typing import Any

import click

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.talk import Talk
from llmstudio.cli.work import Desk
from llmstudio.config.chat import ChatConfig
from llmstudio.store import catalog


@click.command()
@click.argument("model")
@options_of(ChatConfig, skip=["model"])
@click.pass_obj
def chat(desk: Desk, /, model: str, **values: Any) -> None:
    """Talk with a model. Without --prompt it is interactive: /help tells what can be done."""
    config = make(ChatConfig, {**values, "model": model})
    title = catalog.find(desk.workspace, "model", model).title  # before torch is loaded
    if values.get("prompt") is None:
        if desk.console.as_json:
            raise UserError("With --json there is nobody to talk to.", "Ask with --prompt.", field="prompt")
        Talk(desk, config, title).hold()
        return
    if not config.prompt.strip():
        raise UserError("The prompt is empty.", "Write a question after --prompt.", field="prompt")
    result = desk.run_aside("chat", config, title="Chat")
    speed = units.rate(result["tokens_per_second"], "tokens")
    desk.console.result(result, result["text"])
    desk.console.say(f"{units.plural(result['tokens'], 'token')}, {speed}")
