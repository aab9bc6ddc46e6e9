"""Options of a config class as options of the terminal, and what was said back into the class."""

import click
import pytest
from click.testing import CliRunner

from llmstudio.base.errors import UserError
from llmstudio.cli import arguments
from llmstudio.config.option import Options, option


class Example(Options):
    name: str = option(..., title="Name")
    n_layer: int | None = option(None, title="Layers", ge=1, unit="blocks")
    keep_best: bool = option(True, title="Keep the best")
    files: tuple[str, ...] = option((), title="Files")


@click.command()
@arguments.options_of(Example, skip=["name"])
def command(**values: object) -> None:
    click.echo(repr(arguments.said(values)))


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ([], {}),
        (["--n-layer", "4"], {"n_layer": "4"}),
        (["--no-keep-best"], {"keep_best": False}),
        (["--files", "a", "--files", "b"], {"files": ("a", "b")}),
    ],
)
def test_only_what_was_said_is_passed_on(line: list[str], values: dict[str, object]) -> None:
    done = CliRunner().invoke(command, line)
    assert done.output.strip() == repr(values)


def test_skipped_options_are_not_offered() -> None:
    assert "--name" not in CliRunner().invoke(command, ["--help"]).output


def test_make_validates_words_into_types() -> None:
    made = arguments.make(Example, {"name": "x", "n_layer": "4", "keep_best": None})
    assert (made.n_layer, made.keep_best) == (4, True)


def test_make_names_the_option_at_fault() -> None:
    with pytest.raises(UserError, match="Layers must be at least 1") as caught:
        arguments.make(Example, {"name": "x", "n_layer": "0"})
    assert caught.value.hint == "Use --n-layer 1."
    assert caught.value.field == "n_layer"
