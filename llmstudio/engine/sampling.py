"""How the next token is drawn: pure functions of logits, one rule each. Shapes: logits and probabilities [V]."""

from collections.abc import Sequence

import torch
from torch import Tensor

from llmstudio.config.sampling import SamplingConfig


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


def draw(probabilities: Tensor, chance: torch.Generator) -> int:
    """One token, by its probability. Runs on the CPU, so that a seed gives the same text on every device."""
    return int(torch.multinomial(probabilities.cpu(), 1, generator=chance))
