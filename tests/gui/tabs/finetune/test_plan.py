"""The planner's figures of a fine-tuning against plain arithmetic."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from llmstudio.config import propose_finetune, sizing
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.config.model import ModelConfig
from llmstudio.config.propose_finetune import TuneFacts
from llmstudio.gui.tabs.finetune import plan
from llmstudio.gui.tabs.finetune.plan import Rows
from llmstudio.gui.timing import Machine

SHAPE = ModelConfig(vocab_size=300, n_layer=4, n_head=4, n_embd=64, block_size=128)
FACTS = TuneFacts(SHAPE, "llama", rows=700, tokens=35_000, longest=90, outputs=3)
ROWS = Rows(700, 100, 200, 35_000, exact=True)
ROOM = Machine(16 * 10**9, 200 * 10**9)


def settled(**said: Any) -> FinetuneConfig:
    config = FinetuneConfig(**{"model": "m", "dataset": "d", "name": "n", **said})
    return propose_finetune.resolve(config, FACTS)


def test_what_is_trained_is_exact() -> None:
    for method in ("full", "last-layers", "head", "lora"):
        config = settled(method=method)
        made = plan.make(config, FACTS, ROWS, ROOM, None, 1e11)
        assert made.trained == sizing.finetune_learning(SHAPE, "llama", config, 3)
        assert made.total == sizing.count(SHAPE)
    assert plan.make(settled(method="head"), FACTS, ROWS, ROOM, None, 1e11).trained_share < 0.01


def test_a_step_reads_rows_of_the_usual_length() -> None:
    assert plan.tokens_of_step(settled(batch_size=8, accumulate=2), FACTS) == pytest.approx(16 * 50)
    windows = settled(task="continue", batch_size=8, block_size=64)
    assert plan.tokens_of_step(windows, FACTS) == 8 * 64


def test_work_grows_with_steps_and_evaluations() -> None:
    once = settled(max_steps=100, eval_every=100)
    twice = settled(max_steps=200, eval_every=200)
    often = settled(max_steps=100, eval_every=10)
    work = [plan.work(config, FACTS, ROWS) for config in (once, twice, often)]
    assert work[0] < work[2] < work[1] * 2
    assert plan.evaluations(once) == 2
    assert plan.evaluations(often) == 11
    assert plan.evaluated_tokens(once, FACTS, ROWS) == pytest.approx((2 * 100 + 200) * 50)


def test_a_timed_test_of_these_settings_predicts_their_time() -> None:
    config = settled()
    measured = plan.measure({"tokens_per_second": 20_000, "seconds": 6}, config, FACTS, datetime.now(UTC))
    assert measured is not None
    made = plan.make(config, FACTS, ROWS, ROOM, measured, 1.0)
    expected = plan.work(config, FACTS, ROWS) / measured.flops + plan.beside(config, FACTS, ROWS)
    assert made.seconds == pytest.approx(expected)
    assert made.timed
    assert made.origin == "from a timed test of 6 s, just now"
    other = plan.make(settled(method="lora"), FACTS, ROWS, ROOM, measured, 1.0)
    assert not other.timed
    assert plan.measure({}, config, FACTS, datetime.now(UTC)) is None


def test_answers_and_the_baseline_take_time() -> None:
    quiet = settled(baseline=False)
    assert plan.beside(settled(), FACTS, ROWS) - plan.beside(quiet, FACTS, ROWS) == plan.FIRST_SECONDS
    talking = settled(task="instruct")
    assert plan.beside(talking, FACTS, ROWS) > plan.beside(settled(task="instruct", sample_tokens=0), FACTS, ROWS)


def test_an_adapter_takes_less_disk_than_all_weights() -> None:
    full, lora = (plan.make(settled(method=m), FACTS, ROWS, ROOM, None, 1e11).disk for m in ("full", "lora"))
    assert lora < full / 2


def test_the_share_of_the_memory_is_that_of_the_machine() -> None:
    made = plan.make(settled(), FACTS, ROWS, replace(ROOM, memory_bytes=10**9), None, 1e11)
    assert made.memory_share == pytest.approx(made.memory.total / 1e9)


@pytest.mark.parametrize(("split", "train"), [("70,10,20", 70), ("dataset", 90), ("50,25,25", 50)])
def test_before_the_rows_are_read_they_are_estimated(split: str, train: int) -> None:
    rows, longest = plan.estimated({"documents": 100, "characters": 40_000}, split)
    assert rows.train == train
    assert not rows.exact
    assert longest > 100
    assert plan.estimated({}, split)[0].train == 0
