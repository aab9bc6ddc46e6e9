"""A model with a head of its own: numbers for a whole text, read off the state of its last real token."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.config.sizing import READ_AT_ONCE
from llmstudio.engine.gpt import GPT

LOGITS_AT_ONCE = 1024
"""While nothing is learned, logits of so many tokens are computed together: a large vocabulary makes them long."""

EVEN = 8
"""Rows are filled up to a multiple of this: every new length costs the processor's library a kernel it keeps."""

HeadTask = Literal["classify", "multilabel", "regress"]


class Student(nn.Module):
    """A GPT that goes on learning: its `body` and, for tasks that have one, its `score` [outputs, C].

    The head begins at zero: at first it says nothing, and does not push the body about with random wishes.
    Its bias stays zero, for other programs' heads have none; what it would say the weights can say.
    """

    def __init__(self, body: GPT, outputs: int | None = None) -> None:
        super().__init__()
        self.body = body
        self.score: nn.Linear | None = None
        if outputs is not None:
            self.score = nn.Linear(body.config.n_embd, outputs, device=body.embedding.weight.device)
            nn.init.zeros_(self.score.weight)
            nn.init.zeros_(self.score.bias)
            self.score.bias.requires_grad_(False)

    def judge(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Numbers (B, outputs) for texts (B, T) padded on the right, whose real tokens are counted by lengths (B)."""
        return self._score(self.body.stream(self._even(ids)), lengths)

    def judge_and_read(self, ids: Tensor, lengths: Tensor, seen: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """What `judge` says, and the mean cross entropy (B) of each text's own tokens after the first, estimated.

        With `seen` (B, T) those tokens are read, and the ones of `ids` are still to be foretold.
        """
        ids = self._even(ids)
        states = self.body.stream(ids if seen is None else self._even(seen))
        places = torch.arange(ids.size(1) - 1, device=ids.device)
        rows, at = (places < lengths[:, None] - 1).nonzero(as_tuple=True)  # all N tokens there are to foretell
        some = torch.randperm(len(rows))[:READ_AT_ONCE].to(ids.device)
        times, rows, at = len(rows) / max(1, len(some)), rows[some], at[some]
        wanted = F.pad(states[rows, at], (0, 0, 0, -len(rows) % EVEN))
        logits = self.body.logits(wanted)[: len(rows)]
        each = F.cross_entropy(logits, ids[rows, at + 1], reduction="none")
        sums = torch.zeros(len(ids), device=ids.device).index_add(0, rows, each) * times
        return self._score(states, lengths), sums / (lengths - 1).clamp(min=1)

    def _even(self, rows: Tensor, fill: int = 0) -> Tensor:
        """Rows (B, T) filled up on the right, as far as the model can read."""
        missing = min(-(-rows.size(1) // EVEN) * EVEN, self.body.config.block_size) - rows.size(1)
        return F.pad(rows, (0, missing), value=fill) if missing > 0 else rows

    def _score(self, states: Tensor, lengths: Tensor) -> Tensor:
        assert self.score is not None, "this student has no head"
        last = states[torch.arange(len(states), device=states.device), lengths - 1]  # B, C
        return self.score(last).float()  # type: ignore[no-any-return]

    def losses(self, ids: Tensor, targets: Tensor) -> Tensor:
        """Cross entropies (N) at the N targets (B, T) that are not -100, row by row; only there are logits computed."""
        ids, targets = self._even(ids), self._even(targets, -100)
        states = self.body.stream(ids)
        counted = targets != -100
        wanted, meant = states[counted], targets[counted]
        if torch.is_grad_enabled():
            return F.cross_entropy(self.body.logits(wanted), meant, reduction="none")
        parts = zip(torch.split(wanted, LOGITS_AT_ONCE), torch.split(meant, LOGITS_AT_ONCE), strict=True)
        return torch.cat([F.cross_entropy(self.body.logits(part), true, reduction="none") for part, true in parts])


@dataclass(frozen=True)
class Judging:
    """How a head's numbers are compared with the truth.

    `weights` (outputs) make the mistakes at rare labels cost more. Values to regress are compared after
    subtracting `mean` and dividing by `scale`.
    """

    task: HeadTask
    weights: Tensor | None = None
    mean: float = 0.0
    scale: float = 1.0

    def losses(self, numbers: Tensor, truth: Tensor) -> Tensor:
        """The loss (B) of each row; truth is (B) classes, (B, K) zeros and ones, or (B) values."""
        if self.task == "classify":
            return F.cross_entropy(numbers, truth, weight=self.weights, reduction="none")
        if self.task == "multilabel":
            each = F.binary_cross_entropy_with_logits(numbers, truth, pos_weight=self.weights, reduction="none")
            return each.mean(dim=1)
        return (numbers[:, 0] - (truth - self.mean) / self.scale).square()

    def shares(self, truth: Tensor) -> Tensor:
        """By what the sum of the losses has to be divided: what each row (B) counts."""
        if self.task == "classify" and self.weights is not None:
            return self.weights[truth]
        return torch.ones(len(truth), device=truth.device)

    def answers(self, numbers: Tensor) -> Tensor:
        """What the numbers (B, K) say: probabilities of the labels (B, K), or the value (B, 1) in its own unit."""
        if self.task == "classify":
            return numbers.softmax(dim=-1)
        return numbers.sigmoid() if self.task == "multilabel" else numbers * self.scale + self.mean
