"""A workspace with a tiny model, a head for it, and small labelled tables: what an evaluation needs."""

import json
import random
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from safetensors.torch import load_file, save

from llmstudio.base import files
from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.engine.metrics import bootstrap
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import catalog, evaluations
from llmstudio.store.events import Event
from llmstudio.store.workspace import Workspace
from tests.data.fake_context import import_into
from tests.tasks import small

Report = dict[str, Any]
GOOD, BAD = ("fine", "lovely", "bright", "warm"), ("dull", "grim", "cold", "broken")


def workspace(root: Path) -> Workspace:
    """`tales` (text), `moods` (two labels), `tags` (sets), `sizes` (numbers), `asks` (answers), the model `tiny`."""
    ws = small.workspace(root / "ws", shares=(0.8, 0.1, 0.1))
    status, seen = small.train(ws, small.new_run(ws, max_steps=20, block_size=64, sample_tokens=0))
    assert status == Status.FINISHED, small.error(seen)
    chance = random.Random(1)
    rows: list[dict[str, Any]] = []
    for number in range(120):
        label = "good" if number % 3 else "bad"
        words = chance.choices(GOOD if label == "good" else BAD, k=3)
        rows.append({"text": f"Tale {number} was {' and '.join(words)}", "label": label, "size": number / 10})
    tables: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
        "moods": ([{"text": row["text"], "label": row["label"]} for row in rows], {"label_column": "label"}),
        "sizes": ([{"text": row["text"], "label": row["size"] + 0.05} for row in rows], {"label_column": "label"}),
        "tags": ([{"text": row["text"], "label": f"{row['label']},tale"} for row in rows], {"label_column": "label"}),
    }
    for name, (records, options) in tables.items():
        path = root / f"{name}.jsonl"
        path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
        import_into(ws, path, name=name, text_column="text", split="60,20,20", split_by="document", **options)
    asks = [{"instruction": f"Say {n}", "input": "", "output": f"Word {n}."} for n in range(40)]
    (root / "asks.json").write_text(json.dumps(asks), encoding="utf-8")
    import_into(ws, root / "asks.json", name="asks", text_column="instruction", split="60,20,20", split_by="document")
    return ws


def judging_model(ws: Workspace, name: str, kind: str, dataset: str, labels: tuple[str, ...] = (), **task: Any) -> None:
    """Keep a copy of `tiny` with a head of random weights, as if it had been fine-tuned on a dataset."""
    base, source = catalog.find(ws, "model", "tiny"), catalog.find(ws, "dataset", dataset)
    width = base.manifest["config"]["n_embd"]
    outputs = len(labels) or 1
    chance = torch.Generator().manual_seed(len(name))
    head = {"weight": torch.randn(outputs, width, generator=chance), "bias": torch.zeros(outputs)}
    with catalog.keep(ws, "model", name) as keeping:
        files.write_bytes(keeping.folder / "model.safetensors", save(load_file(base.path / "model.safetensors")))
        files.write_bytes(keeping.folder / "head.safetensors", save(head))
        for part in ("tokenizer.json", "studio_tokenizer.json"):
            files.write_bytes(keeping.folder / part, (base.path / part).read_bytes())
        about = {"id": source.id, "title": source.title, "sha256": source.manifest["documents_sha256"]}
        facts = {"kind": kind, "labels": list(labels), "columns": {"text": "text", "label": "label"}, **task}
        keeping.facts.update(
            {
                **{key: base.manifest[key] for key in ("config", "family", "preset", "parameters", "tokenizer")},
                "lineage": {"dataset": about},
                "task": facts,
            }
        )


def evaluate(ws: Workspace, *models: str, **values: Any) -> tuple[Status, list[Event], Report, Path]:
    """Run an evaluation; how it ended, what it said, its report and folder."""
    config = EvaluateConfig(**{"threads": 1, "precision": "fp32", **values, "models": models})
    folder = create_run(ws, "evaluate", config, title="measure")
    seen: list[Event] = []
    with patch.object(bootstrap, "ROUNDS", 100):  # quick; how wide intervals are is tested with the metrics
        status = InlineRunner(ws).run(folder, seen.append)
    report = evaluations.read(folder) if (folder / evaluations.REPORT).exists() else {}
    return status, seen, report, folder
