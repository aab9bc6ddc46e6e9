"""What the tests of the Data and Tokenizer tabs share: a session whose jobs run in a thread of this process."""

import shutil
from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot

from llmstudio.base import files
from llmstudio.config.dataset import ImportConfig
from llmstudio.gui.session import Session
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept
from llmstudio.store.workspace import Workspace

STORIES = [
    f"Mira {verb} the {thing}.\nThen she went home to the {place} and slept."
    for verb in ("found", "lost", "mended", "sold")
    for thing in ("lantern", "boat", "map", "bell", "kite")
    for place in ("harbour", "mill", "island")
]


def run_inline(session: Session) -> None:
    """Let the jobs of a session run in this process: the same tasks, without starting Python anew."""
    session.jobs._make_runner = lambda: InlineRunner(session.workspace)


def keep_dataset(workspace: Workspace, tmp_path: Path, name: str = "Small stories", **options: Any) -> Kept:
    """Sixty small stories as a dataset: imported once in a test session, copied ever after."""
    if options:
        return _import(workspace, tmp_path, name, options)
    stock = tmp_path.parent / "stock" / files.slug(name)
    if not stock.is_dir():
        kept = _import(workspace, tmp_path, name, options)
        shutil.copytree(kept.path, stock)
        return kept
    shutil.copytree(stock, workspace.datasets / stock.name)
    return catalog.find(workspace, "dataset", name)


def _import(workspace: Workspace, tmp_path: Path, name: str, options: dict[str, Any]) -> Kept:
    path = tmp_path / "stories.txt"
    path.write_text("\n\n".join(STORIES).replace(".\nThen", ". Then"), encoding="utf-8")
    settings = {"documents": "blank line", "paths": (str(path),), "name": name, **options}
    folder = create_run(workspace, "import_dataset", ImportConfig(**settings), title="Import")
    assert InlineRunner(workspace).run(folder) == "finished"
    return catalog.find(workspace, "dataset", name)


def settle(qtbot: QtBot, session: Session) -> None:
    """Wait until nothing is read in the background any more."""
    qtbot.waitUntil(lambda: not session.background.busy() and not session.jobs.live(), timeout=20_000)
