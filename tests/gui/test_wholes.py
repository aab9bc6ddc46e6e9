"""A job that begins others is told as one."""

from llmstudio.gui import wholes
from llmstudio.store.events import Artifact
from llmstudio.store.run import RunState


def whole(*begun: str) -> RunState:
    state = RunState("q", "quickstart", "Build my first model", status="running")
    for run in ("q", *begun):
        state.fold(Artifact("run", f"runs/{run}", {"id": run}))
    return state


PIECES, TRAINING = RunState("t", "train_tokenizer", "Pieces"), RunState("p", "pretrain", "First model")
OTHER = RunState("o", "pretrain", "Another")


def test_its_stages_are_the_runs_it_began() -> None:
    assert wholes.stages(whole("t", "p")) == ["t", "p"]
    assert wholes.stages(OTHER) == []


def test_stages_are_not_told_beside_it() -> None:
    job = whole("t", "p")
    assert wholes.told([job, TRAINING, OTHER]) == [job, OTHER]
    assert wholes.told([TRAINING, OTHER]) == [TRAINING, OTHER]  # without it, each stands for itself


def test_the_newest_stage_that_goes_on_works_for_it() -> None:
    job = whole("t", "p")
    assert wholes.at_work(job, [job, PIECES, TRAINING]) is TRAINING
    assert wholes.at_work(job, [job, PIECES]) is PIECES
    assert wholes.at_work(job, [job]) is job
    assert wholes.at_work(OTHER, [job, OTHER]) is OTHER


def test_a_stage_is_part_of_what_began_it_whichever_is_heard_to_end_first() -> None:
    job, ends = whole("t", "p"), wholes.Ends()
    assert ends.is_part(PIECES, [job, TRAINING])
    assert not ends.is_part(job, [TRAINING, OTHER])
    assert not ends.is_part(OTHER, [TRAINING])
    assert ends.is_part(TRAINING, [])
    assert not ends.is_part(TRAINING, [])  # resumed later, it stands for itself
