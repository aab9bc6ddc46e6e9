"""Numbers are shown with separators and without exponents, and read back as typed by anybody."""

import pytest

from llmstudio.config.option import describe
from llmstudio.gui.forms import numbers
from tests.gui.forms.options import Small

INFOS = {info.name: info for info in describe(Small)}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4000, "4,000"),
        (0.002, "0.002"),
        (2e-05, "0.00002"),
        (0.1, "0.1"),
        (1.0, "1"),
        (1234.5, "1,234.5"),
        (None, ""),
        (0, "0"),
    ],
)
def test_shown(value: object, text: str) -> None:
    assert numbers.shown(value) == text


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("4,000", "int", 4000),
        (" 4 000 ", "int", 4000),
        ("1e-3", "float", 0.001),
        ("2.5", "int", 2.5),
        ("", "int", None),
        ("six", "int", "six"),
        ("nan", "float", "nan"),
        ("1e999", "float", "1e999"),
    ],
)
def test_read(text: str, kind: str, value: object) -> None:
    assert numbers.read(text, kind) == value


@pytest.mark.parametrize("value", [0, 1, 999, 1000, 123456789, 0.5, 1e-7, 3.14159, 12345.678])
def test_what_is_shown_is_read_back(value: float) -> None:
    kind = "int" if isinstance(value, int) else "float"
    assert numbers.read(numbers.shown(value), kind) == value


def test_steps_stay_inside_the_bounds() -> None:
    assert numbers.stepped(8, False, INFOS["width"]) == 8
    assert numbers.stepped(4096, True, INFOS["width"]) == 4096
    assert numbers.stepped(4, True, INFOS["heads"]) == 5
    assert numbers.stepped(0.002, True, INFOS["rate"]) == pytest.approx(0.0025)
    assert numbers.stepped(0.002, False, INFOS["rate"]) == pytest.approx(0.0016)


def test_a_number_that_names_something_has_no_separators() -> None:
    assert numbers.shown(65535, name=True) == "65535"
    assert numbers.shown(None, name=True) == ""
