"""The ready prompts: every place is filled, and what a person wrote stays what it is."""

import pytest

from llmstudio.config import prompts
from llmstudio.config.option import check
from llmstudio.config.sampling import SamplingConfig


@pytest.mark.parametrize("name", prompts.NAMES)
def test_every_place_of_every_prompt_is_filled(name: str) -> None:
    task = prompts.load(name)
    for extra in task.choices or (task.sample_extra or "x",):
        for form in (task.said("THE TEXT", extra), task.continued("THE TEXT", extra)):
            assert "THE TEXT" in form
            assert "{" not in form, form
            if task.extra:
                assert extra in form
        assert task.continued("THE TEXT", extra).endswith(":")
    config, faults = check(SamplingConfig, {"max_tokens": task.max_tokens, "stop": task.stop})
    assert config is not None, faults
    assert task.sample
    assert task.verb
    assert task.about


def test_braces_in_a_text_are_no_places() -> None:
    task = prompts.load("summarise")
    hostile = "A {text} with {labels} and a lone { brace"
    assert task.said(hostile, "").endswith(hostile)
    assert prompts.load("answer").said("{question}", "{text}").count("{question}") == 1


def test_examples_follow_the_choice() -> None:
    task = prompts.load("translate")
    assert "Guten Morgen." in task.continued("x", "German")
    assert "Bonjour." in task.continued("x", "French")
    assert [one.key for one in prompts.all_tasks()] == list(prompts.NAMES)
