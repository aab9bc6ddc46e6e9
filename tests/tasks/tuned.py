"""A workspace with a tiny model, small tables for every task, and fine-tunings that take a second."""

from pathlib import Path
from typing import Any

from llmstudio.config.finetune import FinetuneConfig
from llmstudio.jobs.create import create_run
from llmstudio.store.workspace import Workspace
from tests.data.tables import make_table
from tests.tasks import small

TINY: dict[str, Any] = {
    "model": "tiny", "name": "tuned", "dataset": "moods", "task": "classify", "method": "full", "epochs": 4,
    "batch_size": 8, "eval_every": 5, "save_every": 3, "threads": 1, "precision": "fp32", "learning_rate": 5e-3,
    "sample_tokens": 4,
}  # fmt: skip
GOOD, BAD = "Ada loved the mill", "Bruno hated the harbour"


def workspace(root: Path, **base: Any) -> Workspace:
    """Holds the model `tiny` and the tables moods (2 labels), topics (sets), sizes (numbers) and orders (answers)."""
    ws = small.workspace(root)
    small.train(
        ws, small.new_run(ws, **{"preset": "llama", "max_steps": 2, "sample_tokens": 0, "block_size": 64, **base})
    )
    names = ("Ada", "Bruno", "Efua", "the mill", "a harbour", "Paris")
    moods = [
        {"text": f"{names[at % 6]} {'loved' if at % 3 else 'hated'} {names[at // 6 % 6]} {at}", "label": "up" if at % 3 else "down"}
        for at in range(60)
    ]  # fmt: skip
    make_table(ws.datasets / "moods", moods)
    topics = [
        {"text": row["text"], "label": f"{row['label']};{'even' if at % 2 else 'odd'}"} for at, row in enumerate(moods)
    ]
    make_table(ws.datasets / "topics", topics)
    make_table(
        ws.datasets / "sizes",
        [{"text": "a " * (at % 9 + 1) + str(at), "label": str(at % 9 * 10.0)} for at in range(60)],
    )
    orders = [{"instruction": f"Name {names[at % 6]} {at}", "input": "", "output": names[at % 6]} for at in range(40)]
    make_table(ws.datasets / "orders", orders, text="", label="")
    return ws


def new_run(ws: Workspace, **changes: Any) -> Path:
    """The folder of a queued fine-tuning of TINY with `changes`."""
    config = FinetuneConfig(**{**TINY, **changes})
    return create_run(ws, "finetune", config, title=config.name)
