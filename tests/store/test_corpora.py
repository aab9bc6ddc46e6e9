"""How many tokens a dataset makes: which tokenizers were made from it, and what is estimated before the cutting."""

import json
from pathlib import Path

import pytest

from llmstudio.store import catalog, corpora
from llmstudio.store.catalog import Kept
from llmstudio.store.workspace import Workspace

MANIFEST = {
    "documents_sha256": "abc", "bytes": 460_000,
    "splits": {"train": {"bytes": 400_000, "characters": 390_000, "documents": 100},
               "val": {"bytes": 60_000, "characters": 58_000, "documents": 10}},
}  # fmt: skip


def kept(path: Path, kind: str = "dataset", **facts: object) -> Kept:
    path.mkdir(parents=True, exist_ok=True)
    return Kept(kind, path.name, path.name.title(), path, "2026-01-01", {**MANIFEST, **facts})  # type: ignore[arg-type]


def test_each_tokenizer_is_estimated_by_its_own_rate(tmp_path: Path) -> None:
    dataset = kept(tmp_path / "tales")
    pieces = kept(tmp_path / "pieces", "tokenizer", vocab_size=900, bytes_per_token=4.0)
    expected = {"characters": 390_100, "bytes": 400_100, "gpt2": int(400_000 / 3.6) + 100, "pieces": 100_100}
    for name, tokens in expected.items():
        found = corpora.corpus(dataset, name, [pieces])
        assert (found.facts.train_tokens, found.exact, found.about) == (tokens, False, "about ")
    assert corpora.corpus(dataset, "Pieces", [pieces]).facts.vocab_size == 900


def test_characters_are_counted_in_the_statistics(tmp_path: Path) -> None:
    dataset = kept(tmp_path / "tales")
    assert corpora.distinct_characters(dataset.path) == corpora.UNKNOWN_CHARACTERS
    (dataset.path / "statistics.json").write_text(json.dumps({"distinct_characters": 71}))
    assert corpora.corpus(dataset, "characters", []).facts.vocab_size == 72


@pytest.mark.parametrize("damage", ["{", '{"splits": {}}', "[]"])
def test_damaged_token_files_leave_the_estimate(tmp_path: Path, damage: str) -> None:
    dataset = kept(tmp_path / "tales")
    folder = dataset.path / "tokens" / "gpt2-01ab"
    folder.mkdir(parents=True)
    (folder / "tokens.json").write_text(damage)
    assert not corpora.corpus(dataset, "gpt2", []).exact


def test_tokenizers_of_another_text_are_not_its_own(tmp_path: Path) -> None:
    dataset = kept(tmp_path / "tales")
    own = kept(tmp_path / "own", "tokenizer", lineage={"dataset": {"id": "tales", "sha256": "abc"}})
    older = kept(tmp_path / "older", "tokenizer", lineage={"dataset": {"id": "tales", "sha256": "old"}})
    other = kept(tmp_path / "other", "tokenizer", lineage={"dataset": {"id": "plays", "sha256": "abc"}})
    assert corpora.made_from(dataset, [own, older, other, kept(tmp_path / "none", "tokenizer")]) == [own]


def test_an_empty_workspace_has_no_tokenizer_of_that_name(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path)
    assert corpora.named("pieces", catalog.list_kept(ws, "tokenizer")) is None
