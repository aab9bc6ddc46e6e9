"""`llmstudio chat --prompt` answers once, with generate's options and keys."""

from pathlib import Path

import pytest

from tests.cli.conftest import Terminal

pytestmark = pytest.mark.usefixtures("chatty")


def test_one_question_is_answered_with_text_tokens_and_speed(terminal: Terminal) -> None:
    said = terminal("chat", "Chatty", "--prompt", "The hen?", "--max-tokens", "5", "--seed", "3", "--threads", "1")
    assert said.status == 0, said.err
    assert set(said.result) >= {"text", "tokens", "tokens_per_second"}
    assert said.result["tokens"] <= 5
    again = terminal("chat", "Chatty", "--prompt", "The hen?", "--max-tokens", "5", "--seed", "3", as_json=False)
    assert again.out.rstrip("\n") == said.result["text"]
    assert "was not taught to chat" in again.err


def test_a_question_too_long_for_the_model_is_refused(terminal: Terminal) -> None:
    said = terminal("chat", "Chatty", "--prompt", "The hen " * 30)
    assert said.status == 2
    assert "reads 96 at once" in said.err


def test_wrong_input_is_told_before_anything_runs(terminal: Terminal) -> None:
    assert "no model called Nobody" in terminal("chat", "Nobody", "--prompt", "x").err
    assert "prompt is empty" in terminal("chat", "Chatty", "--prompt", " ").err
    said = terminal("chat", "Chatty")
    assert said.status == 2
    assert "--prompt" in said.err
    assert terminal("chat", "Chatty", "--prompt", "x", "--template", "nonsense").status == 2


def test_chatting_leaves_no_run_behind(terminal: Terminal) -> None:
    before = terminal("runs", "list").result
    terminal("chat", "Chatty", "--prompt", "a", "--max-tokens", "2")
    assert terminal("runs", "list").result == before


@pytest.mark.real
def test_an_imported_model_knows_the_capital_of_france(terminal: Terminal, smollm2: Path) -> None:
    assert terminal("models", "import", str(smollm2), "--name", "SmolLM2").status == 0
    said = terminal("chat", "SmolLM2", "--prompt", "What is the capital of France?", "--temperature", "0")
    assert said.status == 0, said.err
    assert "Paris" in said.result["text"]
    assert "<|im_end|>" not in said.result["text"], "the end of the turn is no text"
    assert said.result["tokens"] < 40
