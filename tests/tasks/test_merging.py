"""A loaded model as whole weights; that adapters are added in is shown in test_finetune_methods."""

from pathlib import Path

import torch
from safetensors.torch import load_file

from llmstudio.engine.device import Place
from llmstudio.tasks.loading import load_model
from llmstudio.tasks.merging import merged
from tests.tasks import small


def test_a_whole_model_is_what_lies_in_its_folder(tmp_path: Path) -> None:
    ws = small.workspace(tmp_path / "ws")
    small.train(ws, small.new_run(ws, max_steps=1, sample_tokens=0))
    loaded = load_model(ws, "tiny", Place("cpu", "fp32", 1))
    kept = load_file(loaded.kept.path / "model.safetensors")
    found = merged(loaded)
    assert found.keys() == kept.keys()
    assert all(torch.equal(found[name], kept[name]) for name in kept)
