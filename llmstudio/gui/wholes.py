"""Jobs made of jobs: the quick start begins each of its stages as a run of its own, and a person sees one job.

Pure functions of the states of runs.
"""

from collections.abc import Sequence

from llmstudio.store.run import RunState


def stages(state: RunState) -> list[str]:
    """The ids of the runs a job has begun, oldest first."""
    begun = (str(artifact.facts.get("id", "")) for artifact in state.artifacts if artifact.what == "run")
    return [run for run in begun if run and run != state.id]


def told(states: Sequence[RunState]) -> list[RunState]:
    """These jobs without those that another of them has begun."""
    parts = {run for state in states for run in stages(state)}
    return [state for state in states if state.id not in parts]


def at_work(state: RunState, states: Sequence[RunState]) -> RunState:
    """The run that works now for a job: the newest of its stages among `states`, else the job itself."""
    found = {other.id: other for other in states}
    return next((found[run] for run in reversed(stages(state)) if run in found), state)


class Ends:
    """Tells, as jobs end one after the other, which of them another one tells of."""

    def __init__(self) -> None:
        self._outlive: set[str] = set()

    def is_part(self, ended: RunState, live: Sequence[RunState]) -> bool:
        """Whether a job that goes on had begun this one, or one that we heard to have ended a moment earlier."""
        self._outlive |= {state.id for state in live if state.id in stages(ended)}
        part = ended.id in self._outlive or any(ended.id in stages(state) for state in live)
        self._outlive.discard(ended.id)
        return part
