"""Reads with a model that is spread over the processes of a team: each of its layers is put together by all of them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from llmstudio.engine.generate import Reader, window_start
from llmstudio.engine.gpt import GPT


class TeamReader(Reader):
    """Gives the logits that follow a list of ids; all processes have to read the same, at the same turns.

    Nothing is kept between two readings: samples are short, and the memory is what a spread model lacks.
    """

    def __init__(self, model: GPT) -> None:
        self.spread = model

    @torch.no_grad()
    def read(self, whole: Sequence[int]) -> Tensor:
        """Logits [V] of the token after `whole`; on the model's device."""
        self.spread.eval()
        window = list(whole[window_start(len(whole), self.spread.config.block_size) :])
        batch = torch.tensor([window], device=self.spread.embedding.weight.device)
        return self.spread(batch, last=True)[0, -1].float()  # type: ignore[no-any-return]
