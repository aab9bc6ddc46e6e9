"""The questions that the terminal asks are those the table can answer."""

from typing import get_args

from llmstudio.config import scaling
from llmstudio.config.scale import CardName, ModelSize


def test_names_are_those_of_the_table() -> None:
    assert get_args(ModelSize) == tuple(size.name for size in scaling.sizes())
    assert get_args(CardName) == tuple(scaling.CARDS)
