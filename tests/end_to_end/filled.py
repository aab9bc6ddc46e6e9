"""Fills a workspace by running the real jobs with small settings: what the screenshots and tours look at.

Run as a module with the folder; a folder that is filled already is left as it is.
"""

import sys
from pathlib import Path
from typing import Any

from llmstudio.base.paths import resource
from llmstudio.config.dataset import ImportConfig
from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.config.option import Options
from llmstudio.config.probe import ProbeConfig
from llmstudio.config.tokenizer import TokenizerConfig
from llmstudio.config.train import PretrainConfig
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import catalog, evaluations, machine, run
from llmstudio.store.workspace import Workspace

DATASET, TOKENIZER = "Small stories", "Stories 2k"
MOODS, TUNED = "Story moods", "Moods told apart"
SHAPE: dict[str, Any] = {
    "n_layer": 2,
    "n_head": 4,
    "n_embd": 64,
    "block_size": 256,  # a whole story, for its mood shows in its end
    "batch_size": 4,
    "max_steps": 160,
    "eval_every": 20,
    "save_every": 40,
    "sample_tokens": 40,
    "threads": 1,
    "precision": "fp32",
}
TUNING: dict[str, Any] = {
    "max_steps": 168,
    "batch_size": 16,
    "eval_every": 21,
    "learning_rate": 0.002,
    "threads": 1,
    "precision": "fp32",
}
# name, what differs, tags
RUNS: tuple[tuple[str, dict[str, Any], tuple[str, ...]], ...] = (
    ("Stories, small", {}, ("stories",)),
    ("Stories, wider", {"n_embd": 96}, ("stories", "keep")),
    ("Stories, rate doubled", {"learning_rate": 0.01, "max_steps": 80}, ("stories",)),
)


def fill(root: Path) -> Workspace:
    """A workspace with two datasets, a tokenizer, three trainings, a fine-tuning, and their models."""
    workspace = Workspace.open(root)
    if machine.load() is None:
        _do(workspace, "probe", ProbeConfig(), "Test of this machine")
    if not catalog.exists(workspace, "model", RUNS[-1][0]):
        _stories(workspace)
    if not catalog.exists(workspace, "model", TUNED):
        _moods(workspace)
    if not evaluations.list_all(workspace):
        _evaluations(workspace)
    return workspace


def _stories(workspace: Workspace) -> None:
    """Text, pieces, three trainings."""
    source = str(resource("samples/stories.jsonl.gz"))
    _do(workspace, "import_dataset", ImportConfig(paths=(source,), name=DATASET), DATASET)
    _do(workspace, "train_tokenizer", TokenizerConfig(dataset=DATASET, name=TOKENIZER, vocab_size=2048), TOKENIZER)
    for name, changes, tags in RUNS:
        settings = {**SHAPE, "name": name, "dataset": DATASET, "tokenizer": TOKENIZER, **changes}
        folder = _do(workspace, "pretrain", PretrainConfig(**settings), name)
        run.tag(folder, tags)


def _moods(workspace: Workspace) -> None:
    """Labelled stories, and a small model that tells their moods apart."""
    source = str(resource("samples/moods.csv.gz"))
    wanted = ImportConfig(paths=(source,), name=MOODS, text_column="text", label_column="mood")
    _do(workspace, "import_dataset", wanted, MOODS)
    settings = {**TUNING, "model": RUNS[0][0], "dataset": MOODS, "name": TUNED}
    _do(workspace, "finetune", FinetuneConfig(**settings), TUNED)


def _evaluations(workspace: Workspace) -> None:
    """The labels beside a model that never learned them and the baselines; the text of the stories."""
    common: dict[str, Any] = {"threads": 1, "precision": "fp32"}
    labels = EvaluateConfig(models=(TUNED, RUNS[0][0]), dataset=MOODS, split="test", shots=0, **common)
    _do(workspace, "evaluate", labels, f"Models on {MOODS}")
    texts = EvaluateConfig(models=tuple(name for name, *_ in RUNS), dataset=DATASET, max_rows=40, **common)
    _do(workspace, "evaluate", texts, f"Models on {DATASET}")


def _do(workspace: Workspace, kind: str, config: Options, title: str) -> Path:
    place = workspace.root / ".scratch" if kind == "probe" else None
    folder = create_run(workspace, kind, config, title=title, runs=place)
    status = InlineRunner(workspace).run(folder)
    assert status == Status.FINISHED, run.load(folder).error
    return folder


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
