"""Where the tokens of one pass through a model stand, and which keys and values they look at.

Shapes as in gpt.py: B texts, T tokens of each, G key-value heads of R queries, S tokens looked at, D head width.
"""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.engine.cache import KVCache
from llmstudio.engine.gpt import causal_mask
from llmstudio.engine.native.step import Standing


class Places(Protocol):
    """Where the tokens of one pass stand, and the keys and values that they may look at."""

    def put(self, number: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Keep a layer's key and value (B, T, G, D); all that may be looked at, both (B, G, S, D)."""

    def mask(self) -> Tensor | None:
        """True (B or 1, 1, T, S) where a token may look; None for all of them."""

    def standing(self) -> Standing | None:
        """Where the texts stand in a cache, for one more token of each; None where nothing is kept."""


class Alone:
    """A text that is read once, with nothing before it and nothing kept."""

    def __init__(self, tokens: int, device: torch.device) -> None:
        self._tokens = tokens

    def put(self, number: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """The layer's own keys and values."""
        return key.transpose(1, 2), value.transpose(1, 2).to(key.dtype)

    def mask(self) -> Tensor | None:
        """None: each token looks at all before it."""
        return None

    def standing(self) -> None:
        """None: nothing is kept."""


class Kept:
    """Texts of one length that grow in a cache."""

    def __init__(self, cache: KVCache, tokens: int) -> None:
        self._cache, self._rooms = cache, cache.rooms()
        self._start, self._tokens, self._end = cache.length, tokens, cache.length + tokens
        self._device = self._rooms[0][0].device

    def put(self, number: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Write into the cache, in place."""
        keys, values = self._rooms[number]
        keys.narrow(2, self._start, self._tokens).copy_(key.transpose(1, 2))
        values.narrow(2, self._start, self._tokens).copy_(value.transpose(1, 2))
        return keys.narrow(2, 0, self._end), values.narrow(2, 0, self._end)

    def mask(self) -> Tensor | None:
        """Which of the earlier tokens each new one sees; none is needed for a single one, or for the first ones."""
        if self._tokens == 1 or not self._start:
            return None
        return causal_mask(self._tokens, self._end, self._device)

    def standing(self) -> Standing:
        """All at one place."""
        texts = self._rooms[0][0].size(0)
        return Standing(self._cache.whole(), range(texts), [self._start] * texts)


class Apart:
    """One more token for each of several texts, at places (B) of their own in the first rows of a cache.

    Each text looks at its own keys alone, not filled up to the longest: what it sees is the same to the last bit,
    whoever is written beside it.
    """

    def __init__(self, cache: KVCache, places: Sequence[int], rows: Sequence[int]) -> None:
        """`rows` (B) are the rows of the cache that the texts stand in; the same text may come twice."""
        cache.reach(max(places) + 1)
        self._cache, self._rooms, self._places, self._rows = cache, cache.rooms(), places, rows
        self._index = torch.tensor(rows), torch.tensor(places)

    def put(self, number: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Write key and value (B, 1, G, D) where they belong; the room they are in, filled or not."""
        keys, values = self._rooms[number]
        rows, places = self._index
        keys[rows, :, places] = key[:, 0].to(keys.dtype)
        values[rows, :, places] = value[:, 0].to(values.dtype)
        return keys, values

    def look(self, number: int, asked: Tensor) -> Tensor:
        """What the queries (B, G, R, D) of each text take from all that is its own (B, 1, G x R x D)."""
        keys, values = self._rooms[number]
        found = [
            seen(asked[at : at + 1], keys[row : row + 1, :, : place + 1], values[row : row + 1, :, : place + 1])
            for at, (row, place) in enumerate(zip(self._rows, self._places, strict=True))
        ]
        return torch.cat(found).view(len(found), 1, -1)

    def mask(self) -> Tensor | None:
        """None: each text looks at all that is its own."""
        return None

    def standing(self) -> Standing:
        """Each at a place of its own."""
        return Standing(self._cache.whole(), self._rows, self._places)


def seen(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    """What R queries of each group (B, G, R, D), all of one token, take from S keys and values (B, G, S, D)."""
    if key.dtype == torch.float32 and key.device.type == "cpu":
        return looked(query, key, value, mask).view(query.shape)
    return F.scaled_dot_product_attention(query, key, value, mask)


def looked(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    """What R queries of each group (B, G, R, D) take from those of S keys and values (B, G, S, D) that they may see:
    where the mask (B, 1, 1, S) is True, or all.

    Two plain products: on a processor they take a fifth of the time of torch's attention, for a single token.
    """
    keys, values = key.flatten(0, 1), value.flatten(0, 1)  # views
    scores = torch.bmm(query.flatten(0, 1), keys.transpose(1, 2)).mul_(query.size(-1) ** -0.5)
    if mask is not None:
        scores.view(*query.shape[:3], -1).masked_fill_(~mask, -torch.inf)
    return torch.bmm(scores.softmax(dim=-1), values)
