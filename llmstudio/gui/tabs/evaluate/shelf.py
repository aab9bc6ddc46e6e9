"""Reads evaluations for the tab, in the background: their reports, what models said of each row, and names."""

from dataclasses import dataclass
from pathlib import Path

from llmstudio.base.errors import UserError
from llmstudio.gui.tabs.evaluate.presenter import Row, Table, tables
from llmstudio.store import catalog, evaluations
from llmstudio.store.catalog import Kept
from llmstudio.store.evaluations import Evaluation, Record
from llmstudio.store.workspace import Workspace

GENERIC = ("label", "labels", "class", "category", "target", "answer")


@dataclass(frozen=True)
class Found:
    """What the workspace holds: tables, and what a new evaluation can choose from."""

    tables: tuple[Table, ...] = ()
    models: tuple[Kept, ...] = ()
    datasets: tuple[Kept, ...] = ()
    nouns: tuple[tuple[str, str], ...] = ()  # dataset id, what its labels are called

    def noun(self, dataset: str) -> str:
        """What the labels of a dataset are called: "mood"."""
        return dict(self.nouns).get(dataset, "label")


def read(workspace: Workspace) -> Found:
    """Everything, newest first."""
    models, datasets = catalog.list_kept(workspace, "model"), catalog.list_kept(workspace, "dataset")
    titles = {kept.id: kept.title for kept in models}
    found: list[Evaluation] = evaluations.list_all(workspace)
    nouns = tuple((kept.id, noun(str(kept.manifest.get("label_column") or ""))) for kept in datasets)
    return Found(tuple(tables(found, titles)), tuple(models), tuple(datasets), nouns)


def noun(column: str) -> str:
    """A column's name as a word for what it holds; "label" where it says nothing."""
    word = column.strip().casefold()
    return word if word.replace(" ", "").isalpha() and word not in GENERIC and len(word) <= 20 else "label"


def predictions(workspace: Workspace, row: Row) -> list[Record]:
    """What a model said of each row; none where nothing was kept."""
    folder: Path = workspace.runs / row.run
    try:
        return evaluations.predictions(folder, dict(row.entry))
    except (UserError, OSError, ValueError):
        return []
