"""The optimizers: AdamW for everything, or Muon for the matrices of the layers and AdamW for the rest.

Their states are handed out and taken back by parameter name, so that a checkpoint does not depend on order.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from llmstudio.config.train import Optimizer

MOMENTUM = 0.95
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)


@dataclass(frozen=True)
class Rule:
    """How the parameters of one kind are trained: shares of the learning rate and of the weight decay."""

    rate: float
    decay: float


@dataclass(frozen=True)
class Settings:
    """What the optimizers have to know."""

    kind: Optimizer
    beta1: float
    beta2: float
    weight_decay: float
    embedding_share: float = 1.0
    head_share: float = 1.0
    scalar_share: float = 1.0


class Muon(torch.optim.Optimizer):
    """Momentum, made orthogonal (Jordan 2024), scaled so that AdamW's rates fit (Liu et al. 2025).

    All matrices of one shape are handled in one batched product. Takes 2-D parameters only.
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float,
        weight_decay: float,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(list(params), {"lr": lr, "weight_decay": weight_decay, "share": 1.0})
        self.dtype = dtype  # of the products only; five rounds in bf16 are exact enough (Jordan 2024)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Change every parameter that has a gradient."""
        for group in self.param_groups:
            shapes: dict[tuple[int, int], list[nn.Parameter]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    shapes.setdefault(_piece(parameter), []).append(parameter)
            for shape, parameters in shapes.items():
                self._change(parameters, shape, group["lr"], group["weight_decay"])

    def _change(self, parameters: list[nn.Parameter], shape: tuple[int, int], lr: float, decay: float) -> None:
        directions = torch.cat([self._whole(self._direction(parameter)).view(-1, *shape) for parameter in parameters])
        turned = orthogonal(directions.to(self.dtype)).float()
        at, scale = 0, 0.2 * max(shape) ** 0.5
        for parameter in parameters:
            pieces = parameter.numel() // (shape[0] * shape[1])
            update = self._part(turned[at : at + pieces].reshape(parameter.shape), parameter)
            parameter.mul_(1 - lr * decay).add_(update, alpha=-lr * scale)
            at += pieces

    def _whole(self, direction: Tensor) -> Tensor:
        """All of a direction, where this process may hold a part only."""
        return direction

    def _part(self, update: Tensor, _parameter: nn.Parameter) -> Tensor:
        """What this process holds of an update of the whole parameter."""
        return update

    def _direction(self, parameter: nn.Parameter) -> Tensor:
        """The gradient with Nesterov's momentum."""
        gradient = parameter.grad
        assert gradient is not None
        state = self.state[parameter]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(parameter)
        state["momentum"].lerp_(gradient, 1 - MOMENTUM)
        return gradient.lerp(state["momentum"], MOMENTUM)


def _piece(parameter: nn.Parameter) -> tuple[int, int]:
    """Queries, keys and values lie in one matrix of three squares; each square is turned by itself."""
    rows, columns = parameter.shape
    return (columns, columns) if rows == 3 * columns else (rows, columns)


def orthogonal(matrices: Tensor, rounds: int = 5) -> Tensor:
    """The nearest (semi-)orthogonal matrices, about: n, r, c to the same shape.

    Newton and Schulz's iteration with the coefficients of Jordan (2024): singular values end near one.
    """
    a, b, c = NEWTON_SCHULZ
    tall = matrices.size(-2) > matrices.size(-1)
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(rounds):
        square = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return x.mT if tall else x


def build(
    model: nn.Module, settings: Settings, *, fused: bool = True, dtype: torch.dtype = torch.float32
) -> list[torch.optim.Optimizer]:
    """The optimizers of what learns in a model; learning rates are set before each step by `set_rate`.

    `fused` updates all of AdamW's parameters at once; `dtype` is what Muon's products are computed in.
    """
    matrices: list[nn.Parameter] = []
    groups: dict[Rule, list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if settings.kind == "muon" and parameter.dim() == 2 and name.startswith("blocks."):
            matrices.append(parameter)
        else:
            groups.setdefault(_rule(name, parameter, settings), []).append(parameter)
    tables = [
        {"params": parameters, "share": rule.rate, "weight_decay": rule.decay} for rule, parameters in groups.items()
    ]
    betas = (settings.beta1, settings.beta2)
    adam = torch.optim.AdamW(tables, lr=1e-3, betas=betas, eps=1e-10, fused=fused)
    found: list[torch.optim.Optimizer] = [adam]
    if matrices:
        found.append(Muon(matrices, 1e-3, settings.weight_decay, dtype))
    return found


def _rule(name: str, parameter: Tensor, settings: Settings) -> Rule:
    if parameter.dim() < 2:
        return Rule(settings.scalar_share, 0.0)
    if name.startswith(("embedding.", "ngrams.")):
        return Rule(settings.embedding_share, 0.0 if settings.kind == "muon" else settings.weight_decay)
    if name.startswith(("head.", "score.")):
        return Rule(settings.head_share, settings.weight_decay)
    return Rule(1.0, settings.weight_decay)


def set_rate(optimizers: list[torch.optim.Optimizer], rate: float) -> None:
    """Give every group its share of `rate`."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate * group["share"]
