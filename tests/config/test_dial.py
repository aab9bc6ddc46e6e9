"""The one dial: the settings are those a training gets, and each reason is true of them."""

import itertools

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config import dial, propose, rules
from llmstudio.config.dial import Proposal
from llmstudio.config.propose import CorpusFacts, MachineFacts
from llmstudio.config.train import PretrainConfig

SHAKESPEARE = CorpusFacts(1_003_854, 111_540, 66)
HERE = MachineFacts(flops=1e11)


def turned(minutes: float, facts: CorpusFacts = SHAKESPEARE, size: int = 1_115_394, **said: object) -> Proposal:
    config = PretrainConfig(**{"name": "n", "dataset": "d", "minutes": minutes, **said})  # type: ignore[arg-type]
    return dial.turn(config, facts, HERE, size)


def why(found: Proposal, field: str) -> str:
    return next((reason.words for reason in found.reasons if reason.field == field), "")


def test_the_proposal_is_what_a_training_gets() -> None:
    config = PretrainConfig(name="n", dataset="d", minutes=2)
    found = dial.turn(config, SHAKESPEARE, HERE, 1_115_394)
    assert found.settings == propose.resolve(config, SHAKESPEARE, HERE)
    assert found.model == propose.model_config(found.settings, 66)
    assert found.tokens == (found.settings.max_steps or 0) * found.settings.tokens_per_step
    assert found.passes == pytest.approx(found.tokens / 1_003_854)


def test_more_time_gives_a_larger_model_and_more_steps_of_it() -> None:
    found = [turned(minutes) for minutes in dial.MINUTES]
    sizes, seen = [one.parameters for one in found], [one.tokens for one in found]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
    assert seen == sorted(seen)


@pytest.mark.parametrize("minutes", [0.5, 2.0, 10.0])
def test_it_takes_about_as_long_as_was_said(minutes: float) -> None:
    assert turned(minutes).seconds == pytest.approx(60 * minutes, rel=0.1)


def test_a_text_that_is_read_often_enough_needs_less_than_the_time() -> None:
    found = turned(480)
    assert found.passes == pytest.approx(rules.PASSES, rel=0.05)
    assert found.seconds < 480 * 60 * 0.9
    assert "more would learn the text by heart" in why(found, "max_steps")
    assert "learn so short a text by heart" in why(found, "n_embd")


def test_a_time_too_short_for_anything_is_told() -> None:
    found = turned(0.05, CorpusFacts(500_000_000, 1_000_000, 32_768), 2_000_000_000)
    assert found.settings.max_steps == propose.FEWEST_STEPS
    assert "are the fewest" in why(found, "max_steps")


def test_the_vocabulary_follows_the_text_and_a_tokenizer_that_does_not_is_told() -> None:
    small = turned(2, CorpusFacts(45_000, 5_000, 66), 50_000)
    assert small.vocabulary == 0
    assert "characters, since longer pieces come too rarely" in why(small, "tokenizer")
    large = turned(2, CorpusFacts(10_000_000, 100_000, 66), 10_000_000)
    assert large.vocabulary == 4096
    assert "about 4,096 pieces" in why(large, "tokenizer")
    assert "This tokenizer has 66." in why(large, "tokenizer")
    fits = turned(2, CorpusFacts(3_000_000, 100_000, 4096), 10_000_000)
    assert "This tokenizer" not in why(fits, "tokenizer")
    assert [dial.suits(4096, size) for size in (2047, 2048, 8192, 8193)] == [False, True, True, False]


def test_what_the_person_said_is_not_explained() -> None:
    said = turned(2, n_layer=3, n_embd=96, n_head=3, max_steps=50, batch_size=4, block_size=32, learning_rate=0.01)
    assert [reason.field for reason in said.reasons] == ["tokenizer"]


def test_reasons_are_short_sentences_with_true_numbers() -> None:
    texts = [(CorpusFacts(10**n, 10**n // 10, size), 10**n) for n, size in itertools.product((3, 6, 9), (66, 4096))]
    for minutes, (facts, size) in itertools.product((*dial.MINUTES, 100_000.0), texts):
        found = turned(minutes, facts, size)
        assert {reason.field for reason in found.reasons} == {
            "tokenizer", "n_embd", "max_steps", "batch_size", "learning_rate",
        }  # fmt: skip
        for reason in found.reasons:
            assert reason.words.endswith(".")
            assert len(reason.words) < 130, reason.words
            assert not {"nan", "None", "inf"} & set(reason.words.replace(".", "").split())
        assert f"{found.settings.max_steps:,}" in why(found, "max_steps")
        assert f"{found.settings.n_layer} layers of width {found.settings.n_embd}" in why(found, "n_embd")


def test_what_does_not_fit_together_is_told() -> None:
    with pytest.raises(UserError):
        turned(2, n_embd=128, n_kv_head=3)
