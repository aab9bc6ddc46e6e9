"""`llmstudio models`: list what was trained, show one model with its lineage, bring one in, carry one out."""

from pathlib import Path
from typing import Any

import click

from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.console import table
from llmstudio.cli.downloading import download
from llmstudio.cli.exporting import export
from llmstudio.cli.work import Desk
from llmstudio.config.importing import ImportModelConfig
from llmstudio.store import catalog

_COLUMNS = ("id", "title", "family", "parameters", "val_loss")


@click.group()
def models() -> None:
    """Look at the models of the workspace."""


@models.command("list")
@click.pass_obj
def list_(desk: Desk) -> None:
    """The models of the workspace."""
    rows = [_row(kept) for kept in catalog.list_kept(desk.workspace, "model")]
    desk.console.result({"models": rows}, table(rows, _COLUMNS) if rows else "No models yet.")


@models.command()
@click.argument("name")
@click.pass_obj
def show(desk: Desk, name: str) -> None:
    """Everything recorded of one model."""
    kept = catalog.find(desk.workspace, "model", name)
    desk.console.result({**kept.manifest, "id": kept.id, "path": str(kept.path)})


@models.command("import")
@click.argument("path", metavar="PATH-OR-HUB-ID")
@options_of(ImportModelConfig, skip=["path"])
@click.pass_obj
def import_(desk: Desk, /, path: str, **values: Any) -> None:
    """Import a model: a folder, a file, or owner/name of the hub."""
    local = Path(path).expanduser()
    config = make(ImportModelConfig, {**values, "path": str(local.absolute()) if path and local.exists() else path})
    state = desk.run("import_model", config, title=config.name or f"Import of {local.name or path}")
    desk.console.result(state.result)


models.add_command(export)
models.add_command(download)


def _row(kept: catalog.Kept) -> dict[str, Any]:
    facts = kept.manifest
    return {
        "id": kept.id,
        "title": kept.title,
        "preset": facts.get("preset"),
        "family": facts.get("family"),
        "parameters": facts.get("parameters"),
        "val_loss": facts.get("figures", {}).get("val_loss"),
        "path": str(kept.path),
    }
