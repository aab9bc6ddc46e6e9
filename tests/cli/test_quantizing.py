"""`llmstudio models quantize-check`, and `--precision` where a model writes."""

from tests.cli.conftest import Terminal


def test_the_check_prints_a_table_and_tells_what_it_means(terminal: Terminal) -> None:
    said = terminal("models", "quantize-check", "Tiny", "--tokens", "64")
    assert said.status == 0
    assert said.result["rows"][0]["precision"] == "f32"
    shown = terminal("models", "quantize-check", "Tiny", "--tokens", "64", as_json=False)
    assert "divergence" in shown.out
    assert "the bundled stories" in shown.out + shown.err


def test_unknown_names_are_the_users_mistake(terminal: Terminal) -> None:
    assert terminal("models", "quantize-check", "Tini").status == 2
    assert terminal("models", "quantize-check", "Tiny", "--dataset", "Nothing").status == 2


def test_generate_takes_a_precision(terminal: Terminal) -> None:
    line = ("generate", "Tiny", "--prompt", "a", "--max-tokens", "3")
    assert terminal(*line, "--precision", "f32").result["precision"] == "f32"
    said = terminal(*line, "--precision", "int3")
    assert (said.status, "int8" in said.err) == (2, True)
