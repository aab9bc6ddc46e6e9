"""One declaration gives the form row, the command-line option and the message."""

from typing import Literal

import pytest
from pydantic import model_validator

from llmstudio.config.option import Fault, OptionFault, Options, check, describe, option


class Example(Options):
    name: str = option(..., title="Name")
    heads: int = option(4, title="Heads", help="Shared by the width", unit="per layer", ge=1, le=64, group="Model")
    width: int | None = option(None, title="Width", advanced=True, scale="log", gt=0)
    rate: float = option(1e-3, title="Learning rate", lt=1)
    kind: Literal["a", "b"] = option("a", title="Kind")
    keep: bool = option(True, title="Keep best")
    files: tuple[str, ...] = option((), title="Files")

    @model_validator(mode="after")
    def heads_divide_the_width(self) -> "Example":
        if self.width and self.width % self.heads:
            raise OptionFault("heads", f"{self.width} cannot be shared by {self.heads} heads.", 6)
        return self


def test_a_large_bound_is_written_out() -> None:
    class Large(Options):
        seed: int = option(0, title="Seed", help="", ge=0, le=2**31 - 1)

    _, faults = check(Large, {"seed": 2**31})
    assert faults["seed"].message == "Seed must be at most 2,147,483,647."


def test_describe_tells_everything_a_row_needs() -> None:
    heads = next(entry for entry in describe(Example) if entry.name == "heads")
    assert (heads.title, heads.unit, heads.group, heads.kind) == ("Heads", "per layer", "Model", "int")
    assert (heads.minimum, heads.maximum, heads.default, heads.optional) == (1, 64, 4, False)
    kinds = {entry.name: entry.kind for entry in describe(Example)}
    assert kinds == {
        "name": "text",
        "heads": "int",
        "width": "int",
        "rate": "float",
        "kind": "choice",
        "keep": "bool",
        "files": "list",
    }
    by_name = {entry.name: entry for entry in describe(Example)}
    assert by_name["width"].optional
    assert by_name["width"].advanced
    assert by_name["kind"].choices == ("a", "b")


@pytest.mark.parametrize(
    ("values", "field", "message", "suggestion"),
    [
        ({"heads": 0}, "heads", "Heads must be at least 1.", 1),
        ({"heads": 65}, "heads", "Heads must be at most 64.", 64),
        ({"heads": "x"}, "heads", "Heads must be a whole number.", 4),
        ({"rate": 2}, "rate", "Learning rate must be less than 1.", 1e-3),
        ({"rate": float("nan")}, "rate", "Learning rate must be a number.", 1e-3),
        ({"kind": "c"}, "kind", "Kind can be a, b.", "a"),
        ({"width": 0}, "width", "Width must be more than 0.", None),
        ({"foo": 1}, "foo", "There is no setting called foo.", None),
    ],
)
def test_faults_are_plain_sentences(values: dict[str, object], field: str, message: str, suggestion: object) -> None:
    options, faults = check(Example, {"name": "n", **values})
    assert options is None
    assert faults[field] == Fault(message, suggestion)


def test_what_is_missing_is_named() -> None:
    _, faults = check(Example, {})
    assert faults["name"].message == "Name is needed."


def test_a_fault_between_fields_carries_the_value_that_works() -> None:
    _, faults = check(Example, {"name": "n", "width": 192, "heads": 7})
    assert faults == {"heads": Fault("192 cannot be shared by 7 heads.", 6)}


def test_good_values_give_frozen_options() -> None:
    options, faults = check(Example, {"name": "n", "heads": 6})
    assert not faults
    with pytest.raises(ValueError, match="frozen"):
        options.heads = 7


def test_help_is_kept_short() -> None:
    with pytest.raises(AssertionError):
        option(1, title="T", help="x" * 35)
