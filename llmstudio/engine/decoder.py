"""A frozen model for reading and writing: the arithmetic of `gpt.GPT` without what only training needs.

What does not change from token to token is worked out once: views of the weights, packed in the precision that was
asked for, tables of rotations, and places in the cache. Shapes as in gpt.py, and N = B x T rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.config.model import ModelConfig
from llmstudio.engine import fused, kernels, quantize
from llmstudio.engine.cache import KVCache
from llmstudio.engine.gpt import GPT, Block, Norm
from llmstudio.engine.kernels import Kernel, Precision
from llmstudio.engine.native import learning, step
from llmstudio.engine.native.step import Normed, Parts, Step
from llmstudio.engine.places import Alone, Apart, Kept, Places, seen

READ_AT_ONCE = 512
"""Tokens of a prompt that go through the layers together: more gain nothing and take memory."""

Function = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Layer:
    """The parts of one block, ready to be called on rows (N, C)."""

    norm: Normed
    qkv: Kernel
    out: Kernel
    inner_norm: Normed
    up: Kernel
    gate: Kernel | None
    down: Kernel
    gains: Tensor | None  # H + G, D
    keep: float
    recall: float


class Decoder:
    """Reads ids and foretells the next, as a GPT does, and cannot learn.

    Without a precision the model's own weights serve, whatever they are, and are shared. `release` takes them out
    of the model while they are packed, so that memory never holds all of them twice; the model is spent then.
    """

    def __init__(
        self,
        model: GPT,
        precision: Precision | None = None,
        *,
        group: int = quantize.GROUPS[0],
        release: bool = False,
    ) -> None:
        self.config, self.precision = model.config, precision
        weight = model.embedding.weight
        self.device = weight.device
        self.own = precision in (None, "f32") or self.device.type != "cpu"
        if self.own and precision == "f32":
            model = model.float()
        self.dtype = model.embedding.weight.dtype if self.own else torch.float32  # of what flows from layer to layer
        # Where every head has keys of its own, torch's attention in bf16 takes a processor longer than all the weights.
        shared = self.config.kv_heads < self.config.n_head
        self.cache_dtype = torch.bfloat16 if shared and not self.own else self.dtype
        self._build = Builder(model, None if self.own else precision, group, whole=precision == "f32")
        self._table, self._head = self._build.ends()
        self.layers = [self._build.layer(number, release) for number in range(self.config.n_layer)]
        self._norm = norm_of(model.final_norm)
        self._positions = None if model.positions is None else model.positions.weight.detach()
        self._ngrams, self._rotation = model.ngrams, model.rotation
        self._turns: tuple[Tensor, Tensor] | None = None
        self._heads = (self.config.n_head, self.config.kv_heads, self.config.head_width)
        self._step = None if self.own else step_of(self.config, self.layers, self._norm)
        if not self.own:
            self._positions = None if self._positions is None else self._positions.float()
            self._ngrams = None if self._ngrams is None else self._ngrams.float()

    # -- what a model can do

    def eval(self) -> "Decoder":
        """Does nothing: it never trains."""
        return self

    def cache(self, *, batch: int = 1, size: int | None = None) -> KVCache:
        """An empty cache for this model."""
        return KVCache(self.config, batch=batch, size=size, device=self.device, dtype=self.cache_dtype)

    @torch.inference_mode()
    def __call__(self, ids: Tensor, cache: KVCache | None = None, *, last: bool = False) -> Tensor:
        """Logits (B, T, V) for ids (B, T); with `last`, only those of the last position (B, 1, V).

        With a cache, `ids` continue what it holds, and are added to it.
        """
        states = self.stream(ids, cache, last=last)
        return self.logits(states[:, -1:] if last else states)

    @torch.inference_mode()
    def stream(self, ids: Tensor, cache: KVCache | None = None, *, last: bool = False) -> Tensor:
        """The normalised state (B, T, C) after the last block; with `last` perhaps only of the last tokens.

        Long texts are read in parts where a cache holds what was read.
        """
        if cache is None:
            return self._pass(ids, 0, Alone(ids.size(1), self.device), None)
        states: list[Tensor] = []
        for part in torch.split(ids, READ_AT_ONCE, dim=1):
            earlier = cache.remember(part)
            cache.reach(cache.length + part.size(1))
            found = self._pass(part, cache.length, Kept(cache, part.size(1)), earlier)
            cache.advance(part.size(1))
            states = [found] if last else [*states, found]
        return states[0] if len(states) == 1 else torch.cat(states, dim=1)

    @torch.inference_mode()
    def logits(self, states: Tensor) -> Tensor:
        """Logits (..., V) of normalised states (..., C), softly capped where the config says so."""
        rows = states.reshape(-1, states.size(-1))
        found = self._head(rows).view(*states.shape[:-1], self.config.vocab_size).float()
        cap = self.config.soft_cap
        return cap * torch.tanh(found / cap) if cap else found

    @torch.inference_mode()
    def step(self, ids: Tensor, positions: Tensor, places: Places, earlier: Tensor | None = None) -> Tensor:
        """Logits (B, V) after one token of each of B texts; ids and positions (B): each text is as long as it is."""
        return self.logits(self._pass(ids[:, None], positions, places, earlier)[:, -1])

    @property
    def alike(self) -> bool:
        """Whether what is written next is the same to the last bit for a text alone and beside others."""
        return self._step is not None and self._head.matrix is not None

    def weight_bytes(self) -> int:
        """Bytes of weights that are read for each token that is written."""
        every = [one for layer in self.layers for one in (layer.qkv, layer.out, layer.up, layer.gate, layer.down)]
        return sum(one.bytes for one in every if one is not None) + self._head.bytes

    def token_bytes(self) -> int:
        """Bytes of keys and values that are read for each token that stands before."""
        return 2 * self.config.n_layer * self.config.kv_width * torch.empty((), dtype=self.cache_dtype).element_size()

    # -- one pass through the layers

    def _pass(self, ids: Tensor, start: int | Tensor, places: Places, earlier: Tensor | None) -> Tensor:
        B, T = ids.shape
        x, turn = self._embed(ids, start, earlier).view(B * T, -1), self._turn(start, T)
        if T == 1 and B < kernels.MANY_ROWS and self._step is not None and (at := places.standing()) is not None:
            self._step(x, at, self._turns)
            return x.view(B, T, -1)
        first, mask = x, places.mask()
        for number, layer in enumerate(self.layers):
            if self.config.residual_scalars:
                x = (layer.keep * x).add_(layer.recall * first)
            mixed = self._attend(layer.qkv(layer.norm(x)).view(B, T, -1, self._heads[2]), number, turn, places, mask)
            x = x.add_(layer.out(mixed.view(B * T, -1))) if number else x + layer.out(mixed.view(B * T, -1))
            x.add_(self._feed(layer, layer.inner_norm(x)))
        return self._norm(x).view(B, T, -1)

    def _embed(self, ids: Tensor, start: int | Tensor, earlier: Tensor | None) -> Tensor:
        """(B, T, C), in the type that flows."""
        x = self._table(ids)
        if self._ngrams is not None:
            x = x + self._ngrams(ids, earlier)
        if self._positions is not None:
            here = self._positions[start : start + ids.size(1)] if isinstance(start, int) else self._positions[start]
            x = x + (here if isinstance(start, int) else here[:, None])
        if self.config.residual_scalars:
            x = F.rms_norm(x, (self.config.n_embd,), None, self.config.norm_eps)
        return x

    def _turn(self, start: int | Tensor, T: int) -> tuple[Tensor, Tensor] | None:
        """Cosines and signed sines for the tokens of a pass, (T, 1, D) or (B, 1, 1, D)."""
        if self._rotation is None:
            return None
        reach = start + T if isinstance(start, int) else int(start.max()) + 1
        if self._turns is None or len(self._turns[0]) < reach:
            self._rotation.reach(reach)
            cos, sin = self._rotation.cos, self._rotation.sin  # P, D/2
            self._turns = torch.cat((cos, cos), dim=-1)[:, None], torch.cat((-sin, sin), dim=-1)[:, None]
        cos, sin = self._turns
        if isinstance(start, int):
            return cos[start:reach], sin[start:reach]
        return cos[start][:, None], sin[start][:, None]

    def _attend(
        self, heads: Tensor, number: int, turn: tuple[Tensor, Tensor] | None, places: Places, mask: Tensor | None
    ) -> Tensor:
        """What each token takes from those before it (B, T, H x D); `heads` (B, T, H + 2G, D)."""
        H, G, D = self._heads
        B, T = heads.shape[:2]
        turned, value = heads[:, :, : H + G], heads[:, :, H + G :]
        if self.config.qk_norm != "none" or turn is not None:
            turned = self._turned(turned if self.own else turned.float(), self.layers[number].gains, turn)
        key, value = places.put(number, turned[:, :, H:], value)
        query = turned[:, :, :H].to(key.dtype)
        if T == 1:  # the heads of a group stand as so many queries on the same keys
            asked = query.view(B, G, H // G, D)
            if isinstance(places, Apart):
                return places.look(number, asked)
            return seen(asked, key, value, mask).view(B, 1, H * D)
        causal = mask is None
        if not self.own and T >= kernels.MANY_ROWS:
            query, key, value = query.bfloat16(), key.bfloat16(), value.bfloat16()
        mixed = F.scaled_dot_product_attention(
            query.transpose(1, 2), key, value, mask, is_causal=causal, enable_gqa=H != G
        )
        return mixed.transpose(1, 2).reshape(B, T, H * D)

    def _turned(self, x: Tensor, gains: Tensor | None, turn: tuple[Tensor, Tensor] | None) -> Tensor:
        """Queries and keys (B, T, H + G, D), normalised and rotated as the config says."""
        if self.config.qk_norm != "none":
            x = F.rms_norm(x, (self._heads[2],), None, self.config.norm_eps)
            x = x if gains is None else x * gains
        if turn is None:
            return x
        cos, sin = turn
        left, right = x.chunk(2, dim=-1)
        return torch.addcmul(x * cos, torch.cat((right, left), dim=-1), sin)

    def _feed(self, layer: Layer, rows: Tensor) -> Tensor:
        kind, inner = self.config.activation, layer.up(rows)
        gate = None if layer.gate is None else layer.gate(rows)
        found = None if self.own else fused.ours(inner, gate)
        if found is not None:
            inner = learning.forward(found, kind, inner, gate)
        elif kind == "gelu":
            inner = F.gelu(inner, approximate="tanh")
        elif gate is None:
            inner = F.relu(inner).square_()
        else:
            inner = F.silu(gate).mul_(inner)
        return layer.down(inner)


class Builder:
    """Takes a model apart and packs its matrices."""

    def __init__(self, model: GPT, precision: Precision | None, group: int, *, whole: bool = False) -> None:
        """Without a precision the model's own matrices serve, as they are or, where `whole`, laid out in 32 bits."""
        self.model, self.precision, self.group, self.whole = model, precision, group, whole

    def ends(self) -> tuple[Function, Kernel]:
        """How ids become vectors (B, T, C), and the head."""
        embedding, head = self.model.embedding.weight.detach(), self.model.head
        if self.precision is None:
            return (lambda ids: F.embedding(ids, embedding)), self.kernel(head)
        if self.precision == "bf16":
            last = self.kernel(head)
            if self.model.config.tied and last.matrix is not None:
                return last.matrix.look_up, last
            small = embedding.bfloat16()
            return (lambda ids: F.embedding(ids, small).float()), last
        if embedding.size(1) % kernels.BLOCK:
            return kernels.looked_up(*quantize.int8(embedding)), self.kernel(head)
        table, tied = kernels.eight_ends(embedding)
        if self.model.config.tied:
            return table, tied
        return table, kernels.eight_bits(head.weight.detach(), None)  # 4 bits would cost a head more than they save

    def layer(self, number: int, release: bool) -> Layer:
        """Block `number`, packed; with `release` the model has it no longer."""
        model, block = self.model, self.model.blocks[number]
        assert isinstance(block, Block)
        scalars = (model.keep, model.recall) if model.config.residual_scalars else None
        attention, gains = block.attention, None
        if attention.qk_norm == "learned":
            shares = (model.config.n_head, model.config.kv_heads)
            parts = (attention.query_gain.detach(), attention.key_gain.detach())
            gains = torch.cat([part.expand(share, -1) for part, share in zip(parts, shares, strict=True)])
        within = block.feed_forward
        layer = Layer(
            norm=norm_of(block.attention_norm),
            qkv=self.kernel(attention.qkv),
            out=self.kernel(attention.out),
            inner_norm=norm_of(block.feed_forward_norm),
            up=self.kernel(within.up),
            gate=self.kernel(within.gate) if within.activation == "swiglu" else None,
            down=self.kernel(within.down),
            gains=gains if gains is None or self.precision is None else gains.float(),
            keep=1.0 if scalars is None else scalars[0][number].item(),
            recall=0.0 if scalars is None else scalars[1][number].item(),
        )
        if release:
            model.blocks[number] = nn.Identity()
        return layer

    def kernel(self, linear: nn.Module) -> Kernel:
        """A linear layer; one that holds more than its matrix (a low-rank adapter) stays what it is."""
        names = {name for name, _ in linear.named_parameters()}
        if not isinstance(linear, nn.Linear) or names - {"weight", "bias"}:
            size = sum(part.nbytes for part in linear.parameters())
            return Kernel(linear, None, size)
        bias = None if linear.bias is None else linear.bias.detach()
        return self._packed(linear.weight.detach(), bias)

    def _packed(self, weight: Tensor, bias: Tensor | None) -> Kernel:
        if self.whole:
            return kernels.frozen(weight, bias, "f32")
        if self.precision is None:
            return kernels.plain(weight, bias, weight.dtype)
        return kernels.frozen(weight, bias, self.precision, self.group)


