"""The settings of a benchmark."""

import pytest

from llmstudio.config.benchmark import NAMES, TITLES, BenchmarkConfig
from llmstudio.config.option import check


def test_every_benchmark_has_a_title_and_all_comes_first() -> None:
    assert list(TITLES) == ["all", *NAMES]
    assert BenchmarkConfig().name == "all"


@pytest.mark.parametrize(
    ("values", "field"), [({"name": "nothing"}, "name"), ({"rounds": 0}, "rounds"), ({"seconds": 0}, "seconds")]
)
def test_what_cannot_be_is_refused(values: dict[str, object], field: str) -> None:
    _, faults = check(BenchmarkConfig, values)
    assert list(faults) == [field]
