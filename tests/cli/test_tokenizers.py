"""`llmstudio tokenizer`."""

import io

import pytest

from tests.cli.conftest import Terminal


def test_train_encode_and_list(terminal: Terminal) -> None:
    said = terminal("tokenizer", "train", "Tales", "--name", "Letters", "--kind", "char")
    assert said.status == 0, said.err
    assert {"id", "vocab_size", "bytes_per_token"} <= said.result.keys()
    cut = terminal("tokenizer", "encode", "Letters", "The hen").result
    assert [piece["text"] for piece in cut["pieces"]] == list("The hen")
    assert cut["ids"] == [piece["id"] for piece in cut["pieces"]]
    listed = {row["id"] for row in terminal("tokenizer", "list").result["tokenizers"]}
    assert {"gpt2", "bytes", "letters"} <= listed


def test_a_name_is_needed(terminal: Terminal) -> None:
    assert "--name" in terminal("tokenizer", "train", "Tales").err


def test_text_comes_from_stdin_and_must_be_utf8(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("é".encode())))
    assert terminal("tokenizer", "encode", "bytes").result["ids"] == [195, 169]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"ab\xff")))
    said = terminal("tokenizer", "encode", "bytes", "-")
    assert said.status == 2
    assert "byte 2" in said.err
