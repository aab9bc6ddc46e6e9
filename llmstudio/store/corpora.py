"""How many tokens a dataset makes with a tokenizer: counted where the token files exist, estimated before that."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.config.propose import CorpusFacts
from llmstudio.store.catalog import Kept

CHARACTERS, BYTES, GPT2 = "characters", "bytes", "gpt2"
BUILT_IN = (CHARACTERS, GPT2, BYTES)
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


def corpus(dataset: Kept, tokenizer: str, tokenizers: Sequence[Kept]) -> Corpus:
    """What a tokenizer (a built-in one, or the id or title of one of `tokenizers`) makes of a dataset."""
    facts = _counted(dataset, _folder_name(dataset, tokenizer, tokenizers))
    if facts is not None:
        return Corpus(facts, exact=True, title=dataset.title)
    return Corpus(_estimated(dataset, tokenizer, tokenizers), exact=False, title=dataset.title)


def named(tokenizer: str, tokenizers: Sequence[Kept]) -> Kept | None:
    """The kept tokenizer with this id or title."""
    return next((kept for kept in tokenizers if tokenizer in (kept.id, kept.title)), None)


def text_bytes(dataset: Kept) -> int:
    """Bytes of the text a dataset holds."""
    return int(dataset.manifest.get("bytes") or 0)


def made_from(dataset: Kept, tokenizers: Sequence[Kept]) -> list[Kept]:
    """The tokenizers that were made from this very text."""
    lineage = {"id": dataset.id, "sha256": dataset.manifest.get("documents_sha256", "")}
    return [kept for kept in tokenizers if kept.manifest.get("lineage", {}).get("dataset") == lineage]


def _folder_name(dataset: Kept, tokenizer: str, tokenizers: Sequence[Kept]) -> str:
    """The beginning of the token folder's name: the tokenizer's id."""
    if tokenizer == CHARACTERS:
        made = made_from(dataset, tokenizers)
        return next((kept.id for kept in made if kept.manifest.get("tokenizer_kind") == "char"), "")
    found = named(tokenizer, tokenizers)
    return found.id if found else tokenizer


def _counted(dataset: Kept, name: str) -> CorpusFacts | None:
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


def _estimated(dataset: Kept, tokenizer: str, tokenizers: Sequence[Kept]) -> CorpusFacts:
    bytes_each, characters_each, vocabulary = _rates(dataset, tokenizer, tokenizers)
    counts = []
    for split in ("train", "val"):
        part = dataset.manifest.get("splits", {}).get(split, {})
        size = part.get("characters", 0) / characters_each if characters_each else part.get("bytes", 0) / bytes_each
        counts.append(int(size) + int(part.get("documents", 0)))
    return CorpusFacts(counts[0], counts[1] if counts[1] > 1 else 0, vocabulary)


def _rates(dataset: Kept, tokenizer: str, tokenizers: Sequence[Kept]) -> tuple[float, float, int]:
    """(bytes for each token, characters for each token or 0, size of the vocabulary)."""
    if tokenizer == CHARACTERS:
        return 1.0, 1.0, distinct_characters(dataset.path) + 1
    if tokenizer == BYTES:
        return 1.0, 0.0, 257
    if tokenizer == GPT2:
        return GPT2_BYTES, 0.0, GPT2_VOCABULARY
    manifest = (named(tokenizer, tokenizers) or dataset).manifest
    return float(manifest.get("bytes_per_token") or USUAL_BYTES), 0.0, int(manifest.get("vocab_size", 4096))


def distinct_characters(folder: Path) -> int:
    """How many different characters a dataset has, as its statistics say; a usual number where they do not."""
    try:
        record: Any = json.loads((folder / "statistics.json").read_bytes())
        return int(record["distinct_characters"])
    except (OSError, ValueError, KeyError, TypeError):
        return UNKNOWN_CHARACTERS
