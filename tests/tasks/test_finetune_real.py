"""A real open model learns from real messages: adapters lower the loss at once and weigh little."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmstudio.config.importing import ImportModelConfig
from llmstudio.engine.device import Place
from llmstudio.jobs.create import create_run
from llmstudio.store import catalog
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.judging import judge
from llmstudio.tasks.loading import load_model
from tests.data.tables import make_table
from tests.tasks import small, tuned

MOST_BYTES = 25_000_000


@pytest.mark.real
@pytest.mark.timeout(600)
def test_adapters_beside_an_open_model(tmp_path: Path, smollm2: Path, shared_file: Callable[[str], Path]) -> None:
    ws = Workspace.open(tmp_path / "ws")
    folder = create_run(ws, "import_model", ImportModelConfig(path=str(smollm2), name="smol"), title="smol")
    assert small.train(ws, folder)[0] == "finished"
    lines = shared_file("data/sms_spam_collection.tsv").read_text(encoding="utf-8").splitlines()
    rows: list[dict[str, Any]] = []
    for label in ("ham", "spam"):
        found = [line.split("\t", 1)[1] for line in lines if line.startswith(label + "\t")]
        rows += [{"text": text, "label": label} for text in dict.fromkeys(found[:60])]
    make_table(ws.datasets / "messages", rows)
    settings: dict[str, Any] = {"precision": "auto", "threads": None, "block_size": 48, "learning_rate": 1e-3}
    state = tuned.tune(
        ws, model="smol", dataset="messages", method="lora", epochs=None, max_steps=8, eval_every=8, **settings
    )
    assert state.result["val_loss"] < 0.55  # ln 2 is 0.69
    assert state.result["trained_parameters"] == 4_884_480 + 2 * 576
    kept = catalog.find(ws, "model", "tuned")
    assert sum(path.stat().st_size for path in kept.path.glob("*.safetensors")) < MOST_BYTES
    here = Place("cpu", "fp32", 2)
    said = judge(load_model(ws, "tuned", here), ["WIN a FREE prize! Call 09061701461 now", "ok see you at home"], here)
    assert said[0, 1] - said[1, 1] > 0.1
