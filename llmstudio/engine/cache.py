"""Keys and values of tokens already read, so that writing the next one does not read them again."""

import copy

import torch
from torch import Tensor

from llmstudio.config.model import ModelConfig
from llmstudio.engine.ngrams import EARLIER

FIRST_TOKENS = 1024  # for which room is taken at once


class KVCache:
    """Keys and values of up to `size` tokens of B sequences: per layer B, G, room, D for each of the two.

    The room doubles as it fills: the longest context of a model may need more memory than the machine has.
    """

    def __init__(
        self,
        config: ModelConfig,
        *,
        batch: int = 1,
        size: int | None = None,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.size = size or config.block_size
        self.nothing = config.vocab_size  # the id that stands before the first
        room = min(self.size, FIRST_TOKENS)
        shape = (config.n_layer, 2, batch, config.kv_heads, room, config.head_width)
        self._room = torch.zeros(shape, device=device, dtype=dtype)
        self._ids = torch.zeros((batch, self.size if config.ngram_rows else 0), dtype=torch.int64, device=device)
        self._split: tuple[Tensor, list[tuple[Tensor, Tensor]]] | None = None
        self.length = 0

    def reach(self, tokens: int) -> None:
        """Have room for `tokens` in all; called before each pass through the layers."""
        room = self._room.size(4)
        if tokens > room:
            assert tokens <= self.size, f"{tokens} tokens in a cache of {self.size}"
            shape = list(self._room.shape)
            shape[4] = min(self.size, max(tokens, 2 * room))
            wider = self._room.new_zeros(shape)
            wider[:, :, :, :, : self.length] = self._room[:, :, :, :, : self.length]
            self._room = wider

    def rooms(self) -> list[tuple[Tensor, Tensor]]:
        """All there is for keys and for values in each layer, filled or not: both (B, G, room, D)."""
        if self._split is None or self._split[0] is not self._room:
            pairs = [layer.unbind() for layer in self._room.unbind()]
            self._split = self._room, [(keys, values) for keys, values in pairs]
        return self._split[1]

    def whole(self) -> Tensor:
        """The same in one piece: L, 2 (keys and values), B, G, room, D."""
        return self._room

    def layer(self, number: int) -> "LayerCache":
        """The part that belongs to one layer."""
        return LayerCache(self._room[number], self.length)

    def remember(self, ids: Tensor) -> Tensor | None:
        """Note `ids` (B, T), which come next, where the model looks at ids before the last: those (B, up to 2)."""
        if not self._ids.size(1):
            return None
        earlier = self._ids[:, max(0, self.length - EARLIER) : self.length]
        self._ids[:, self.length : self.length + ids.size(1)] = ids
        return earlier

    def note(self, ids: Tensor, places: Tensor) -> Tensor | None:
        """As `remember` for one id (B) of each of the first B sequences, which stand at places of their own (B)."""
        if not self._ids.size(1):
            return None
        rows = torch.arange(len(ids), device=ids.device)
        before = places[:, None] + torch.arange(-EARLIER, 0, device=ids.device)
        known = self._ids[rows[:, None], before.clamp(min=0)]
        self._ids[rows, places] = ids
        return torch.where(before < 0, self.nothing, known)

    def move(self, row: int, to: int, length: int) -> None:
        """Put the first `length` tokens of one sequence in the place of another, which is over."""
        self._room[:, :, to, :, :length] = self._room[:, :, row, :, :length]
        if self._ids.size(1):
            self._ids[to, :length] = self._ids[row, :length]

    def swap(self, row: int, other: int, length: int) -> None:
        """Let two sequences change places, the first `length` tokens of each."""
        places = [row, other], [other, row]
        self._room[:, :, places[0], :, :length] = self._room[:, :, places[1], :, :length]
        if self._ids.size(1):
            self._ids[places[0], :length] = self._ids[places[1], :length]

    def advance(self, tokens: int) -> None:
        """Count `tokens` more as read: every layer has put their keys and values in."""
        self.length += tokens

    def cut(self, length: int) -> None:
        """Forget what comes after the first `length` tokens."""
        self.length = min(length, self.length)

    def spread(self, batch: int, size: int) -> "KVCache":
        """A new cache for `batch` sequences of at most `size` tokens, each beginning with those of this one's first."""
        wide = copy.copy(self)
        wide.size = size
        layers, pair, _, groups, _, width = self._room.shape
        wide._room = self._room.new_zeros((layers, pair, batch, groups, size, width))
        wide._room[:, :, :, :, : self.length] = self._room[:, :, :1, :, : self.length]
        if self._ids.size(1):
            wide._ids = self._ids.new_zeros((batch, size))
            wide._ids[:, : self.length] = self._ids[:1, : self.length]
        return wide

    def first(self, batch: int) -> "KVCache":
        """A cache of the first `batch` sequences; until one of the two grows they share their room."""
        narrow = copy.copy(self)
        narrow._room = self._room[:, :, :batch]
        narrow._ids = self._ids[:batch]
        return narrow

    def one(self, row: int, length: int) -> "KVCache":
        """A cache of one sequence, of which `length` tokens were read; until one of the two grows they share room."""
        single = copy.copy(self)
        single._room = self._room[:, :, row : row + 1]
        single._ids = self._ids[row : row + 1]
        single.length = length
        return single


class LayerCache:
    """One layer's keys and values; `length` tokens of them are filled."""

    def __init__(self, room: Tensor, length: int) -> None:
        self._room = room
        self.length = length

    def extend(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Put key and value (B, G, T, D) behind the earlier ones; returns all of them (B, G, length + T, D)."""
        end = self.length + key.size(2)
        self._room[0, :, :, self.length : end] = key
        self._room[1, :, :, self.length : end] = value
        return self._room[0, :, :, :end], self._room[1, :, :, :end]
