"""Spreads a model over the processes of a team: copies that add their gradients (DDP), or shares of it (FSDP2)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.nn.parallel import DistributedDataParallel

from llmstudio.engine.device import Place
from llmstudio.engine.gpt import GPT
from llmstudio.engine.optim import Muon
from llmstudio.engine.parallel.team import Team

Strategy = Literal["ddp", "fsdp"]


class Spread(Protocol):
    """A model that learns in several processes."""

    def loss(self, ids: Tensor, targets: Tensor) -> Tensor:
        """The mean loss of this process's share of a batch; its gradients become those of the whole batch."""

    def adding_up(self, last: bool) -> AbstractContextManager[None]:
        """Around one of several batches whose gradients are added: they are exchanged after the last only."""

    def part(self) -> None:
        """Give back what was put together for reading without learning."""


class _Loss(nn.Module):
    """DDP prepares its exchange when it is called, so what it wraps has to answer with the loss."""

    def __init__(self, model: GPT) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, targets: Tensor) -> Tensor:
        return self.model.loss(ids, targets)


class Copies:
    """Every process holds the whole model; gradients are averaged while backward still runs (Li et al. 2020)."""

    def __init__(self, model: GPT, place: Place) -> None:
        devices = [torch.cuda.current_device()] if place.device == "cuda" else None
        self.wrapped = DistributedDataParallel(
            _Loss(model), device_ids=devices, forward_sync_buffers=False, gradient_as_bucket_view=True
        )

    def loss(self, ids: Tensor, targets: Tensor) -> Tensor:
        """See `Spread`."""
        return self.wrapped(ids, targets)  # type: ignore[no-any-return]

    def adding_up(self, last: bool) -> AbstractContextManager[None]:
        """See `Spread`."""
        return nullcontext() if last else self.wrapped.no_sync()

    def part(self) -> None:
        """See `Spread`: every process has all of it anyway."""


class Shards:
    """Every process holds a share of each matrix, its gradient and its states (Rajbhandari et al. 2020).

    A layer is put together in fp32 when it computes and given back after. Autocast makes products bf16 as in one
    process: gathering bf16 weights would halve the exchange, but make the stream between the layers bf16 too.
    """

    def __init__(self, model: GPT, team: Team, place: Place) -> None:
        mesh = init_device_mesh(place.device, (team.size,))
        for block in model.blocks:
            fully_shard(block, mesh=mesh)
        fully_shard(model, mesh=mesh)
        register_fsdp_forward_method(model, "loss")
        self.model: Any = model

    def loss(self, ids: Tensor, targets: Tensor) -> Tensor:
        """See `Spread`."""
        return self.model.loss(ids, targets)  # type: ignore[no-any-return]

    @contextmanager
    def adding_up(self, last: bool) -> Iterator[None]:
        """See `Spread`."""
        self.model.set_requires_gradient_sync(last)
        yield

    def part(self) -> None:
        """See `Spread`: torch leaves embedding and head together after a pass, for the backward that follows it."""
        self.model.reshard()


def spread(model: GPT, strategy: Strategy, team: Team, place: Place) -> Spread:
    """Make a model, the same in every process, learn in all of them. Before the optimizers are built."""
    return Shards(model, team, place) if strategy == "fsdp" else Copies(model, place)


class ShardedMuon(Muon):
    """Muon for matrices that are spread: directions are put together, turned in every process, and cut again."""

    @classmethod
    def like(cls, muon: Muon) -> "ShardedMuon":
        """One for the same matrices by the same rules."""
        group = muon.param_groups[0]
        return cls(group["params"], group["lr"], group["weight_decay"], muon.dtype)

    def _whole(self, direction: Tensor) -> Tensor:
        return whole(direction)

    def _part(self, update: Tensor, parameter: nn.Parameter) -> Tensor:
        assert isinstance(parameter, DTensor)
        return distribute_tensor(update, parameter.device_mesh, parameter.placements, src_data_rank=None)


def whole(tensor: Tensor) -> Tensor:
    """All of a tensor that may be spread; every process has to ask."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def own(tensor: Tensor) -> Tensor:
    """What this process holds of a tensor that may be spread."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def each_optimizer(
    optimizers: list[torch.optim.Optimizer], make: Callable[[Muon], Muon]
) -> list[torch.optim.Optimizer]:
    """The optimizers with every Muon replaced."""
    return [make(one) if isinstance(one, Muon) else one for one in optimizers]
