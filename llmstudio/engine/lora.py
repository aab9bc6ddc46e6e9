"""LoRA (Hu et al. 2021): beside a frozen matrix W stand two thin ones, and x W' becomes x (W + alpha / rank B A)'.

A begins random, B at zero, so that nothing is added at first. A matrix that holds several (queries, keys and
values in one) has a pair for each part, as other programs keep them.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.config.finetune import Targets
from llmstudio.config.model import ModelConfig
from llmstudio.engine.dropout import dropout

TARGETS: dict[Targets, tuple[str, ...]] = {
    "attention": ("attention.qkv", "attention.out"),
    "feed-forward": ("feed_forward.gate", "feed_forward.up", "feed_forward.down"),
    "all": ("attention.qkv", "attention.out", "feed_forward.gate", "feed_forward.up", "feed_forward.down"),
}
WHOLE = "whole"  # the only part of a matrix that is not parted
FUSED = ("gpt2", "studio-small")
"""Families whose queries, keys and values are one matrix for other programs too."""


@dataclass(frozen=True)
class LoraSettings:
    """What adapters are made of."""

    rank: int
    alpha: float
    dropout: float = 0.0
    targets: Targets = "all"

    @property
    def scale(self) -> float:
        """What the added part is multiplied by."""
        return self.alpha / self.rank


class Pair(nn.Module):
    """The two thin matrices: A [rank, in], B [out, rank]."""

    def __init__(self, inner: int, outer: int, rank: int, device: torch.device) -> None:
        super().__init__()
        self.A = nn.Parameter(torch.empty(rank, inner))
        self.B = nn.Parameter(torch.zeros(outer, rank, device=device))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))  # on the CPU, so that the seed gives the same anywhere
        self.A.data = self.A.data.to(device)


class LoraLinear(nn.Linear):
    """A frozen linear layer with pairs beside it; `parts` says how many of its rows each pair adds to."""

    def __init__(self, linear: nn.Linear, parts: Mapping[str, int], settings: LoraSettings) -> None:
        super().__init__(linear.in_features, linear.out_features, linear.bias is not None, device="meta")
        self.weight, self.bias = linear.weight, linear.bias
        self.settings, self.active, self.merged = settings, True, False
        self.train(linear.training)
        self.adapters = nn.ModuleDict(
            {name: Pair(linear.in_features, rows, settings.rank, linear.weight.device) for name, rows in parts.items()}
        )

    def forward(self, x: Tensor) -> Tensor:
        """x (..., in) to (..., out)."""
        if torch.is_autocast_enabled(x.device.type):
            x = x.to(torch.get_autocast_dtype(x.device.type))  # once for both ways
        frozen = F.linear(x, self.weight, self.bias)
        return frozen if self.merged or not self.active else self._beside(frozen, x)

    def _beside(self, frozen: Tensor, x: Tensor) -> Tensor:
        """The frozen result with what the pairs add, in one product: their B stand along a diagonal."""
        pairs = self._pairs()
        x = dropout(x, self.settings.dropout, self.training)
        lower = pairs[0].A if len(pairs) == 1 else torch.cat([pair.A for pair in pairs])  # parts x rank, in
        upper = pairs[0].B if len(pairs) == 1 else torch.block_diag(*[pair.B for pair in pairs])  # type: ignore[no-untyped-call]  # out, parts x rank
        thin = F.linear(x, lower) * self.settings.scale
        return torch.addmm(frozen.flatten(0, -2), thin.flatten(0, -2), upper.T).view(frozen.shape)

    def delta(self) -> Tensor:
        """What is added to the matrix, [out, in]."""
        return torch.cat([pair.B @ pair.A for pair in self._pairs()]) * self.settings.scale

    def _pairs(self) -> list[Pair]:
        return list(self.adapters.values())  # type: ignore[arg-type]


def attach(model: nn.Module, config: ModelConfig, family: str, settings: LoraSettings) -> None:
    """Freeze all there is, and put pairs beside the target matrices of every block, drawn from torch's generator."""
    model.requires_grad_(False)
    for name, linear in _targets(model, settings.targets):
        owner, _, own = name.rpartition(".")
        setattr(model.get_submodule(owner), own, LoraLinear(linear, parts_of(name, config, family), settings))


def _targets(model: nn.Module, targets: Targets) -> list[tuple[str, nn.Linear]]:
    wanted = TARGETS[targets]
    linears = ((name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear))
    return [(name, part) for name, part in linears if name.endswith(wanted) and not isinstance(part, LoraLinear)]


def parts_of(name: str, config: ModelConfig, family: str) -> dict[str, int]:
    """Parts of the matrix `name` and how many rows each has."""
    heads = config.n_head * config.head_width
    if name.endswith("attention.qkv"):
        if family not in FUSED:
            return {"q": heads, "k": config.kv_width, "v": config.kv_width}
        return {WHOLE: heads + 2 * config.kv_width}
    return {WHOLE: config.hidden_width if name.endswith(("gate", "up")) else config.n_embd}


def layers(model: nn.Module) -> Iterator[tuple[str, LoraLinear]]:
    """The layers with adapters, by name."""
    return ((name, part) for name, part in model.named_modules() if isinstance(part, LoraLinear))


def merge(model: nn.Module) -> None:
    """Add the adapters to their matrices: as fast as without them from then on."""
    for _, layer in layers(model):
        if not layer.merged:
            layer.weight.data += layer.delta().detach().to(layer.weight.dtype)
            layer.merged = True


def unmerge(model: nn.Module) -> None:
    """Take them out again (equal up to rounding)."""
    for _, layer in layers(model):
        if layer.merged:
            layer.weight.data -= layer.delta().detach().to(layer.weight.dtype)
            layer.merged = False


def dissolve(model: nn.Module) -> None:
    """Merge, and leave plain layers behind."""
    merge(model)
    for name, layer in list(layers(model)):
        owner, _, own = name.rpartition(".")
        plain = nn.Linear(layer.in_features, layer.out_features, layer.bias is not None, device="meta")
        plain.weight, plain.bias = layer.weight, layer.bias
        setattr(model.get_submodule(owner), own, plain)


@contextmanager
def without(model: nn.Module) -> Iterator[None]:
    """Inside it, the model computes as if it had no adapters."""
    found = [layer for _, layer in layers(model)]
    for layer in found:
        layer.active = False
    try:
        yield
    finally:
        for layer in found:
            layer.active = True
