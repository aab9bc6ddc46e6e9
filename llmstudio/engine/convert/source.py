"""What every reader of foreign weights offers: a model's shape, its tensors under our names, its tokenizer."""

from collections.abc import Iterator
from typing import Any, Protocol

from torch import Tensor

from llmstudio.config.model import ModelConfig
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.engine.convert.names import Family


class Source(Protocol):
    """A foreign model whose description is checked and whose tensors are all there, but not yet read.

    `dtype` is the type most of the numbers have ("f32", "f16" or "bf16"); `licence` and `origin` are what
    the manifest records under these keys; `notes` are sentences the user should read.
    """

    config: ModelConfig
    family: Family
    dtype: str
    licence: str
    origin: dict[str, Any]
    notes: list[str]

    @property
    def chat(self) -> dict[str, Any] | None:
        """How conversations are written, as the manifest keeps it; None for a model that only continues texts."""

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Every tensor of the model under our name, read one by one in the order of `names.shapes`."""

    def tokenizer(self) -> Tokenizer | None:
        """The tokenizer that lies with the weights; None where there is none. UserError for a damaged one."""