def norm_of(part: Norm) -> Normed:
    """A norm without its module."""
    weight = None if part.weight is None else part.weight.detach()
    bias = None if part.bias is None else part.bias.detach()
    return Normed(weight, bias, part.eps, part.centred)


def step_of(config: ModelConfig, layers: Sequence[Layer], after: Normed) -> Step | None:
    """All layers and the last norm in one call, where all matrices are our own library's and it reads such sizes."""
    parts = [_parts(layer) for layer in layers]
    found = [part for part in parts if part is not None]
    return Step(config, found, after) if len(found) == len(parts) and step.suits(config) else None


def _parts(layer: Layer) -> Parts | None:
    qkv, out, up, down = (one.matrix for one in (layer.qkv, layer.out, layer.up, layer.down))
    gate = None if layer.gate is None else layer.gate.matrix
    if qkv is None or out is None or up is None or down is None or (gate is None) != (layer.gate is None):
        return None
    return Parts(layer.norm, layer.inner_norm, qkv, out, up, gate, down, layer.gains, layer.keep, layer.recall)


Language = GPT | Decoder


def reading(model: Language) -> Decoder:
    """What reads and writes for a model: itself, or one that shares the weights it has now, put to no use but that."""
    return model if isinstance(model, Decoder) else Decoder(model.eval())
