"""A workspace with a tiny model, small tables for every task, and fine-tunings that take a second."""

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from llmstudio.config.finetune import FinetuneConfig
from llmstudio.jobs.create import create_run
from llmstudio.store import run
from llmstudio.store.workspace import Workspace
from tests.data.corpus import make_dataset, small_text
from tests.data.tables import make_table
from tests.tasks import small

TINY: dict[str, Any] = {
    "model": "tiny", "name": "tuned", "dataset": "moods", "task": "classify", "method": "full", "epochs": 4,
    "batch_size": 8, "eval_every": 5, "save_every": 3, "threads": 1, "precision": "fp32", "learning_rate": 1e-2,
    "sample_tokens": 4, "block_size": 64, "split": "70,15,15",
}  # fmt: skip
PLACES = ("Ada", "Bruno", "Efua", "the mill", "a harbour", "Paris")


@cache
def _template() -> Path:
    root = Path(tempfile.mkdtemp(prefix="tuned-")) / "ws"
    ws = small.workspace(root)
    base = {"preset": "llama", "max_steps": 30, "sample_tokens": 0, "block_size": 256, "n_embd": 32, "batch_size": 2}
    small.train(ws, small.new_run(ws, **base, eval_every=30, save_every=30))
    for name, rows in tables().items():
        make_table(ws.datasets / name, rows, **({"text": "", "label": ""} if name == "orders" else {}))
    make_dataset(ws.datasets / "poems", [small_text()[7000:9000]], by="position", shares=(0.8, 0.2, 0.0))
    ws.close()
    return root


def tables() -> dict[str, list[dict[str, Any]]]:
    """moods (2 labels), topics (sets of labels), sizes (numbers) and orders (answers)."""
    words = [f"{at} {PLACES[at % 6]} {'rose' if at % 3 else 'fell'}" for at in range(60)]
    moods = [{"text": text, "label": "up" if at % 3 else "down"} for at, text in enumerate(words)]
    topics = [{**row, "label": f"{row['label']};{'even' if at % 2 else 'odd'}"} for at, row in enumerate(moods)]
    sizes = [{"text": f"{at} {'long ' * (at % 5)}", "label": str(at % 5 * 10.0)} for at in range(60)]
    orders = [{"instruction": f"Name {PLACES[at % 6]} {at}", "input": "", "output": PLACES[at % 6]} for at in range(40)]
    return {"moods": moods, "topics": topics, "sizes": sizes, "orders": orders}


def workspace(root: Path) -> Workspace:
    """A copy of the workspace: the model `tiny`, the text `tales`, the text `poems`, and the tables."""
    shutil.copytree(_template(), root)
    return Workspace.open(root)


def new_run(ws: Workspace, **changes: Any) -> Path:
    """The folder of a queued fine-tuning of TINY with `changes`."""
    config = FinetuneConfig(**{**TINY, **changes})
    return create_run(ws, "finetune", config, title=config.name)


def tune(ws: Workspace, **changes: Any) -> run.RunState:
    """Fine-tune to the end; the run as everybody sees it."""
    folder = new_run(ws, **changes)
    _, seen = small.train(ws, folder)
    state = small.state(folder)
    assert state.status == "finished", small.error(seen)
    return state
