"""Steps that fit into the time a person has."""

import numpy as np
import pytest

from llmstudio.config import propose
from llmstudio.config.propose import CorpusFacts, MachineFacts
from llmstudio.config.train import PretrainConfig
from llmstudio.engine.device import Place
from llmstudio.tasks import pacing

FACTS = CorpusFacts(50_000_000, 1_000_000, 66)


def settled(**changes: object) -> tuple[PretrainConfig, PretrainConfig]:
    """What was asked for, and the first proposal."""
    asked = PretrainConfig(**{"name": "n", "dataset": "d", **changes})  # type: ignore[arg-type]
    return asked, propose.resolve(asked, FACTS)


def test_half_the_speed_is_half_the_steps_of_the_same_model() -> None:
    asked, first = settled(minutes=10)
    quick, slow = (
        pacing.paced(asked, first, FACTS, MachineFacts(), lambda _s, each=each: each) for each in (0.05, 0.1)
    )
    assert quick.max_steps == pytest.approx(600 * propose.BESIDE / 0.05, rel=0.05)
    assert (quick.max_steps or 0) == pytest.approx(2 * (slow.max_steps or 0), rel=0.05)
    for name in ("n_layer", "n_embd", "n_head", "block_size", "batch_size", "learning_rate", "ngram_rows"):
        assert getattr(quick, name) == getattr(slow, name) == getattr(first, name)
    assert slow.eval_every == pytest.approx((slow.max_steps or 0) / propose.EVALUATIONS, abs=1)


def test_nothing_is_timed_where_the_time_or_the_steps_are_not_open() -> None:
    def never(_seconds: float) -> float:
        raise AssertionError

    for changes in ({}, {"minutes": 10, "max_steps": 50}):
        asked, first = settled(**changes)
        assert pacing.paced(asked, first, FACTS, MachineFacts(), never) == first


def test_the_test_takes_a_small_share_of_the_time() -> None:
    given: list[float] = []
    for minutes in (0.1, 60):
        asked, first = settled(minutes=minutes)
        pacing.paced(asked, first, FACTS, MachineFacts(), lambda seconds: given.append(seconds) or 0.05)
    assert given == [pytest.approx(0.3), pacing.SECONDS]


def test_a_step_is_timed_by_taking_some() -> None:
    _, tiny = settled(n_layer=1, n_embd=16, n_head=2, block_size=8, batch_size=2, max_steps=1)
    ids = np.arange(400, dtype=np.uint16) % 60
    turns: list[None] = []
    found = pacing.timed(tiny, 66, ids, Place("cpu", "fp32", 1), 0.01, lambda: turns.append(None))
    assert 0 < found < 60
    assert len(turns) >= pacing.FEWEST
