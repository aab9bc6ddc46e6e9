"""Settings of a team: the batch has to be shared, the strategy fits the memory (the training: test_launch.py)."""

import pytest

from llmstudio.base.errors import UserError
from llmstudio.base.world import World
from llmstudio.config import propose, scaling
from llmstudio.config.train import PretrainConfig
from llmstudio.tasks.preparation import team_settled
from tests.tasks import small

FOUR = World(0, 4, 0, 4, file="x")
CONFIG = PretrainConfig(**{**small.TINY, "batch_size": 8, "device": "cpu", "optimizer": "adamw"})
SHAPE = propose.model_config(CONFIG, 50)


def test_a_batch_that_cannot_be_shared_is_refused_with_one_that_can() -> None:
    with pytest.raises(UserError) as told:
        team_settled(CONFIG.model_copy(update={"batch_size": 10}), SHAPE, 1 << 40, FOUR)
    assert told.value.message == "A batch of 10 cannot be shared evenly by 4 processes."
    assert told.value.candidates == ("8",)


def test_the_model_is_shared_where_copies_do_not_fit() -> None:
    copies = scaling.memory(SHAPE, CONFIG, 4, "ddp").total
    shares = scaling.memory(SHAPE, CONFIG, 4, "fsdp").total
    assert shares < copies
    assert team_settled(CONFIG, SHAPE, 4 * copies, FOUR).strategy == "ddp"
    assert team_settled(CONFIG, SHAPE, 4 * copies - 4, FOUR).strategy == "fsdp"
    with pytest.raises(UserError, match="Memory is not enough"):
        team_settled(CONFIG, SHAPE, 4 * shares - 4, FOUR)
