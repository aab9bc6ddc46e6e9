"""`llmstudio finetune` and `llmstudio classify`."""

from pathlib import Path

import pytest

from tests.cli.conftest import Terminal

ROWS = "text,label\n" + "".join(
    f"{at} {'rose' if at % 2 else 'fell'},{'up' if at % 2 else 'down'}\n" for at in range(40)
)


@pytest.mark.parametrize("missing", ["dataset", "name"])
def test_finetune_names_what_is_missing(terminal: Terminal, missing: str) -> None:
    line = {"dataset": ("--name", "x"), "name": ("--dataset", "Tales")}[missing]
    said = terminal("finetune", "Tiny", *line)
    assert said.status == 2
    assert f"--{missing}" in said.err


def test_unknown_things_are_told_before_anything_is_loaded(terminal: Terminal) -> None:
    said = terminal("finetune", "Tinny", "--dataset", "Tales", "--name", "x")
    assert said.status == 2
    assert "Tiny" in said.err


def test_finetune_then_classify(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "moves.csv").write_text(ROWS)
    assert terminal("data", "import", str(tmp_path / "moves.csv"), "--name", "Moves").status == 0
    line = ("--task", "classify", "--dataset", "Moves", "--name", "Moods", "--epochs", "2", "--precision", "fp32")
    said = terminal("finetune", "Tiny", *line, "--block-size", "16")
    assert said.status == 0, said.err
    assert {"run", "model", "steps", "val_loss", "seconds"} <= set(said.result)
    assert 0 <= said.result["metrics"]["test_accuracy"] <= 1
    judged = terminal("classify", "Moods", "--text", "41 rose", "--text", "42 fell")
    assert judged.status == 0, judged.err
    assert set(judged.result["probabilities"]) == {"up", "down"}
    assert len(judged.result["results"]) == 2
    plain = terminal("classify", "Moods", "--text", "41 rose", as_json=False)
    assert plain.out.startswith(judged.result["label"])


def test_classify_needs_a_text_and_a_model_that_judges(terminal: Terminal) -> None:
    assert "--text" in terminal("classify", "Tiny").err
    said = terminal("classify", "Tiny", "--text", "a")
    assert said.status == 2
    assert "has not learned to judge" in said.err
