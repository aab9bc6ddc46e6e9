"""`llmstudio data`: import text, list datasets, show one."""

from pathlib import Path
from typing import Any

import click

from llmstudio.base.errors import UserError
from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.console import table
from llmstudio.cli.work import Desk
from llmstudio.config.dataset import ImportConfig
from llmstudio.store import catalog

_SHOWN = ("id", "title", "documents", "characters", "bytes")


@click.group()
def data() -> None:
    """Import text and look at what was imported."""


@data.command("import")
@click.argument("paths", nargs=-1, metavar="PATH...")
@options_of(ImportConfig, skip=["paths"])
@click.pass_obj
def import_(desk: Desk, /, paths: tuple[str, ...], **values: Any) -> None:
    """Import files, folders, patterns or archives as one dataset."""
    if not paths and not values.get("text"):
        raise UserError("Nothing to import was named.", "Name files, folders or a pattern.", field="paths")
    if not values.get("name"):
        raise UserError("The dataset needs a name.", "Add --name NAME.", field="name")
    whole = tuple(str(Path(path).expanduser()) for path in paths)
    config = make(ImportConfig, {**values, "paths": whole})
    state = desk.run("import_dataset", config, title=config.name)
    desk.console.result(state.result)


@data.command("list")
@click.pass_obj
def list_(desk: Desk) -> None:
    """The datasets of the workspace."""
    rows = [_row(kept) for kept in catalog.list_kept(desk.workspace, "dataset")]
    desk.console.result({"datasets": rows}, table(rows, _SHOWN) if rows else "No text yet.")


@data.command()
@click.argument("name")
@click.pass_obj
def show(desk: Desk, name: str) -> None:
    """Everything recorded of one dataset."""
    kept = catalog.find(desk.workspace, "dataset", name)
    desk.console.result({"id": kept.id, "title": kept.title, **kept.manifest})


def _row(kept: catalog.Kept) -> dict[str, Any]:
    facts = {name: kept.manifest.get(name) for name in _SHOWN[2:]}
    return {"id": kept.id, "title": kept.title, **facts}
