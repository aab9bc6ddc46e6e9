"""The settings of a talk in the terminal."""

from llmstudio.config.chat import ChatConfig
from llmstudio.config.option import check, describe
from llmstudio.config.sampling import SamplingConfig


def test_it_takes_generates_options_and_refuses_what_cannot_be() -> None:
    assert set(SamplingConfig.model_fields) < set(ChatConfig.model_fields)
    config, faults = check(ChatConfig, {"model": "m", "template": "nonsense"})
    assert config is None
    assert set(faults) == {"template"}
    assert all(len(info.help) <= 34 for info in describe(ChatConfig))
