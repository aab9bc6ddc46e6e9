"""The estimate of `config.sizing` against what autograd really keeps."""

import pytest
import torch
from torch import Tensor

from llmstudio.config import presets, sizing
from llmstudio.config.model import ModelConfig
from llmstudio.config.train import PretrainConfig
from llmstudio.engine.device import Place
from llmstudio.engine.gpt import GPT

SHAPE = {"n_layer": 4, "n_embd": 96, "n_head": 6}


def kept(model: GPT, ids: Tensor, place: Place) -> int:
    """Bytes of all tensors that the backward pass of one batch needs, parameters aside."""
    own = {part.untyped_storage().data_ptr() for part in (*model.parameters(), *model.buffers())}
    held: list[Tensor] = []

    def pack(tensor: Tensor) -> Tensor:
        held.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor), place.autocast():
        model.loss(ids[:, :-1], ids[:, 1:])
    sizes = {one.untyped_storage().data_ptr(): one.untyped_storage().nbytes() for one in held}
    return sum(size for pointer, size in sizes.items() if pointer not in own)


@pytest.mark.parametrize("preset", presets.NAMES)
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("dropout", [0.0, 0.1])
@pytest.mark.parametrize(("block", "vocabulary"), [(128, 65), (64, 2048)])
def test_the_estimate_is_within_a_quarter_of_what_is_kept(
    preset: str, precision: str, dropout: float, block: int, vocabulary: int
) -> None:
    torch.manual_seed(0)
    changes = {**SHAPE, "block_size": block, "vocab_size": vocabulary, "dropout": dropout}
    config = ModelConfig(**{**presets.load(preset).model, **changes})
    ids = torch.randint(0, vocabulary, (2, block + 1))
    gradients_of_logits = 4 * vocabulary * 2 * block
    seen = kept(GPT(config), ids, Place("cpu", precision, 1)) + gradients_of_logits
    settings = PretrainConfig(
        name="n", dataset="d", batch_size=2, block_size=block, dropout=dropout, precision=precision, device="cpu"
    )  # type: ignore[arg-type]
    assert sizing.memory(config, settings).activations == pytest.approx(seen, rel=0.25)
