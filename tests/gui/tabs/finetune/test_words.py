"""How tasks, methods and figures are called."""

import math
from typing import get_args

import pytest

from llmstudio.config.finetune import Method, Task
from llmstudio.gui.tabs.finetune import words


def test_every_task_and_method_has_words() -> None:
    assert set(words.TASKS) == set(words.TASK_NOTES) == set(get_args(Task))
    assert set(words.METHODS) == set(get_args(Method)) - {"auto"}


@pytest.mark.parametrize(
    ("column", "noun"),
    [("mood", "mood"), ("Type_of_text", "type of text"), ("", "label"), ("2", "label"), ("x" * 30, "label")],
)
def test_a_label_is_called_after_its_column(column: str, noun: str) -> None:
    assert words.noun({"label_column": column}) == noun
    assert words.noun({"label_column": ""}, column) == noun
    assert words.noun({"label_column": "kind"}, column) == "kind"


def test_figures_that_are_not_there_are_dashes() -> None:
    assert [words.share(value) for value in (0.914, None, math.nan)] == ["91.4", "–", "–"]
    assert [words.figure(value) for value in (0.2811, None, math.inf)] == ["0.281", "–", "–"]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"method": "lora", "lora_rank": 8}, "LoRA, rank 8"),
        ({"method": "last-layers", "last_layers": 2}, "The last 2 layers"),
        ({"method": "last-layers", "last_layers": 1}, "The last layer"),
        ({"method": "full"}, "All weights"),
    ],
)
def test_a_method_is_told_with_its_size(config: dict[str, object], expected: str) -> None:
    assert words.method(config) == expected
