"""One more token for each of a few texts through all layers of a model, in one call of our own library."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.config.model import ModelConfig
from llmstudio.engine.native.bindings import ACTIVATIONS, BLOCK, LayerShape, ModelShape, NormShape, Texts
from llmstudio.engine.native.matrix import Matrix, team_size


@dataclass(frozen=True)
class Normed:
    """A norm without its module: LayerNorm where `centred`, else RMSNorm; its weights (C) and biases, if any."""

    weight: Tensor | None
    bias: Tensor | None
    eps: float
    centred: bool

    def __call__(self, x: Tensor) -> Tensor:
        """x (..., C) to the same shape."""
        if self.centred:
            return F.layer_norm(x, x.shape[-1:], self.weight, self.bias, self.eps)
        return F.rms_norm(x, x.shape[-1:], self.weight, self.eps)

    def shape(self) -> NormShape:
        """As the library takes it; the tensors have to live as long."""
        return NormShape(_pointer(self.weight), _pointer(self.bias), self.eps, self.centred)


@dataclass(frozen=True)
class Parts:
    """The parts of one block: norms, matrices, gains of queries and keys (H + G, D), and how the stream is mixed."""

    before: Normed
    within: Normed
    qkv: Matrix
    out: Matrix
    up: Matrix
    gate: Matrix | None
    down: Matrix
    gains: Tensor | None
    keep: float
    recall: float


@dataclass(frozen=True)
class Standing:
    """Where texts stand: rows (B) of the room (L, 2, rows, G, tokens, D), and tokens before the new one (B)."""

    room: Tensor
    rows: Sequence[int]
    places: Sequence[int]


def suits(config: ModelConfig) -> bool:
    """Whether a model's sizes are such as the library reads; others are very small or very odd."""
    widths = config.n_embd, config.query_width, config.hidden_width
    return all(width % BLOCK == 0 for width in widths) and config.head_width % (BLOCK // 2) == 0


class Step:
    """The layers of a model. Any number of threads may call it at once, each for texts of its own."""

    def __init__(self, config: ModelConfig, layers: Sequence[Parts], after: Normed) -> None:
        """Layers whose matrices are all of one library, and the last norm; the config is one that `suits`."""
        assert suits(config), "the caller asks first"
        self._layers, self._after = [self._kept(one) for one in layers], after
        self._library = layers[0].qkv.library
        self._shapes = (LayerShape * len(layers))(*map(_shape, self._layers))
        self._model = ModelShape(
            self._shapes,
            after.shape(),
            len(layers),
            config.n_embd,
            config.n_head,
            config.kv_heads,
            config.head_width,
            config.hidden_width,
            config.norm_eps,
            config.qk_norm != "none",
            config.residual_scalars,
            ACTIVATIONS[config.activation],
        )
        self._work = max(part.outputs * part.inputs for one in layers for part in (one.qkv, one.up))

    @staticmethod
    def _kept(one: Parts) -> Parts:
        """The same with gains that lie in one piece."""
        return one if one.gains is None else Parts(**{**vars(one), "gains": one.gains.float().contiguous()})

    def __call__(self, x: Tensor, at: Standing, turns: tuple[Tensor, Tensor] | None) -> None:
        """Take the stream (B, C) in fp32 through all layers and the last norm, in place; keys and values are kept.

        `turns` are cosines and signed sines (positions, ..., D) where the model turns queries and keys.
        """
        count, library, room = len(at.rows), self._library, at.room
        self._check(x, at, turns)
        longest, threads = max(at.places), team_size(count * self._work)
        model = ctypes.addressof(self._model)
        scratch = torch.empty(library.scratch(model, count, longest, threads))
        numbers = ctypes.c_int64 * count
        rows, places = numbers(*at.rows), numbers(*at.places)
        layer, values, row, group = room.stride()[:4]
        cos, sin = turns if turns is not None else (None, None)
        texts = Texts(
            x.data_ptr(),
            scratch.data_ptr(),
            ctypes.addressof(rows),
            ctypes.addressof(places),
            _pointer(cos),
            _pointer(sin),
            room.data_ptr(),
            count,
            longest,
            layer,
            values,
            row,
            group,
            room.dtype == torch.bfloat16,
        )
        library.run(model, ctypes.addressof(texts), library.threads, threads)

    def _check(self, x: Tensor, at: Standing, turns: tuple[Tensor, Tensor] | None) -> None:
        """A pointer tells neither type nor size, nor how numbers lie."""
        model, room = self._model, at.room
        assert x.dtype == torch.float32
        assert x.is_contiguous()
        assert x.shape == (len(at.places), model.width)
        assert len(at.rows) == len(at.places)
        assert room.dtype in (torch.float32, torch.bfloat16)
        assert (room.size(0), room.size(3), room.size(5)) == (model.count, model.groups, model.head)
        assert room.stride()[4:] == (model.head, 1)
        assert _within(at.rows, room.size(2)), "there is such a row"
        assert _within(at.places, room.size(4)), "there is room"
        assert turns is None or _within(at.places, len(turns[0])), "the tables reach so far"


def _within(numbers: Sequence[int], end: int) -> bool:
    return min(numbers) >= 0 and max(numbers) < end


def _shape(one: Parts) -> LayerShape:
    every = (one.qkv, one.out, one.up, one.gate, one.down)
    matrices = (None if part is None else ctypes.pointer(part.shape) for part in every)
    return LayerShape(one.before.shape(), one.within.shape(), *matrices, _pointer(one.gains), one.keep, one.recall)


def _pointer(values: Tensor | None) -> int | None:
    if values is None:
        return None
    assert values.is_contiguous(), "a pointer tells not how numbers lie"
    assert values.dtype == torch.float32, "nor of what type"
    return values.data_ptr()
