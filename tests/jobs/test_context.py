"""The protocol that tasks are written against names everything that the real context offers, and nothing else."""

from llmstudio.jobs.context import Context, Resume
from llmstudio.jobs.runcontext import RunContext

OURS = {"interrupt", "asked"}  # for whoever runs the task, not for the task


def public(cls: type) -> set[str]:
    return {name for name in vars(cls) if not name.startswith("_")}


def test_protocol_and_implementation_offer_the_same() -> None:
    assert public(Context) - {"workspace"} == public(RunContext) - OURS


def test_resuming_from_the_newest_by_default() -> None:
    assert (Resume().from_step, Resume().overrides) == (None, {})
