"""How many tokens a dataset makes, counted or estimated."""

import json
from pathlib import Path

import pytest

from llmstudio.gui.tabs.train.corpus import Shelf
from tests.gui.tabs.train_fixtures import keep_dataset, workspace


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(workspace(tmp_path))


def test_built_in_tokenizers_come_first(shelf: Shelf) -> None:
    assert [choice.key for choice in shelf.tokenizer_choices()] == ["characters", "gpt2", "bytes", "stories-4k"]


def test_estimates_follow_the_tokenizer(shelf: Shelf) -> None:
    characters, bytes_, kept = (shelf.corpus("stories", name) for name in ("characters", "bytes", "stories-4k"))
    assert characters
    assert bytes_
    assert kept
    assert not characters.exact
    assert characters.facts.train_tokens == 400_000 + 400
    assert bytes_.facts.vocab_size == 257
    assert kept.facts.train_tokens == int(400_000 / 3.8) + 400
    assert kept.facts.vocab_size == 4096


def test_token_files_give_exact_counts(shelf: Shelf) -> None:
    folder = shelf.datasets[0].path / "tokens" / "stories-4k-0123abcd"
    folder.mkdir(parents=True)
    splits = {"train": {"tokens": 101}, "val": {"tokens": 11}, "test": {"tokens": 0}}
    (folder / "tokens.json").write_text(json.dumps({"splits": splits, "vocab_size": 4096}))
    found = shelf.corpus("stories", "stories-4k")
    assert found
    assert found.exact
    assert found.about == ""
    assert (found.facts.train_tokens, found.facts.val_tokens) == (101, 11)


def test_damaged_token_files_fall_back_to_the_estimate(shelf: Shelf) -> None:
    folder = shelf.datasets[0].path / "tokens" / "stories-4k-0123abcd"
    folder.mkdir(parents=True)
    (folder / "tokens.json").write_text("{")
    found = shelf.corpus("stories", "stories-4k")
    assert found
    assert not found.exact


def test_what_is_missing_has_no_corpus(shelf: Shelf) -> None:
    assert shelf.corpus("nothing", "bytes") is None
    assert shelf.corpus("stories", "gone") is None


def test_refresh_sees_new_things(shelf: Shelf) -> None:
    keep_dataset(shelf._workspace, "Sea tales")
    assert len(shelf.datasets) == 1
    shelf.refresh()
    assert [choice.text for choice in shelf.dataset_choices()].count("Sea tales") == 1
