"""The sheet "Train a tokenizer": proposals, faults, readiness."""

from pathlib import Path

from llmstudio.gui.tabs.tokenizer import presenter_train
from llmstudio.store.catalog import Kept

BOOKS = Kept("dataset", "books", "Books", Path(), "", {"splits": {"train": {"characters": 2_100_000}}})
VALUES = {"dataset": "books", "name": "", "kind": "bpe", "vocab_size": None, "min_frequency": 2}


def judge(**changes: object) -> presenter_train.TrainState:
    return presenter_train.judge({**VALUES, **changes}, (BOOKS,), frozenset({"taken"}))


def test_size_and_name_are_proposed_from_the_text() -> None:
    state = judge()
    assert state.proposal == {"name": "Books 4k", "vocab_size": 4096}
    assert state.ready
    assert state.config is not None
    assert state.config.name == "Books 4k"


def test_kinds_without_a_size_need_none() -> None:
    state = judge(kind="char", vocab_size=500)
    assert state.config is not None
    assert state.config.vocab_size is None
    assert state.proposal["name"] == "Books characters"
    assert state.helps["vocab_size"] == "Follows from the text"


def test_without_a_dataset_the_start_waits_for_it() -> None:
    state = judge(dataset="")
    assert not state.ready
    assert [(check.state, check.row) for check in state.checks] == [("wrong", "dataset")]


def test_a_taken_name_is_a_fault_with_a_free_one() -> None:
    state = judge(name="Taken")
    assert state.faults["name"].suggestion == "Taken 2"
    assert not state.ready


def test_too_few_and_too_many_pieces() -> None:
    assert "at least 258" in judge(vocab_size=100).faults["vocab_size"].message
    assert not judge(vocab_size=100).ready
    warned = judge(vocab_size=200_000)
    assert any(check.state == "warning" for check in warned.checks)
    assert warned.ready
