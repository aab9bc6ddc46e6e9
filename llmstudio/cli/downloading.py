"""`llmstudio models download`: bring a model's files from the hub, without importing it."""

from pathlib import Path
from typing import Any

import click

from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.work import Desk
from llmstudio.config.download import DownloadConfig


@click.command("download")
@click.argument("model", metavar="OWNER/NAME")
@options_of(DownloadConfig, skip=["model"])
@click.pass_obj
def download(desk: Desk, /, model: str, **values: Any) -> None:
    """Bring a model's files from the hub: pinned to one version, proven, gone on with after a break."""
    to = values.get("to")
    if to:
        values["to"] = str(Path(to).expanduser().absolute())
    config = make(DownloadConfig, {**values, "model": model})
    state = desk.run("download", config, title=f"Download {config.name.repo.partition('/')[2]}")
    desk.console.result(state.result)
