"""Options that stand anywhere on the line."""

import subprocess
import sys

import pytest

from llmstudio.base.errors import UserError
from llmstudio.cli import everywhere


@pytest.mark.parametrize(
    "line",
    [
        ["--json", "runs", "list", "--workspace", "w"],
        ["runs", "--workspace=w", "list", "--json"],
    ],
)
def test_global_options_stand_anywhere(line: list[str]) -> None:
    rest, values, flags = everywhere.globals_of(line)
    assert (rest, values, flags) == (["runs", "list"], {"workspace": "w"}, {"json"})


def test_nothing_is_taken_after_a_bare_double_dash() -> None:
    rest, _, flags = everywhere.globals_of(["tokenizer", "encode", "gpt2", "--", "--json"])
    assert rest == ["tokenizer", "encode", "gpt2", "--", "--json"]
    assert not flags


def test_a_global_option_without_its_value_is_told() -> None:
    with pytest.raises(UserError, match="--workspace needs a value"):
        everywhere.globals_of(["runs", "list", "--workspace"])


def test_the_way_to_the_window_loads_no_options() -> None:
    script = "import sys, llmstudio.cli.main; print([n for n in ('pydantic', 'PySide6', 'numpy') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
