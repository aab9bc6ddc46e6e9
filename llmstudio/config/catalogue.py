"""Open models that are good to start from, read from resources/catalogue/models.toml. Nothing here asks the network."""

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Literal

from llmstudio.base.paths import resource
from llmstudio.config import sizing
from llmstudio.config.download import HubName
from llmstudio.config.model import ModelConfig

FLOAT = 4  # bytes of one number where a model writes in f32
WRITING_CONTEXT = 2048  # tokens that a conversation is taken to hold


@dataclass(frozen=True)
class StartingModel:
    """One model: its name on the hub and for people, licence, bytes of its weights there, and its shape.

    kind "base" completes text, "chat" follows requests.
    """

    id: str
    title: str
    licence: str
    weights_bytes: int
    kind: Literal["base", "chat"]
    good_for: str
    languages: str
    shape: ModelConfig

    @property
    def name(self) -> HubName:
        """Its name on the hub."""
        return HubName(self.id)

    @property
    def parameters(self) -> int:
        """Trained numbers."""
        return sizing.count(self.shape)

    @property
    def writing_bytes(self) -> int:
        """Memory to write with it: the weights in f32, and keys and values of a conversation."""
        return writing_bytes(self.shape)


def writing_bytes(shape: ModelConfig) -> int:
    """Memory to write with a model of this shape: the weights in f32, keys and values of up to 2,048 tokens."""
    cache_bytes = 2 * shape.n_layer * shape.kv_width * min(shape.block_size, WRITING_CONTEXT) * FLOAT
    return sizing.count(shape) * FLOAT + cache_bytes


@cache
def starting_models() -> tuple[StartingModel, ...]:
    """All of them, in the order in which the window offers them."""
    table = tomllib.loads(resource("catalogue/models.toml").read_text(encoding="utf-8"))
    return tuple(StartingModel(**{**entry, "shape": ModelConfig(**entry["shape"])}) for entry in table["model"])
