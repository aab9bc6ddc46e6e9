"""The loss on a text, measured by all processes of a team: each reads every so-many-th part of it."""

from collections.abc import Iterator
from typing import Any

import torch
from numpy.typing import NDArray
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.engine.batches import windows
from llmstudio.engine.device import Place
from llmstudio.engine.gpt import GPT
from llmstudio.engine.measure import Loss
from llmstudio.engine.parallel.team import Team


def evaluate(
    model: GPT, ids: NDArray[Any], place: Place, team: Team, *, block: int, at_once: int = 8192, most: int | None = None
) -> Iterator[Loss]:
    """As `engine.measure.evaluate`, the same in every process. All of them take the same number of turns: where a
    model is spread, each of its layers is put together by all; who has nothing left to read reads for nothing.
    """
    parts = windows(ids, block, max(1, at_once // block), most)
    nats, tokens = 0.0, 0
    for turn in range(0, len(parts), team.size):
        number = turn + team.rank
        inputs, targets = parts[min(number, len(parts) - 1)]
        was = model.training
        model.eval()
        with torch.no_grad(), place.autocast():
            logits = model(inputs.to(place.device))
            sums = F.cross_entropy(logits.flatten(0, 1), targets.to(place.device).flatten(), reduction="sum")
        model.train(was)
        counts = number < len(parts)
        more = team.total(float(sums), targets.numel()) if counts else team.total(0.0, 0)
        nats, tokens = nats + more[0], tokens + int(more[1])
        yield Loss(nats, tokens)
