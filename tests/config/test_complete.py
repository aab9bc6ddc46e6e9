"""A completion session needs a model and nothing else."""

from llmstudio.config.complete import CompleteConfig
from llmstudio.config.option import check


def test_only_the_model_is_needed() -> None:
    assert CompleteConfig(model="m").precision == "auto"
    _, faults = check(CompleteConfig, {})
    assert set(faults) == {"model"}
