"""`llmstudio data`."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal
from tests.data.test_repeats import tales


def test_import_reports_the_keys_scripts_rely_on(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some words to keep.", encoding="utf-8")
    said = terminal("data", "import", str(tmp_path / "a.txt"), "--name", "Words", "--split", "100,0,0")
    assert said.status == 0, said.err
    keys = {"id", "documents", "characters", "bytes", "encoding", "splits", "removed", "faults"}
    assert keys <= said.result.keys()
    assert said.result["characters"] == len("Some words to keep.")


@pytest.mark.parametrize(("line", "says"), [(("data", "import"), "Name files"), (("data", "import", "x"), "--name")])
def test_what_is_missing_is_named(terminal: Terminal, line: tuple[str, ...], says: str) -> None:
    said = terminal(*line)
    assert said.status == 2
    assert says in said.err


def test_list_and_show(terminal: Terminal) -> None:
    assert "Tales" in [row["title"] for row in terminal("data", "list").result["datasets"]]
    assert "Tales" in terminal("data", "list", as_json=False).out
    shown = terminal("data", "show", "Tales").result
    assert shown["documents"] == 1
    assert shown["split"]["by"] == "position"


def test_near_duplicates_are_shown_before_and_left_out_after(terminal: Terminal, tmp_path: Path) -> None:
    texts = [*tales(3), f"{tales(3)[1]} and more", tales(3)[0]]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts), encoding="utf-8")
    terminal("data", "import", str(tmp_path / "a.jsonl"), "--name", "Pairs", "--split", "50,25,25", "--seed", "7")
    looked = terminal("data", "clean", "Pairs", "--near-duplicates", "0.7", "--look").result
    assert (looked["near_duplicates"], looked["duplicates"], looked["similarity"]) == (1, 1, 0.7)
    told = terminal("data", "clean", "Pairs", "--look", as_json=False).out
    assert "1 equal document and 1 near-duplicate" in told
    assert "goes" in told
    said = terminal("data", "clean", "Pairs", "--near-duplicates", "0.7", "--name", "Singles")
    assert said.status == 0, said.err
    assert said.result["documents"] == 3
    assert said.result["removed"]["near duplicate"] == 2
    shown = terminal("data", "show", "Singles").result
    assert shown["split"]["seed"] == 7
    assert shown["split"]["shares"] == {"train": 0.5, "val": 0.25, "test": 0.25}
    assert shown["near_duplicates"]["clusters"] == 2
    assert terminal("data", "show", "Pairs").result["documents"] == 5


@pytest.mark.parametrize(
    ("options", "says"),
    [((), "No cleaning step"), (("--near-duplicates", "0.2"), "0.5"), (("--near-duplicates", "2"), "1")],
)
def test_cleaning_that_makes_no_sense_is_refused(terminal: Terminal, options: tuple[str, ...], says: str) -> None:
    said = terminal("data", "clean", "Tales", *options)
    assert said.status == 2
    assert says in said.err


def test_a_dataset_is_encoded_ahead_of_a_training(terminal: Terminal) -> None:
    said = terminal("data", "encode", "Tales", "--tokenizer", "bytes")
    assert said.status == 0, said.err
    shown = terminal("data", "show", "Tales").result
    assert sum(said.result["tokens"].values()) == shown["bytes"] + shown["documents"]
