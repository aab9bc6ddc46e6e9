"""The trainer of a team: the same steps as alone, with every process reading its share of each batch."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from llmstudio.engine import checkpoint
from llmstudio.engine.batches import Batches
from llmstudio.engine.device import Place
from llmstudio.engine.gpt import GPT
from llmstudio.engine.measure import Loss
from llmstudio.engine.parallel import measure
from llmstudio.engine.parallel.team import Team
from llmstudio.engine.parallel.wrapping import ShardedMuon, Strategy, each_optimizer, own, spread, whole
from llmstudio.engine.trainer import Plan, Record, Trainer, Working


class TeamTrainer(Trainer):
    """Trains one model in all processes of a team; `plan.batch` is the batch of all of them together.

    The model has to be the same everywhere at first. Losses, norms and evaluations are those of the whole batch and
    the same everywhere, so that all processes decide alike.
    """

    def __init__(
        self,
        model: GPT,
        train: NDArray[Any],
        validation: NDArray[Any],
        plan: Plan,
        place: Place,
        team: Team,
        strategy: Strategy,
    ) -> None:
        assert plan.batch % team.size == 0, "the caller checks that the batch can be shared"
        self.team, self.sharded = team, strategy == "fsdp"
        self.spread = spread(model, strategy, team, place)
        super().__init__(model, train, validation, plan, place)
        if self.sharded:
            self.optimizers = each_optimizer(self.optimizers, ShardedMuon.like)
        if team.rank:  # every process drops other numbers out
            torch.manual_seed(plan.seed + team.rank * 1_000_003)
            cuda = {"cuda": torch.cuda.get_rng_state()} if place.device == "cuda" else {}
            self._chance = {"cpu": torch.get_rng_state(), **cuda}

    def _order(self, train: NDArray[Any]) -> Batches:
        rank, size = self.team.rank, self.team.size
        share = self.plan.batch // size
        return Batches(train, block=self.plan.block, batch=share, seed=self.plan.seed, rank=rank, world=size)

    def _accumulate(self, number: int) -> float:
        with self.spread.adding_up(last=(number + 1) % self.plan.accumulate == 0):
            return super()._accumulate(number)

    def _loss(self, ids: Tensor, targets: Tensor) -> Tensor:
        return self.spread.loss(ids, targets)

    def _clip(self) -> float:
        if not self.sharded:
            return super()._clip()
        norm = torch.nn.utils.clip_grad_norm_(self.module.parameters(), self.plan.clip or torch.inf)
        return float(whole(norm))

    def _change(self, loss: float, norm: float) -> Record:
        return super()._change(self.team.total(loss)[0] / self.team.size, norm)

    def _examine(self) -> Generator[Record, None, float]:
        loss, plan = Loss(0.0, 0), self.plan
        for so_far in measure.evaluate(
            self.model, self.validation, self.place, self.team, block=plan.block, most=plan.validation_windows
        ):
            loss = so_far
            yield Working(self.state.step, evaluating=True)
        return loss.mean

    def weights(self) -> dict[str, Tensor]:
        """As alone; of a spread model this process's shares, also right after it was put together for reading."""
        self.spread.part()
        return super().weights()

    def finite(self) -> bool:
        """Whether all numbers of the model are finite, in every process."""
        bad = not all(checkpoint.finite(own(tensor)) for tensor in self.weights().values())
        return self.team.total(float(bad))[0] == 0

    def whole_weights(self) -> dict[str, Tensor]:
        """The model's tensors put together, for the first process; empty in the others. All have to ask."""
        found = {}
        for name, tensor in self.weights().items():
            together = whole(tensor.detach())
            if self.team.leads:
                found[name] = together.cpu()
        return found

    def snapshot(self) -> checkpoint.Snapshot:
        """As alone, with the random numbers of every process; tensors of a spread model are this process's shares."""
        self.spread.part()
        alone = super().snapshot()
        others = self.team.gather({name: state.cpu() for name, state in self._chance.items()})
        chance = {
            f"random.{name}@{rank}": state
            for rank, states in enumerate(others)
            for name, state in states.items()
            if rank
        }
        tensors = {**alone.tensors, "optimizer": {**alone.tensors["optimizer"], **chance}}
        return replace(alone, tensors=tensors, state={**alone.state, "processes": self.team.size})

    def restore(self, snapshot: checkpoint.Snapshot) -> None:
        """Stand where a snapshot was taken, in this or another number of processes."""
        self.spread.part()
        parts = dict(snapshot.tensors["optimizer"])
        mine = {name: tensor for name, tensor in parts.items() if self._is_mine(name)}
        if self.team.rank and not any(name.startswith("random.cpu@") for name in mine):
            torch.manual_seed(self.plan.seed + self.team.rank * 1_000_003 + snapshot.step)
            mine["random.cpu"] = torch.get_rng_state()
        found = {name.partition("@")[0]: tensor for name, tensor in mine.items()}
        super().restore(replace(snapshot, tensors={**snapshot.tensors, "optimizer": found}))

    def _is_mine(self, name: str) -> bool:
        if not name.startswith("random."):
            return True
        return name.endswith(f"@{self.team.rank}") if self.team.rank else "@" not in name
