"""The rules of drawing: their bounds, in words."""

import pytest

from llmstudio.config.option import check
from llmstudio.config.sampling import SamplingConfig


@pytest.mark.parametrize(
    ("field", "value"),
    [("temperature", -0.1), ("top_p", 0.0), ("top_p", 1.1), ("min_p", 2.0), ("max_tokens", 0), ("seed", -1)],
)
def test_values_out_of_bounds_are_refused_in_words(field: str, value: float) -> None:
    options, faults = check(SamplingConfig, {field: value})
    assert options is None
    assert "must be" in faults[field].message


def test_infinity_is_no_temperature() -> None:
    assert check(SamplingConfig, {"temperature": float("inf")})[0] is None


def test_stop_words_may_be_a_list() -> None:
    assert SamplingConfig(stop=["a", "b"]).stop == ("a", "b")  # type: ignore[arg-type]
