"""The settings of an evaluation."""

from typing import Any

import pytest

from llmstudio.config.evaluate import EvaluateConfig, words_of
from llmstudio.config.option import check, describe


def test_a_model_and_a_dataset_are_enough() -> None:
    config = EvaluateConfig(models=("a", " b ", "a"), dataset="d")
    assert config.models == ("a", "b")
    assert (config.split, config.task, config.stride, config.shots) == ("auto", "auto", None, None)


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"dataset": " "}, "dataset", "filled in"),
        ({"stride": 100, "block_size": 64}, "stride", "stride of 100"),
        ({"rule": "70,30,20"}, "rule", ""),
        ({"rule": "half"}, "rule", ""),
        ({"label_words": "pos positive"}, "label_words", "pairs"),
        ({"template": "own"}, "template_own", "{answer}"),
        ({"models": (), "baseline": False}, "models", "choose a model"),
        ({"models": tuple(f"m{i}" for i in range(33))}, "models", "32 models"),
        ({"stride": 0}, "stride", "at least 1"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field(values: dict[str, Any], field: str, words: str) -> None:
    options, faults = check(EvaluateConfig, {"models": ("a",), "dataset": "d", **values})
    assert options is None
    assert field in faults
    assert words in faults[field].message


def test_words_for_labels() -> None:
    assert words_of("pos=positive, neg = negative") == {"pos": "positive", "neg": "negative"}
    assert words_of("") == {}


def test_every_option_tells_its_effect() -> None:
    assert all(info.help for info in describe(EvaluateConfig))
