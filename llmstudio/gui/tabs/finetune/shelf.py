"""What can be fine-tuned on what: the models and datasets of a workspace, and what is known of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llmstudio.base import units
from llmstudio.config.model import ModelConfig
from llmstudio.config.option import check
from llmstudio.data import chat_trust
from llmstudio.gui.setupwords import Choice, teaches
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept
from llmstudio.store.workspace import Workspace


@dataclass(frozen=True)
class ModelFacts:
    """What a kept model is: its shape, and in words its facts."""

    id: str
    title: str
    shape: ModelConfig | None
    parameters: int
    words: str


class Shelf:
    """The models and datasets there are, read once and again after `refresh`."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.models: list[Kept] = []
        self.datasets: list[Kept] = []
        self.refresh()

    def refresh(self) -> None:
        """Look again."""
        self.models = catalog.list_kept(self.workspace, "model")
        self.datasets = catalog.list_kept(self.workspace, "dataset")

    def signature(self) -> tuple[tuple[str, str, str], ...]:
        """Equal as long as the same things are there with the same content."""
        return tuple((kept.id, kept.title, kept.created) for kept in (*self.models, *self.datasets))

    def model(self, name: str) -> Kept | None:
        """The model with this id or title."""
        return next((kept for kept in self.models if name in (kept.id, kept.title)), None)

    def dataset(self, name: str) -> Kept | None:
        """The dataset with this id or title."""
        return next((kept for kept in self.datasets if name in (kept.id, kept.title)), None)

    def model_choices(self) -> list[Choice]:
        """Models with their size."""
        return [Choice(kept.id, kept.title, units.short(_parameters(kept))) for kept in self.models]

    def dataset_choices(self) -> list[Choice]:
        """Datasets with their rows, those with labels or instructions first."""
        order = sorted(self.datasets, key=lambda kept: not teaches(kept.manifest))
        return [Choice(kept.id, kept.title, _rows(kept.manifest)) for kept in order]

    def titles(self) -> dict[str, str]:
        """What ids are called."""
        return {kept.id: kept.title for kept in (*self.models, *self.datasets)}

    def ids(self, values: Mapping[str, Any]) -> dict[str, str]:
        """The ids of the model and the dataset that settings call by id or title."""
        found = {"model": self.model(str(values.get("model"))), "dataset": self.dataset(str(values.get("dataset")))}
        return {name: kept.id for name, kept in found.items() if kept is not None}

    def label_column(self, dataset: str) -> str:
        """The column of labels that a dataset was imported with; "" where none was named."""
        kept = self.dataset(dataset)
        return str(kept.manifest.get("label_column") or "") if kept is not None else ""

    def first_model(self) -> Kept | None:
        """What is proposed: the newest model that has not been fine-tuned, else the newest."""
        fresh = [kept for kept in self.models if not kept.manifest.get("task")]
        return next(iter(fresh or self.models), None)

    def first_dataset(self) -> Kept | None:
        """What is proposed: the newest dataset that holds labels or instructions, else the newest."""
        teaching = [kept for kept in self.datasets if teaches(kept.manifest)]
        return next(iter(teaching or self.datasets), None)

    def name_taken(self, title: str) -> bool:
        """Whether a model has this name already."""
        return any(title.casefold() in (kept.title.casefold(), kept.id) for kept in self.models)

    def free_name(self, wanted: str) -> str:
        """`wanted`, numbered if a model has that name."""
        name, number = wanted, 2
        while self.name_taken(name):
            name, number = f"{wanted} {number}", number + 1
        return name

    def facts(self, name: str) -> ModelFacts | None:
        """What the model of this name is; None where there is none."""
        kept = self.model(name)
        if kept is None:
            return None
        shape, _ = check(ModelConfig, dict(kept.manifest.get("config") or {}))
        return ModelFacts(kept.id, kept.title, shape, _parameters(kept), _facts(kept, shape))


def _parameters(kept: Kept) -> int:
    found = kept.manifest.get("parameters")
    return int(found) if isinstance(found, int | float) else 0


def _rows(manifest: dict[str, Any]) -> str:
    rows, labels = manifest.get("documents"), manifest.get("labels")
    words = [units.plural(rows, "row")] if isinstance(rows, int) else []
    if isinstance(labels, dict) and labels:
        words.append(units.plural(len(labels), "label"))
    return ", ".join(words)


def _facts(kept: Kept, shape: ModelConfig | None) -> str:
    words = [f"{units.count(_parameters(kept))} parameters"]
    if shape is not None:
        words += [f"{shape.n_layer} layers", f"reads {units.number(shape.block_size)} tokens"]
    chat, task = chat_trust.of_manifest(kept.manifest), kept.manifest.get("task")
    if isinstance(task, dict) and task.get("labels"):
        words.append(f"tells {len(task['labels'])} labels apart")
    elif chat is not None:
        words.append(f"chats ({chat_trust.name(chat)} template)")
    else:
        words.append("continues text")
    if kept.manifest.get("licence"):
        words.append(str(kept.manifest["licence"]))
    return ", ".join(words)
