"""How the next token is drawn: pure functions of logits, one rule each. Shapes: logits and probabilities [V].

`distribution` is the plain definition. `kept` gives the same without sorting a vocabulary: of its tens of thousands
of tokens a few hundred hold nearly all the probability, and only where they do not is the plain way taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine.leading import leading

FEW = 512
"""Best tokens that are looked at before all are: in most places of a text they hold 95 % of the probability."""
MORE = 8192
"""Looked at next where those few do not: in flat places of a text it takes a tenth of the time of sorting all."""
MOST_LEVEL = 8  # tokens as likely as the k-th that stay beside it without sorting all
MANY = 4096


def distribution(logits: Tensor, rules: SamplingConfig, seen: Sequence[int] = ()) -> Tensor:
    """The probabilities after all rules, in the usual order: penalty, temperature, top k, top p, min p."""
    logits = penalise(logits.float(), seen, rules.repetition_penalty)
    if rules.temperature == 0:
        best = torch.zeros_like(logits)
        best[logits.argmax()] = 1.0
        return best
    logits = keep_top_k(logits / rules.temperature, rules.top_k)
    probabilities = keep_top_p(logits.softmax(dim=-1), rules.top_p)
    return keep_min_p(probabilities, rules.min_p)


def penalise(logits: Tensor, seen: Sequence[int], penalty: float) -> Tensor:
    """Make tokens that were seen less likely: logits 2 and -2 with penalty 2 become 1 and -4."""
    if penalty == 1.0 or not seen:
        return logits
    ids = torch.tensor(sorted(set(seen)), device=logits.device)
    logits = logits.clone()
    logits[ids] = torch.where(logits[ids] > 0, logits[ids] / penalty, logits[ids] * penalty)
    return logits


def discourage(logits: Tensor, counts: Mapping[int, int], presence: float, frequency: float) -> Tensor:
    """Take `presence` off the logit of every token that was written before, and `frequency` once for each time."""
    if not counts or not (presence or frequency):
        return logits
    ids = torch.tensor(list(counts), device=logits.device)
    times = torch.tensor(list(counts.values()), device=logits.device, dtype=torch.float32)
    logits = logits.float().clone()
    logits[ids] -= presence + frequency * times
    return logits


def keep_top_k(logits: Tensor, k: int) -> Tensor:
    """Leave the k highest logits, the others become minus infinity; 0 leaves all. Ties at the border stay."""
    if k == 0 or k >= logits.numel():
        return logits
    border = logits.topk(k).values[-1]
    return logits.masked_fill(logits < border, -torch.inf)


def keep_top_p(probabilities: Tensor, p: float) -> Tensor:
    """Leave the fewest best tokens that add up to p: of 0.5, 0.3, 0.2 with p = 0.7 the first two."""
    if p >= 1:
        return probabilities
    ordered, order = probabilities.sort(descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    kept = torch.zeros_like(probabilities).scatter(0, order, ordered.masked_fill(before >= p, 0.0))
    return kept / kept.sum()


def keep_min_p(probabilities: Tensor, share: float) -> Tensor:
    """Leave tokens at least `share` times as probable as the best: of 0.6, 0.3, 0.1 with 0.4 the first two."""
    if share == 0:
        return probabilities
    kept = probabilities.masked_fill(probabilities < share * probabilities.max(), 0.0)
    return kept / kept.sum()


@dataclass(frozen=True)
class Kept:
    """Tokens that may be drawn, K ids, and their probabilities [K], which add up to one; both on the CPU."""

    ids: Tensor
    p: Tensor

    def shares(self, ids: Tensor) -> Tensor:
        """The probabilities of some tokens [n]; zero for those that were left out."""
        if len(self.ids) > MANY:
            whole = torch.zeros(int(max(self.ids.max(), ids.max())) + 1).scatter_(0, self.ids, self.p)
            return whole[ids]
        return ((self.ids[:, None] == ids) * self.p[:, None]).sum(dim=0)

    def draw(self, chance: torch.Generator) -> int:
        """One token, by its probability: a seed gives the same text on every device."""
        if len(self.ids) == 1:
            return int(self.ids[0])
        reached = self.p.double().cumsum(dim=0)
        at = torch.searchsorted(reached, torch.rand(1, generator=chance, dtype=torch.float64) * reached[-1], right=True)
        return int(self.ids[min(int(at), len(self.ids) - 1)])


def kept(logits: Tensor, rules: SamplingConfig, seen: Sequence[int] = ()) -> Kept:
    """What `distribution` leaves above zero, the likeliest first where rules leave only a few."""
    logits = penalise(logits.float(), seen, rules.repetition_penalty)
    if rules.temperature == 0:
        return Kept(torch.tensor(leading(logits, 1).ids), torch.ones(1))
    scaled = logits / rules.temperature
    found = _best_k(scaled, rules.top_k) if rules.top_k else _best_p(scaled, rules.top_p)
    if found is None:
        probabilities = distribution(logits, rules.model_copy(update={"repetition_penalty": 1.0})).cpu()
        ids = probabilities.nonzero()[:, 0]
        return Kept(ids, probabilities[ids])
    ids, values = (part.cpu() for part in found)
    probabilities = values.softmax(dim=-1)
    if rules.top_k:
        inside = probabilities.cumsum(dim=-1) - probabilities < rules.top_p
        ids, probabilities = ids[inside], probabilities[inside]
    likely = probabilities >= rules.min_p * probabilities[0]
    return Kept(ids[likely], probabilities[likely] / probabilities[likely].sum())


def _best_k(logits: Tensor, k: int) -> tuple[Tensor, Tensor] | None:
    """Ids and logits of the k best and of those level with the last; None where more are level than were looked at."""
    if k + MOST_LEVEL >= logits.numel():
        return None
    values, ids = logits.topk(k + MOST_LEVEL)
    inside = values >= values[k - 1]
    return None if bool(inside[-1]) else (ids[inside], values[inside])


def _best_p(logits: Tensor, p: float) -> tuple[Tensor, Tensor] | None:
    """Ids and logits of the fewest best whose probabilities add up to p; None where even many do not."""
    if p >= 1:
        return None
    total = logits.logsumexp(dim=-1)
    for few in (FEW, MORE):
        if logits.numel() <= few:
            return None
        values, ids = logits.topk(few)
        probabilities = (values - total).exp()
        reached = probabilities.cumsum(dim=-1)
        if float(reached[-1]) >= p:
            inside = reached - probabilities < p
            return ids[inside], values[inside]
    return None
