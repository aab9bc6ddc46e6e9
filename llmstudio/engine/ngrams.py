"""Learned vectors for the last two and the last three ids, added to the embedding of the last one.

A small model spends its first layer on finding out which pieces stood before; here it only looks them up. The
tables are hashed (Svenstrup et al. 2017) and start at zero, so that a new model begins as one without them.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.config.model import ModelConfig

EARLIER = 2
"""How many ids before its own a token's vectors depend on."""

SPREAD = 2_654_435_761  # Knuth's multiplier (1998, section 6.4): neighbours end far from one another
SHIFT = 15


class NGrams(nn.Module):
    """One table for pairs and one for triples of ids; beyond its rows, several share one.

    Before the first id of a window stands "nothing", which is an id of its own.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.vocabulary = config.vocab_size
        self.pairs = nn.Embedding(config.pair_rows, config.n_embd)
        self.triples = nn.Embedding(config.triple_rows, config.n_embd)

    def forward(self, ids: Tensor, earlier: Tensor | None = None) -> Tensor:
        """What is added to the embedding (B, T, C) for ids (B, T); `earlier` (B, up to 2) stood before them."""
        T = ids.size(1)
        known = ids if earlier is None else torch.cat((earlier, ids), dim=1)
        known = F.pad(known, (EARLIER + T - known.size(1), 0), value=self.vocabulary)
        before, last, this = known[:, :-2], known[:, 1:-1], known[:, 2:]
        pairs = last * (self.vocabulary + 1) + this
        triples = before * (self.vocabulary + 1) ** 2 + pairs
        kinds = self.vocabulary + 1
        found = self.pairs(row(pairs, kinds**2, self.pairs.num_embeddings))
        return found + self.triples(row(triples, kinds**3, self.triples.num_embeddings))  # type: ignore[no-any-return]


def row(keys: Tensor, kinds: int, rows: int) -> Tensor:
    """The row of each key of so many `kinds`, any shape: the key itself where there are rows for all of them.

    Products that leave 64 bits wrap around, everywhere alike.
    """
    return keys if kinds <= rows else ((keys * SPREAD) >> SHIFT) % rows
