"""A kept model as one set of whole weights, also where it is an adapter of another."""

from torch import Tensor

from llmstudio.engine.trainer import weights_of
from llmstudio.tasks.loading import Loaded


def merged(loaded: Loaded) -> dict[str, Tensor]:
    """The tensors of a loaded model by name: its adapter, if it has one, is added in; its head is not among them."""
    return weights_of(loaded.model)
