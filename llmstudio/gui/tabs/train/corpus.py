"""What can be trained on: the datasets and tokenizers of a workspace, and how many tokens one makes of the other."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmstudio.base import files, units
from llmstudio.base.errors import UserError
from llmstudio.config.propose import CorpusFacts
from llmstudio.gui.setupwords import Choice
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept
from llmstudio.store.workspace import Workspace

CHARACTERS, BYTES, GPT2 = "characters", "bytes", "gpt2"
GPT2_VOCABULARY, GPT2_BYTES = 50_257, 3.6  # bytes a token in English prose; other scripts take more tokens
USUAL_BYTES = 3.0
UNKNOWN_CHARACTERS = 96


@dataclass(frozen=True)
class Corpus:
    """A dataset cut by a tokenizer; `exact` once the token files exist, before that an estimate."""

    facts: CorpusFacts
    exact: bool
    title: str = ""

    @property
    def about(self) -> str:
        """ "" or the word that marks an estimate."""
        return "" if self.exact else "about "


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
        return next((kept for kept in self.tokenizers if name in (kept.id, kept.title)), None)

    def tokenizer_known(self, name: str) -> bool:
        """Whether a tokenizer of this name can be used."""
        return name in (CHARACTERS, BYTES, GPT2) or self.tokenizer(name) is not None

    def model_named(self, title: str) -> bool:
        """Whether a model has this name already."""
        return any(title.casefold() in (kept.title.casefold(), kept.id) for kept in self.models)

    def corpus(self, dataset: str, tokenizer: str) -> Corpus | None:
        """What the tokenizer makes of the dataset; None while one of them is missing."""
        key = (dataset, tokenizer)
        if key not in self._known:
            self._known[key] = self._corpus(dataset, tokenizer)
        return self._known[key]

    def _corpus(self, dataset: str, tokenizer: str) -> Corpus | None:
        kept = self.dataset(dataset)
        if kept is None or not self.tokenizer_known(tokenizer):
            return None
        facts = self._counted(kept, self._folder_name(kept, tokenizer))
        if facts is not None:
            return Corpus(facts, exact=True, title=kept.title)
        return Corpus(self._estimated(kept, tokenizer), exact=False, title=kept.title)

    def _folder_name(self, dataset: Kept, tokenizer: str) -> str:
        """The beginning of the token folder's name: the tokenizer's id."""
        if tokenizer == CHARACTERS:
            made = self._made_from(dataset)
            return made.id if made else ""
        found = self.tokenizer(tokenizer)
        return found.id if found else tokenizer

    def _made_from(self, dataset: Kept) -> Kept | None:
        lineage = {"id": dataset.id, "sha256": dataset.manifest.get("documents_sha256", "")}
        return next(
            (
                kept
                for kept in self.tokenizers
                if kept.manifest.get("tokenizer_kind") == "char"
                and kept.manifest.get("lineage", {}).get("dataset") == lineage
            ),
            None,
        )

    def _counted(self, dataset: Kept, name: str) -> CorpusFacts | None:
        if not name:
            return None
        for index in sorted((dataset.path / "tokens").glob(f"{name}-*/tokens.json")):
            if index.parent.name.rpartition("-")[0] != name:
                continue
            try:
                record = files.read_json(index)
                splits = record["splits"]
                tokens = {split: int(splits[split]["tokens"]) for split in ("train", "val")}
                return CorpusFacts(tokens["train"], tokens["val"], int(record["vocab_size"]))
            except (UserError, KeyError, TypeError, ValueError):
                continue
        return None

    def _estimated(self, dataset: Kept, tokenizer: str) -> CorpusFacts:
        bytes_each, characters_each, vocabulary = self._rates(dataset, tokenizer)
        counts = []
        for split in ("train", "val"):
            part = dataset.manifest.get("splits", {}).get(split, {})
            size = part.get("characters", 0) / characters_each if characters_each else part.get("bytes", 0) / bytes_each
            counts.append(int(size) + int(part.get("documents", 0)))
        return CorpusFacts(counts[0], counts[1] if counts[1] > 1 else 0, vocabulary)

    def _rates(self, dataset: Kept, tokenizer: str) -> tuple[float, float, int]:
        """(bytes for each token, characters for each token or 0, size of the vocabulary)."""
        if tokenizer == CHARACTERS:
            return 1.0, 1.0, distinct_characters(dataset.path) + 1
        if tokenizer == BYTES:
            return 1.0, 0.0, 257
        if tokenizer == GPT2:
            return GPT2_BYTES, 0.0, GPT2_VOCABULARY
        manifest = (self.tokenizer(tokenizer) or dataset).manifest
        return float(manifest.get("bytes_per_token") or USUAL_BYTES), 0.0, int(manifest.get("vocab_size", 4096))


def distinct_characters(folder: Path) -> int:
    """How many different characters a dataset has, as its statistics say; a usual number where they do not."""
    try:
        record: Any = json.loads((folder / "statistics.json").read_bytes())
        return int(record["distinct_characters"])
    except (OSError, ValueError, KeyError, TypeError):
        return UNKNOWN_CHARACTERS


def _size(manifest: dict[str, Any]) -> str:
    size = manifest.get("bytes")
    return units.size(size) if isinstance(size, int | float) else ""
