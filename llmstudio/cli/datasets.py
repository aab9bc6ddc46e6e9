"""`llmstudio data`: import text, clean it, encode it, list datasets, show one."""

from pathlib import Path
from typing import Any

import click

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.console import table
from llmstudio.cli.work import Desk
from llmstudio.config.dataset import CLEANING, FindRepeatsConfig, ImportConfig, split_as_now
from llmstudio.config.tokenizer import EncodeConfig
from llmstudio.store import catalog

DOCUMENTS = "documents.parquet"
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


@data.command()
@click.argument("dataset")
@options_of(ImportConfig, skip=[name for name in ImportConfig.model_fields if name not in (*CLEANING, "name", "seed")])
@click.option("--look", is_flag=True, help="Show repeated documents with examples; change nothing.")
@click.pass_obj
def clean(desk: Desk, /, dataset: str, look: bool, **values: Any) -> None:
    """Clean a dataset into a new one, split as it was. The old one stays as it is.

    Documents that are left out are told of with examples. With --look nothing is made: what --near-duplicates
    (0.8 if it is not said) finds is shown, cluster by cluster.
    """
    kept = catalog.find(desk.workspace, "dataset", dataset)
    if look:
        similar = values.get("near_duplicates") or FindRepeatsConfig.model_fields["near_duplicates"].default
        wanted = make(FindRepeatsConfig, {"dataset": kept.id, "near_duplicates": similar})
        found = desk.run("find_repeats", wanted, title=f"Look through {kept.title}", inputs=(kept.id,)).result
        desk.console.result(found, _clusters(found))
        return
    how = {name: value for name, value in split_as_now(kept.manifest).items() if values.get(name) is None}
    name = values.get("name") or f"{kept.title}, cleaned"
    config = make(ImportConfig, {**values, **how, "name": name, "paths": (str(kept.path / DOCUMENTS),)})
    if all(getattr(config, step) in (False, 0, "off") for step in CLEANING):
        raise UserError("No cleaning step was named.", "Add one, for example --near-duplicates 0.8 or --whitespace.")
    state = desk.run("import_dataset", config, title=f"Clean {kept.title}", inputs=(kept.id,))
    desk.console.result(state.result)


def _clusters(found: dict[str, Any]) -> str:
    """What was found, in words: counts, then the largest clusters with the beginnings of two of their texts."""
    lines = [
        f"{units.plural(found['duplicates'], 'equal document')} and "
        f"{units.plural(found['near_duplicates'], 'near-duplicate')} (in {units.plural(found['clusters'], 'cluster')}) "
        f"of {units.plural(found['documents'], 'document')} would go."
    ]
    for one in found["examples"]:
        lines.append(f"\n{units.plural(one['documents'], 'document')}, {one['similarity']:.0%} alike:")
        lines += [
            f"  {word}  {' '.join(one[key].split())[:100]}" for word, key in (("stays", "stays"), ("goes ", "goes"))
        ]
    return "\n".join(lines)


@data.command()
@click.argument("dataset")
@options_of(EncodeConfig, skip=["dataset"])
@click.pass_obj
def encode(desk: Desk, /, dataset: str, **values: Any) -> None:
    """Turn a dataset into token files, so that a training can start at once; a second time nothing is left to do."""
    kept = catalog.find(desk.workspace, "dataset", dataset)
    config = make(EncodeConfig, {**values, "dataset": kept.id})
    state = desk.run("encode_dataset", config, title=f"Encode {kept.title}", inputs=(kept.id,))
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
