"""The settings of a judgement."""

from llmstudio.config.classify import ClassifyConfig
from llmstudio.config.option import check


def test_a_model_is_needed_and_texts_come_as_they_are() -> None:
    assert set(check(ClassifyConfig, {})[1]) == {"model"}
    assert ClassifyConfig(model="m", texts=("a", "b")).texts == ("a", "b")
