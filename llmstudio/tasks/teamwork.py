"""One attempt at one training by a team of processes: whatever one does with the model, all do, in the same order.

The first process keeps the log and the files.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from llmstudio.config.train import PretrainConfig
from llmstudio.engine import checkpoint, measure, skeleton
from llmstudio.engine.device import Place
from llmstudio.engine.generate import Reader
from llmstudio.engine.gpt import GPT
from llmstudio.engine.parallel import measure as team_measure
from llmstudio.engine.parallel import sharded
from llmstudio.engine.parallel.reading import TeamReader
from llmstudio.engine.parallel.team import Team
from llmstudio.engine.parallel.trainer import TeamTrainer
from llmstudio.engine.parallel.wrapping import Strategy
from llmstudio.engine.trainer import Plan, Trainer
from llmstudio.tasks.attempt import Attempt, Result
from llmstudio.tasks.keeping import Figures
from llmstudio.tasks.preparation import Prepared
from llmstudio.tasks.teamcontext import TeamContext
from llmstudio.tasks.training import Training


class TeamTraining(Training):
    """A training in step."""

    trainer: TeamTrainer
    context: TeamContext

    def __init__(self, config: PretrainConfig, prepared: Prepared, context: TeamContext, team: Team) -> None:
        self.team, self.processes = team, team.size
        super().__init__(config, prepared, context)
        self.sharded = self.trainer.sharded
        context.late = lambda: super(TeamTraining, self)._overdue

    def run(self) -> None:
        """As `Attempt.run`: in several processes nothing is compiled."""
        Attempt.run(self)

    def _trainer(self, model: GPT, train: NDArray[Any], validation: NDArray[Any], plan: Plan, place: Place) -> Trainer:
        strategy: Strategy = "fsdp" if self.config.strategy == "fsdp" else "ddp"
        return TeamTrainer(model, train, validation, plan, place, self.team, strategy)

    # -- checkpoints

    def _sweep(self) -> None:
        if self.team.leads:
            super()._sweep()
        self.team.wait()

    def _find(self, at_most: int | None) -> checkpoint.Found:
        """The first one names the candidates, all look at their files, and each reads what it needs."""
        skipped: list[str] = []
        while path := self.team.tell(self._newest(at_most) if self.team.leads else None):
            words = sharded.faults(path, self.team)
            if not words:
                return checkpoint.Found(self._read(path), tuple(skipped))
            skipped.append(words)
            if self.team.leads:
                checkpoint.set_aside(path)
            self.team.wait()
        return checkpoint.Found(None, tuple(skipped))

    def _newest(self, at_most: int | None) -> Path | None:
        steps = checkpoint.listed(self.folder, "step")
        return next((path for step, path in steps if at_most is None or step <= at_most), None)

    def _read(self, path: Path) -> checkpoint.Snapshot:
        if not self.sharded:
            return checkpoint.read(path)
        weights = self.trainer.weights()
        return sharded.read(path, dict(self.trainer.model.named_parameters()), weights)

    def _load_weights(self, path: Path) -> None:
        self.learner.load(self._read(path).tensors["model"])

    def _finite(self, snapshot: checkpoint.Snapshot) -> bool:
        return self.trainer.finite()

    def _write(self, kind: str, snapshot: checkpoint.Snapshot) -> Path:
        if self.sharded:
            return sharded.write(self.folder, kind, snapshot, self._origin(), self.team)
        if self.team.leads:
            super()._write(kind, snapshot)
        self.team.wait()
        return checkpoint.shown(self.folder, kind, snapshot.step)

    def _patiently(self, write: Callable[[], Result], check: Callable[[], None] | None = None) -> Result:
        """Where several write, a full disk ends the attempt for all: they could not wait in step."""
        return write()

    def _prune(self) -> None:
        if self.team.leads:
            super()._prune()

    def _drop_after(self, step: int) -> None:
        self.team.wait()  # until all have read what they go on from
        if self.team.leads:
            super()._drop_after(step)
        self.team.wait()

    @property
    def _overdue(self) -> bool:
        """By the first one's clock, as of the last check."""
        return self.context.overdue

    # -- samples, the result and the model

    def _sample(self, step: int) -> None:
        """A model in copies writes in the first process; of a spread one, all have to read."""
        if self.sharded or self.team.leads:
            super()._sample(step)

    def _reader(self) -> Reader | None:
        return TeamReader(self.trainer.model) if self.sharded else None

    def _go_on_writing(self, end: float) -> bool:
        more = not self.context.glance() and self._in_time(end)
        return bool(self.team.agree(int(more))) if self.sharded else more

    def _measured(self, ids: NDArray[Any]) -> Iterator[measure.Loss]:
        block = self.trainer.plan.block
        return team_measure.evaluate(self.trainer.model, ids, self.place, self.team, block=block)

    def _keep(self, figures: Figures) -> str:
        if not self.sharded:
            return super()._keep(figures) if self.team.leads else ""
        weights = self.trainer.whole_weights()
        if not self.team.leads:
            return ""
        model = self.trainer.model
        return self._keep_weights(skeleton.filled(model.config, weights, model.embedding.weight.dtype), figures)
