"""Where a process stands among others, from the environment, and what is said of one that cannot be."""

import pytest

from llmstudio.base import world
from llmstudio.base.errors import UserError

GIVEN = {
    "RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "10.0.0.7",
    "MASTER_PORT": "29500", "TORCHELASTIC_USE_AGENT_STORE": "True",
}  # fmt: skip


def test_a_process_alone_is_in_no_world() -> None:
    assert world.around({}) is None
    assert world.around({**GIVEN, "RANK": "0", "WORLD_SIZE": "1"}) is None


def test_what_torchrun_says_is_understood() -> None:
    found = world.around(GIVEN)
    assert found == world.World(3, 4, 1, 2, "10.0.0.7", 29500, agent=True)
    assert not found.leads


def test_processes_of_one_machine_meet_over_a_file() -> None:
    found = world.around({"RANK": "0", "WORLD_SIZE": "2", world.RENDEZVOUS: "/tmp/x"})
    assert found is not None
    assert (found.file, found.leads) == ("/tmp/x", True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"RANK": "4"}, "RANK is 4, but there are only 4 processes"),
        ({"WORLD_SIZE": "many"}, "WORLD_SIZE is not a number: 'many'."),
        ({"MASTER_ADDR": ""}, "Nothing says where the processes meet"),
        ({world.PROCESSES: "2"}, "2 processes were started, but WORLD_SIZE says 4."),
    ],
)
def test_a_wrong_environment_is_told_in_a_sentence(changes: dict[str, str], words: str) -> None:
    with pytest.raises(UserError) as told:
        world.around({**GIVEN, **changes})
    assert words in told.value.message
    assert told.value.hint
