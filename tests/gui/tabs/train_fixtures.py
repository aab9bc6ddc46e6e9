"""Workspaces with kept things for the tests of Train and Runs, made without any import."""

from pathlib import Path

from llmstudio.store import catalog
from llmstudio.store.workspace import Workspace


def keep_dataset(ws: Workspace, title: str = "Stories", *, train: int = 400_000, val: int = 40_000) -> str:
    """A dataset as its manifest tells it: no documents, only counts."""
    splits = {
        name: {"documents": count // 1000, "characters": count, "bytes": count}
        for name, count in (("train", train), ("val", val), ("test", 0))
    }
    with catalog.keep(ws, "dataset", title) as keeping:
        (keeping.folder / "documents.parquet").write_bytes(b"none")
        keeping.facts |= {"splits": splits, "bytes": train + val, "documents": 440, "documents_sha256": "abc"}
    return keeping.id


def keep_tokenizer(ws: Workspace, title: str = "Stories 4k") -> str:
    """A tokenizer as its manifest tells it."""
    with catalog.keep(ws, "tokenizer", title) as keeping:
        (keeping.folder / "tokenizer.json").write_text("{}")
        keeping.facts |= {"kind": "bpe", "vocab_size": 4096, "bytes_per_token": 3.8}
    return keeping.id


def workspace(tmp_path: Path, *, filled: bool = True) -> Workspace:
    """A workspace with one dataset and one tokenizer."""
    ws = Workspace.open(tmp_path / "workspace")
    if filled:
        keep_dataset(ws)
        keep_tokenizer(ws)
    return ws
