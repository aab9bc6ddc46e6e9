"""What is offered to fine-tune, and what is said of it."""

from pathlib import Path

import pytest

from llmstudio.gui.tabs.finetune.shelf import Shelf
from llmstudio.store.workspace import Workspace
from tests.gui.tabs import finetune_fixtures as made
from tests.gui.tabs.train_fixtures import keep_dataset


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "workspace")


def test_what_teaches_goes_first(ws: Workspace) -> None:
    keep_dataset(ws, "Stories")
    made.labelled_dataset(ws, "Moods", made.moods(20), label="mood")
    shelf = Shelf(ws)
    assert [choice.text for choice in shelf.dataset_choices()] == ["Moods", "Stories"]
    assert shelf.dataset_choices()[0].note == "20 rows, 3 labels"
    first = shelf.first_dataset()
    assert first is not None
    assert first.title == "Moods"


def test_a_model_that_was_not_fine_tuned_is_proposed(ws: Workspace) -> None:
    made.keep_model(ws, "Base")
    made.keep_model(ws, "Moods already", task={"kind": "classify", "labels": ["a", "b"]})
    shelf = Shelf(ws)
    first = shelf.first_model()
    assert first is not None
    assert first.title == "Base"
    assert shelf.titles()["base"] == "Base"


def test_facts_say_size_context_and_what_it_does(ws: Workspace) -> None:
    made.keep_model(ws, "Chatty", chat={"template": "chatml"}, licence="apache-2.0")
    made.keep_model(ws, "Judge", task={"kind": "classify", "labels": ["a", "b"]})
    made.keep_model(ws, "Broken", config={"n_layer": "many"})
    shelf = Shelf(ws)
    facts = shelf.facts("Chatty")
    assert facts is not None
    assert facts.words == "250,000 parameters, 4 layers, reads 128 tokens, chats (ChatML template), apache-2.0"
    judge, broken = shelf.facts("Judge"), shelf.facts("Broken")
    assert judge is not None
    assert judge.words.endswith("tells 2 labels apart")
    assert broken is not None
    assert broken.shape is None
    assert shelf.facts("nobody") is None


def test_names_are_numbered_until_they_are_free(ws: Workspace) -> None:
    made.keep_model(ws, "Moods")
    shelf = Shelf(ws)
    assert shelf.free_name("moods") == "moods 2"
    assert shelf.free_name("Others") == "Others"


def test_the_signature_changes_with_what_is_there(ws: Workspace) -> None:
    made.keep_model(ws, "Base")
    shelf = Shelf(ws)
    before = shelf.signature()
    shelf.refresh()
    assert shelf.signature() == before
    made.labelled_dataset(ws, "Moods", made.moods(20), label="mood")
    shelf.refresh()
    assert shelf.signature() != before
