"""`llmstudio models`: list what was trained, show one model with its lineage, bring one in, carry one out."""

from pathlib import Path
from typing import Any

import click

from llmstudio.base.errors import UserError
from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.console import table
from llmstudio.cli.downloading import download
from llmstudio.cli.exporting import export
from llmstudio.cli.quantizing import quantize_check
from llmstudio.cli.work import Desk
from llmstudio.config.importing import ImportModelConfig
from llmstudio.data import chat_trust
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


@models.command()
@click.argument("name")
@click.option("--accept/--turn-off", default=None, help="Use it, or go back to the built-in one.")
@click.pass_obj
def template(desk: Desk, name: str, accept: bool | None) -> None:
    """Show the chat template that came with a model, or say whether it may be used."""
    kept = catalog.find(desk.workspace, "model", name)
    chat = chat_trust.of_manifest(kept.manifest)
    if chat is None or not chat_trust.is_foreign(chat):
        raise UserError(f"{kept.title} brought no chat template along.", "There is nothing to accept.", field="name")
    if accept is not None:
        kept = catalog.amend(kept, lambda manifest: chat_trust.decided(manifest, use=accept))
        chat = chat_trust.of_manifest(kept.manifest) or chat
    shown = {"in_use": chat_trust.name(chat), "own_is_off": chat_trust.is_off(chat), "source": str(chat.get("source"))}
    own = "accepted" if chat_trust.is_accepted(chat) else f"off, {shown['in_use']} is used"
    text = f"{shown['source']}\n\n" if accept is None else ""
    desk.console.result({"id": kept.id, **shown}, f"{text}The chat template of {kept.title}: {own}.")


models.add_command(export)
models.add_command(download)
models.add_command(quantize_check)


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
