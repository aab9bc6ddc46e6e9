"""`llmstudio models export`: carry a model out to other programs."""

from pathlib import Path
from typing import Any

import click

from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.work import Desk
from llmstudio.config.export import ExportConfig


@click.command("export")
@click.argument("model")
@options_of(ExportConfig, skip=["model"])
@click.pass_obj
def export(desk: Desk, /, model: str, **values: Any) -> None:
    """Carry a model out: a Hugging Face folder (--format hf) or a GGUF file (--format gguf)."""
    to = values.get("to")
    if to:
        slash = to[-1] if to.endswith(("/", "\\")) else ""  # says that a folder is meant
        values["to"] = str(Path(to).expanduser().absolute()) + slash
    config = make(ExportConfig, {**values, "model": model})
    state = desk.run("export_model", config, title=f"Export of {model}", inputs=(model,))
    desk.console.result(state.result)
