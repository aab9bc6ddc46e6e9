"""`llmstudio models`: list what was trained and show one model with its lineage."""

from typing import Any

import click

from llmstudio.cli.console import table
from llmstudio.cli.work import Desk
from llmstudio.store import catalog

_COLUMNS = ("id", "title", "preset", "parameters", "val_loss")


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
