"""`llmstudio pretrain` and `llmstudio generate`."""

import pytest

from tests.cli.conftest import Terminal


@pytest.mark.parametrize("missing", ["dataset", "name"])
def test_pretrain_names_what_is_missing(terminal: Terminal, missing: str) -> None:
    line = {"dataset": ("--name", "x"), "name": ("--dataset", "Tales")}[missing]
    said = terminal("pretrain", *line)
    assert said.status == 2
    assert f"--{missing}" in said.err


def test_generate_reports_text_tokens_and_speed(terminal: Terminal) -> None:
    said = terminal("generate", "Tiny", "--prompt", "The ", "--max-tokens", "5", "--seed", "3")
    assert said.status == 0, said.err
    assert said.result["tokens"] <= 5
    assert said.result["tokens_per_second"] > 0
    plain = terminal("generate", "Tiny", "--prompt", "The ", "--max-tokens", "5", "--seed", "3", as_json=False)
    assert plain.out.rstrip("\n") == said.result["text"].rstrip("\n")


def test_generating_leaves_no_run_behind(terminal: Terminal) -> None:
    before = terminal("runs", "list").result
    terminal("generate", "Tiny", "--max-tokens", "2")
    assert terminal("runs", "list").result == before


def test_sampling_out_of_range_is_told(terminal: Terminal) -> None:
    said = terminal("generate", "Tiny", "--temperature", "-1")
    assert said.status == 2
    assert "Temperature must be at least 0" in said.err
