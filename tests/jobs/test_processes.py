"""How many processes a job wants, and what is known of the one that ended first."""

from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.base.world import World
from llmstudio.jobs import faults, processes
from llmstudio.jobs.job import Job
from llmstudio.jobs.processes import Ended


def test_only_a_training_from_scratch_is_shared() -> None:
    assert processes.count(Job("a", "pretrain", "A", {"processes": 3})) == 3
    assert processes.count(Job("a", "pretrain", "A", {})) == 1
    assert processes.count(Job("a", "evaluate", "A", {"processes": 3})) == 1


def test_other_work_is_not_begun_by_several() -> None:
    several = World(0, 2, 0, 2, file="x")
    processes.check_kind("pretrain", several)
    processes.check_kind("evaluate", None)
    with pytest.raises(UserError, match="This is work for one process, and 2 were started"):
        processes.check_kind("evaluate", several)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-9, "Process 2 of 4 ended: the system killed it; most likely memory ran out."),
        (-11, "Process 2 of 4 ended: it ended by signal 11 (SIGSEGV)."),
        (1, "Process 2 of 4 ended: it ended with exit code 1 and without a word."),
    ],
)
def test_the_one_that_ended_is_named(tmp_path: Path, code: int, words: str) -> None:
    log = tmp_path / "stderr.log"
    assert processes.ended(tmp_path) is None
    processes.remember(tmp_path, Ended(2, 4, code))
    assert faults.of_exit(1, log).message == words
    processes.forget(tmp_path)
    assert "Process" not in faults.of_exit(1, log).message
