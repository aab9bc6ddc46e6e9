"""Models of every kind, and how far a step of ours is from torch's own operations."""

from typing import Any

import torch
from torch import Tensor

from llmstudio.engine import quantize
from llmstudio.engine.cache import KVCache
from llmstudio.engine.gpt import GPT
from llmstudio.engine.native import matrix
from llmstudio.engine.native.bindings import Library
from llmstudio.engine.native.matrix import Matrix
from llmstudio.engine.native.step import Normed, Parts, Standing, Step
from tests.engine import tiny

KINDS: list[tuple[str, dict[str, Any]]] = [
    ("gpt2", {}),
    ("gpt2", {"bias": False, "qkv_bias": False, "norm_weight": False}),
    ("llama", {"n_kv_head": 1, "hidden": 96}),
    ("llama", {"n_head": 4, "n_kv_head": 2, "head": 32, "qk_norm": "learned", "qkv_bias": True}),
    ("llama", {"n_embd": 160, "n_head": 2, "head": 80, "hidden": 416}),
    ("studio-small", {}),
]


def model(preset: str, changes: dict[str, Any], seed: int = 0) -> GPT:
    """A small model with weights, biases, gains and scalars that are all of some size, on the grid of int8."""
    made = tiny.model(preset, **{"n_embd": 64, "n_head": 4, "block_size": 48, "hidden": 128, **changes})
    torch.manual_seed(seed)
    for name, parameter in made.named_parameters():
        torch.nn.init.normal_(parameter, std=0.2)
        if name.endswith(("qkv.weight", "out.weight", "up.weight", "gate.weight", "down.weight")):
            levels = quantize.int8_groups(parameter.detach())
            parameter.data = quantize.restored8_groups(*levels)
    return made.eval()


def step(library: Library, made: GPT) -> Step:
    """All layers of it, in 8 bits, which hold its weights as they are."""

    def of(linear: Any) -> Matrix:
        bias = None if linear.bias is None else linear.bias.detach()
        return matrix.eight(library, *quantize.int8_groups(linear.weight.detach()), bias)

    def norm(part: Any) -> Normed:
        weight, bias = (None if one is None else one.detach() for one in (part.weight, part.bias))
        return Normed(weight, bias, part.eps, part.centred)

    scalars = (made.keep, made.recall) if made.config.residual_scalars else None
    layers = []
    for number, block in enumerate(made.blocks):
        attention, within, gains = block.attention, block.feed_forward, None
        if attention.qk_norm == "learned":
            pairs = ((attention.query_gain, attention.heads), (attention.key_gain, attention.groups))
            gains = torch.cat([gain.detach().expand(count, -1) for gain, count in pairs])
        layers.append(
            Parts(
                norm(block.attention_norm),
                norm(block.feed_forward_norm),
                of(attention.qkv),
                of(attention.out),
                of(within.up),
                of(within.gate) if within.activation == "swiglu" else None,
                of(within.down),
                gains,
                1.0 if scalars is None else scalars[0][number].item(),
                0.0 if scalars is None else scalars[1][number].item(),
            )
        )
    return Step(made.config, layers, norm(made.final_norm))


def turns(made: GPT) -> tuple[Tensor, Tensor] | None:
    """Cosines and signed sines of all positions."""
    if made.rotation is None:
        return None
    cos, sin = made.rotation.cos, made.rotation.sin
    return torch.cat((cos, cos), dim=-1), torch.cat((-sin, sin), dim=-1)


@torch.inference_mode()
def apart_from_torch(library: Library, preset: str, changes: dict[str, Any], seed: int = 0) -> float:
    """Write ten tokens after a prompt by steps of ours; the largest difference of any state, by its size."""
    made = model(preset, changes, seed)
    ids = torch.randint(0, tiny.VOCABULARY, (2, 20), generator=torch.Generator().manual_seed(seed))
    wanted, cache = made.stream(ids), KVCache(made.config, batch=2)
    made.stream(ids[:, :10], cache)
    ours, table, worst = step(library, made), turns(made), 0.0
    for at in range(10, 20):
        x = made._embed(ids[:, at : at + 1], at, None).view(2, -1).contiguous()
        ours(x, Standing(cache.whole(), range(2), [at, at]), table)
        worst = max(worst, float((x - wanted[:, at]).norm() / wanted[:, at].norm()))
    return worst
