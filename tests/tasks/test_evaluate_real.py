"""SmolLM2-135M: its perplexity is what transformers finds, and it can be asked for labels."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from llmstudio.config.importing import ImportModelConfig
from llmstudio.data.encode import open_encoded
from llmstudio.engine.convert import families
from llmstudio.engine.device import Place
from llmstudio.engine.trainer import weights_of
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import catalog
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.loading import load_model
from tests.data.fake_context import import_into
from tests.tasks import measured, small

BLOCK, STRIDE = 192, 64


@pytest.mark.real
@pytest.mark.timeout(600)
def test_smollm2_foretells_as_transformers_says(
    smollm2: Path, tmp_path: Path, shared_file: Callable[[str], Path]
) -> None:
    ws = Workspace.open(tmp_path / "ws")
    folder = create_run(ws, "import_model", ImportModelConfig(path=str(smollm2), name="Smol"), title="Smol")
    assert InlineRunner(ws).run(folder) == Status.FINISHED
    (tmp_path / "wiki.txt").write_text(shared_file("data/wikitext2-test.txt").read_text("utf-8")[:2600], "utf-8")
    import_into(ws, tmp_path / "wiki.txt", name="wiki", split="1,0,99", split_by="position")
    values = {"dataset": "wiki", "block_size": BLOCK, "stride": STRIDE, "threads": 2}
    status, seen, report, _ = measured.evaluate(ws, "smol", **values)
    assert status == Status.FINISHED, small.error(seen)
    found = report["models"][0]["metrics"]
    loss, tokens = _theirs(ws)
    assert report["rows"] == tokens
    assert found["loss"] == pytest.approx(loss, abs=1e-4)
    assert found["perplexity"] == pytest.approx(math.exp(loss), abs=1e-3)
    assert catalog.find(ws, "model", "smol").manifest["evaluations"][0]["metrics"] == found


def _theirs(ws: Workspace) -> tuple[float, int]:
    """The usual recipe with transformers: labels of tokens that an earlier window held do not count."""
    transformers: Any = pytest.importorskip("transformers")
    ours = load_model(ws, "smol", Place("cpu", "fp32", 2)).model
    facts = families.config_to_huggingface(ours.config, "llama")
    shape = {name: value for name, value in facts.items() if name not in ("architectures", "model_type")}
    theirs = transformers.LlamaForCausalLM(transformers.LlamaConfig(**shape)).eval()
    theirs.load_state_dict(dict(families.to_huggingface(ours.config, "llama", weights_of(ours))), strict=False)
    theirs.tie_weights()
    ids = open_encoded(next((ws.datasets / "wiki" / "tokens").iterdir())).test.ids.astype(np.int64)
    whole, nats, tokens, before = torch.from_numpy(ids)[None], 0.0, 0, 0
    for begin in range(0, whole.size(1), STRIDE):
        end = min(begin + BLOCK + 1, whole.size(1))  # the last token of a window is only foretold
        window = whole[:, begin:end]
        labels = window.clone()
        labels[:, : -(end - before)] = -100
        counted = int((labels[:, 1:] != -100).sum())
        with torch.inference_mode():
            nats += float(theirs(window, labels=labels).loss) * counted
        tokens, before = tokens + counted, end
        if end == whole.size(1):
            break
    return nats / tokens, tokens
