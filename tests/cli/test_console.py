"""What goes to stdout and what to stderr, and that JSON is JSON."""

import json
import math

import pytest

from llmstudio.base.errors import UserError
from llmstudio.cli.console import Console, table
from llmstudio.store import events


def test_json_is_one_object_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(as_json=True)
    console.write("streamed")
    console.event(events.Note("Checkpoint kept, step 100"))
    console.result({"loss": math.nan, "text": "zwölf", "rows": [{"a": math.inf}]}, "words")
    out, err = capsys.readouterr()
    assert json.loads(out) == {"loss": None, "text": "zwölf", "rows": [{"a": None}]}
    assert "Checkpoint kept" in err


def test_without_json_the_words_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Console().result({"a": 1}, "All well.")
    assert capsys.readouterr().out == "All well.\n"
    Console().result({"val_loss": 1.23456, "splits": {"train": 3}})
    assert capsys.readouterr().out == "val loss: 1.235\nsplits: train 3\n"


def test_an_error_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    error = UserError("notes.txt is not UTF-8.", "Name it.", location="byte 3", candidates=("cp1252", "koi8-r"))
    Console().error(error)
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "notes.txt is not UTF-8. (byte 3) Name it. It could be: cp1252, koi8-r.\n"


def test_evaluations_are_lines_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    Console().event(events.Metrics(1200, {"val_loss": 1.5}))
    assert capsys.readouterr().err == "step 1,200: validation loss 1.5000\n"


def test_tables_are_aligned() -> None:
    lines = table([{"id": "a", "n": 1}, {"id": "long-one", "n": None}], ("id", "n")).splitlines()
    assert lines == ["id        n", "a         1", "long-one"]
