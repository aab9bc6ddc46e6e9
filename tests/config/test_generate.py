"""Options of the terminal's generation."""

from llmstudio.config.generate import GenerateConfig
from llmstudio.config.sampling import SamplingConfig


def test_it_is_sampling_with_a_model_and_a_prompt() -> None:
    assert set(GenerateConfig.model_fields) == {*SamplingConfig.model_fields, "model", "prompt", "precision"}
    assert GenerateConfig(model="m").prompt == ""
