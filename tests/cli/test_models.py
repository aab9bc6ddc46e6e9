"""`llmstudio models`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal


def test_list_and_show(terminal: Terminal) -> None:
    (row,) = [row for row in terminal("models", "list").result["models"] if row["title"] == "Tiny"]
    assert {"id", "family", "parameters", "path"} <= row.keys()
    assert "Tiny" in terminal("models", "list", as_json=False).out
    shown = terminal("models", "show", "Tiny").result
    assert shown["lineage"]["dataset"]["title"] == "Tales"


def test_an_unknown_model_is_told_with_a_near_one(terminal: Terminal) -> None:
    said = terminal("models", "show", "Tini")
    assert said.status == 2
    assert "Tiny" in said.err


def test_import_keeps_a_model_that_writes(terminal: Terminal, shared_file: Callable[[str], Path]) -> None:
    path = shared_file("weights/stories260K.bin")
    result = terminal("models", "import", str(path), "--name", "Stories").result
    assert {"id", "family", "parameters", "path"} <= result.keys()
    assert (result["family"], result["parameters"]) == ("llama", 260_032)
    assert (
        "there was"
        in terminal("generate", "Stories", "--prompt", "Once upon a time,", "--temperature", "0").result["text"]
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("/nowhere/model",), "There is no /nowhere/model"),
        (("stories260K_tok512.bin",), "There is no stories260K_tok512.bin"),
        (("", "--name", "x"), "Nothing to import was named"),
        (("/nowhere", "--name", "a/b"), "The name contains"),
        (("/nowhere", "--trust-remote-code"), "No such option"),
    ],
)
def test_what_cannot_be_imported_is_told(terminal: Terminal, arguments: tuple[str, ...], words: str) -> None:
    said = terminal("models", "import", *arguments)
    assert (said.status, words in said.err, "Traceback" in said.err) == (2, True, False), said.err


def test_a_chat_template_is_shown_accepted_and_turned_off(terminal: Terminal, workspace: Path) -> None:
    model = workspace / "models" / "tiny" / "model.json"
    before = model.read_text()
    chat = {"template": "jinja", "source": "<|im_start|>{{ messages }}", "end": []}
    model.write_text(json.dumps({**json.loads(before), "chat": chat}))
    try:
        said = terminal("models", "template", "Tiny", as_json=False).out
        assert "<|im_start|>{{ messages }}" in said
        assert "off, ChatML is used" in said
        assert not terminal("models", "template", "Tiny", "--accept").result["own_is_off"]
        assert terminal("models", "template", "Tiny", "--turn-off").result["in_use"] == "ChatML"
    finally:
        model.write_text(before)
    said_now = terminal("models", "template", "Tiny")
    assert said_now.status == 2
    assert "brought no chat template" in said_now.err
