"""What can be trained on: the datasets and tokenizers of a workspace, and how many tokens one makes of the other."""

from typing import Any

from llmstudio.base import units
from llmstudio.gui.setupwords import Choice
from llmstudio.store import catalog, corpora
from llmstudio.store.catalog import Kept
from llmstudio.store.corpora import BYTES, CHARACTERS, GPT2, GPT2_VOCABULARY, Corpus
from llmstudio.store.workspace import Workspace


class Shelf:
    """The datasets and tokenizers there are, read once and again after `refresh`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.datasets: list[Kept] = []
        self.tokenizers: list[Kept] = []
        self.models: list[Kept] = []
        self._known: dict[tuple[str, str], Corpus | None] = {}
        self.refresh()

    def refresh(self) -> None:
        """Look again."""
        self.datasets = catalog.list_kept(self._workspace, "dataset")
        self.tokenizers = catalog.list_kept(self._workspace, "tokenizer")
        self.models = catalog.list_kept(self._workspace, "model")
        self._known.clear()

    def dataset_choices(self) -> list[Choice]:
        """Datasets with their size."""
        return [Choice(kept.id, kept.title, _size(kept.manifest)) for kept in self.datasets]

    def tokenizer_choices(self) -> list[Choice]:
        """The built-in tokenizers first, then the kept ones."""
        built_in = [
            Choice(CHARACTERS, "Characters", "made from the dataset"),
            Choice(GPT2, "GPT-2", f"{units.number(GPT2_VOCABULARY)} pieces"),
            Choice(BYTES, "Bytes", "257 pieces"),
        ]
        return built_in + [
            Choice(kept.id, kept.title, f"{units.number(kept.manifest.get('vocab_size', 0))} pieces")
            for kept in self.tokenizers
        ]

    def titles(self) -> dict[str, str]:
        """What ids are called."""
        built_in = {CHARACTERS: "Characters", GPT2: "GPT-2", BYTES: "Bytes"}
        return built_in | {kept.id: kept.title for kept in (*self.datasets, *self.tokenizers)}

    def dataset(self, name: str) -> Kept | None:
        """The dataset with this id or title."""
        return next((kept for kept in self.datasets if name in (kept.id, kept.title)), None)

    def tokenizer(self, name: str) -> Kept | None:
        """The kept tokenizer with this id or title."""
        return corpora.named(name, self.tokenizers)

    def tokenizer_known(self, name: str) -> bool:
        """Whether a tokenizer of this name can be used."""
        return name in corpora.BUILT_IN or self.tokenizer(name) is not None

    def model_named(self, title: str) -> bool:
        """Whether a model has this name already."""
        return any(title.casefold() in (kept.title.casefold(), kept.id) for kept in self.models)

    def corpus(self, dataset: str, tokenizer: str) -> Corpus | None:
        """What the tokenizer makes of the dataset; None while one of them is missing."""
        key = (dataset, tokenizer)
        if key not in self._known:
            kept = self.dataset(dataset)
            there = kept is not None and self.tokenizer_known(tokenizer)
            self._known[key] = corpora.corpus(kept, tokenizer, self.tokenizers) if kept and there else None
        return self._known[key]


def _size(manifest: dict[str, Any]) -> str:
    size = manifest.get("bytes")
    return units.size(size) if isinstance(size, int | float) else ""
