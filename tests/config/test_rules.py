"""How large a model and a step should be: the rules go through what was measured, and never leave what fits."""

import itertools

import pytest

from llmstudio.config import rules


def test_the_rules_go_through_what_was_measured_on_characters() -> None:
    shakespeare, characters = 1_003_854, 66
    assert rules.shape_for(4e11, shakespeare, characters) == (2, 128)  # a few seconds on two cores
    assert rules.shape_for(1.4e13, shakespeare, characters) == (3, 256)  # a minute
    assert rules.tokens_to_see(1.4e13, shakespeare) == pytest.approx(1.2e6, rel=0.1)
    assert rules.tokens_per_step(140_000, "cpu") == 1024
    assert rules.tokens_per_step(1_000_000, "cpu") == 2048


def test_long_trainings_see_as_many_tokens_for_each_weight_as_the_ladder_of_nanochat() -> None:
    assert 8 < rules.tokens_per_weight(1e18) < 13
    assert rules.tokens_per_weight(1e30) == 20
    assert rules.tokens_per_weight(0) == rules.tokens_per_weight(1) > 0


def test_more_work_never_means_a_smaller_model_or_a_smaller_step() -> None:
    works = [10.0**power for power in range(8, 22)]
    for tokens, vocabulary in itertools.product((1_000, 1_000_000, 10**10), (65, 50_257)):
        sizes = [rules.weights_of(*rules.shape_for(work, tokens, vocabulary), vocabulary) for work in works]
        assert sizes == sorted(sizes)
    steps = [rules.tokens_per_step(10.0**power, "cpu") for power in range(13)]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (512, 8192)


def test_a_small_text_never_gets_a_model_that_would_learn_it_by_heart() -> None:
    for tokens in (10_000, 100_000, 1_000_000):
        layers, width = rules.shape_for(1e18, tokens, 65)
        too_large = rules.weights_of(layers, width, 65) > rules.TOLERANCE * rules.NUMBERS_PER_TOKEN * tokens
        assert not too_large or (layers, width) == rules.SHAPES[0]
        assert rules.tokens_to_see(1e18, tokens) <= rules.PASSES * tokens


def test_an_accelerator_takes_larger_steps() -> None:
    assert rules.tokens_per_step(1e6, "cuda") > rules.tokens_per_step(1e6, "cpu")


def test_every_width_has_a_context() -> None:
    assert [rules.context_for(width) for width in (2, 128, 192, 256, 384, 512, 4096)] == [
        64, 64, 64, 128, 256, 512, 1024,
    ]  # fmt: skip


def test_the_vocabulary_grows_with_the_text() -> None:
    sizes = [rules.vocabulary(10**power) for power in range(3, 13)]
    assert sizes == sorted(sizes)
    assert rules.vocabulary(50_000) == 0  # characters
    assert rules.vocabulary(1_115_394) == 1024
    assert rules.vocabulary(10_000_000) == 4096
    assert rules.vocabulary(10**12) == 32_768
