"""`llmstudio tokenizer`: train one on a dataset, cut a text with one, list them."""

import sys
from dataclasses import asdict
from typing import Any

import click

from llmstudio.base.errors import UserError
from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.console import table
from llmstudio.cli.work import Desk
from llmstudio.config.tokenizer import TokenizerConfig
from llmstudio.data import pieces
from llmstudio.data.tokenizers import load
from llmstudio.store import catalog


@click.group()
def tokenizer() -> None:
    """Cut text into tokens, and train new ways to do so."""


@tokenizer.command()
@click.argument("dataset")
@options_of(TokenizerConfig, skip=["dataset"])
@click.pass_obj
def train(desk: Desk, /, dataset: str, **values: Any) -> None:
    """Train a tokenizer on a dataset."""
    if not values.get("name"):
        raise UserError("The tokenizer needs a name.", "Add --name NAME.", field="name")
    config = make(TokenizerConfig, {**values, "dataset": dataset})
    state = desk.run("train_tokenizer", config, title=config.name, inputs=(dataset,))
    desk.console.result(state.result)


@tokenizer.command()
@click.argument("name")
@click.argument("text", default="-")
@click.pass_obj
def encode(desk: Desk, name: str, text: str) -> None:
    """Cut TEXT (or what comes on stdin) and show ids and pieces."""
    whole = _stdin() if text == "-" else text
    cut = load.load(desk.workspace.tokenizers, name)
    found = pieces.inspect(cut, whole)
    rows = [{key: asdict(piece)[key] for key in ("id", "text", "start", "end")} for piece in found]
    ids = [piece.id for piece in found]
    desk.console.result({"ids": ids, "pieces": rows}, " ".join(map(str, ids)))


@tokenizer.command("list")
@click.pass_obj
def list_(desk: Desk) -> None:
    """The tokenizers of the workspace; gpt2 and bytes are always there."""
    rows: list[dict[str, Any]] = [{"id": "gpt2", "title": "GPT-2", "kind": "gpt2", "vocab_size": 50257}]
    rows += [{"id": "bytes", "title": "Bytes", "kind": "byte", "vocab_size": 257}]
    for kept in catalog.list_kept(desk.workspace, "tokenizer"):
        kind, size = (kept.manifest.get(key) for key in ("tokenizer_kind", "vocab_size"))
        rows.append({"id": kept.id, "title": kept.title, "kind": kind, "vocab_size": size})
    desk.console.result({"tokenizers": rows}, table(rows, ("id", "title", "kind", "vocab_size")))


def _stdin() -> str:
    raw = sys.stdin.buffer.read()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(
            f"The text is not UTF-8 (byte {error.start}).", "Convert it first, or import it as a dataset."
        ) from error
