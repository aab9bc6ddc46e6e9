"""The planner's figures against plain arithmetic."""

from datetime import UTC, datetime

import pytest

from llmstudio.config import propose, sizing
from llmstudio.config.propose import CorpusFacts
from llmstudio.config.train import PretrainConfig
from llmstudio.gui.tabs.train import plan
from llmstudio.gui.timing import RUNTIME, START_SECONDS, Machine, Measured

CORPUS = CorpusFacts(400_000, 40_000, 97)
ROOM = Machine(16 * 10**9, 200 * 10**9)
CONFIG = propose.resolve(PretrainConfig(name="m", dataset="d", max_steps=1000, batch_size=32), CORPUS)


def test_parameters_are_exact_and_add_up() -> None:
    made = plan.make(CONFIG, CORPUS, ROOM, None, 1e11)
    assert made.total == sizing.count(propose.model_config(CONFIG, 97))
    assert made.tokens == 1000 * 32 * (CONFIG.block_size or 0)
    assert made.passes == pytest.approx(made.tokens / 400_000)
    assert made.tokens_per_parameter == pytest.approx(made.tokens / made.total)


def test_a_timed_test_of_these_settings_predicts_their_time() -> None:
    measured = plan.measure({"tokens_per_second": 10_000, "seconds": 6}, CONFIG, 97, datetime.now(UTC))
    assert measured
    made = plan.make(CONFIG, CORPUS, ROOM, measured, 1.0)
    expected = (made.tokens + plan.evaluated_tokens(CONFIG, CORPUS) / 3) / 10_000
    expected += plan.beside(CONFIG, CORPUS, cut=True)
    assert made.seconds == pytest.approx(expected, rel=0.001)
    assert made.timed
    assert made.origin == "from a timed test of 6 s, just now"


def test_the_program_itself_takes_memory_too() -> None:
    needed = sizing.memory(propose.model_config(CONFIG, 97), CONFIG).total
    result = {"tokens_per_second": 10_000, "memory_bytes": needed + 300e6}
    measured = plan.measure(result, CONFIG, 97, datetime.now(UTC))
    assert measured
    assert plan.make(CONFIG, CORPUS, ROOM, measured, 1.0).memory_total == pytest.approx(needed + 300e6)
    assert plan.make(CONFIG, CORPUS, ROOM, None, 1.0).runtime == RUNTIME


def test_text_that_is_not_cut_yet_and_samples_take_time() -> None:
    assert plan.beside(CONFIG, CORPUS, cut=False) > plan.beside(CONFIG, CORPUS, cut=True)
    silent = CONFIG.model_copy(update={"sample_tokens": 0})
    assert plan.beside(silent, CORPUS, cut=True) == START_SECONDS


def test_other_settings_are_estimated_from_it() -> None:
    measured = plan.measure({"tokens_per_second": 10_000}, CONFIG, 97, datetime.now(UTC))
    wider = CONFIG.model_copy(update={"n_embd": 2 * (CONFIG.n_embd or 0)})
    made = plan.make(wider, CORPUS, ROOM, measured, 1.0)
    assert not made.timed
    assert made.origin == "estimated from a test of other settings"


def test_a_result_that_says_nothing_is_no_measurement() -> None:
    assert plan.measure({}, CONFIG, 97, datetime.now(UTC)) is None
    assert plan.measure({"tokens_per_second": 0}, CONFIG, 97, datetime.now(UTC)) is None
    assert Measured.load({"flops": "much"}) is None
    assert Measured.load(None) is None
