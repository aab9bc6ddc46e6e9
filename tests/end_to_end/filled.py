"""Fills a workspace by running the real jobs with small settings: what the screenshots and tours look at.

Run as a module with the folder; a folder that is filled already is left as it is.
"""

import sys
from pathlib import Path
from typing import Any

from llmstudio.base.paths import resource
from llmstudio.config.dataset import ImportConfig
from llmstudio.config.option import Options
from llmstudio.config.probe import ProbeConfig
from llmstudio.config.tokenizer import TokenizerConfig
from llmstudio.config.train import PretrainConfig
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import catalog, machine, run
from llmstudio.store.workspace import Workspace

DATASET, TOKENIZER = "Small stories", "Stories 2k"
SHAPE: dict[str, Any] = {
    "n_layer": 2,
    "n_head": 4,
    "n_embd": 64,
    "block_size": 64,
    "batch_size": 8,
    "max_steps": 240,
    "eval_every": 30,
    "save_every": 60,
    "sample_tokens": 40,
    "threads": 1,
    "precision": "fp32",
}
# name, what differs, tags
RUNS: tuple[tuple[str, dict[str, Any], tuple[str, ...]], ...] = (
    ("Stories, small", {}, ("stories",)),
    ("Stories, wider", {"n_embd": 96}, ("stories", "keep")),
    ("Stories, rate doubled", {"learning_rate": 0.01, "max_steps": 120}, ("stories",)),
)


def fill(root: Path) -> Workspace:
    """A workspace with a dataset, a tokenizer, three trainings and their models."""
    workspace = Workspace.open(root)
    if machine.load() is None:
        _do(workspace, "probe", ProbeConfig(), "Test of this machine")
    if catalog.exists(workspace, "model", RUNS[-1][0]):
        return workspace
    source = str(resource("samples/stories.jsonl.gz"))
    _do(workspace, "import_dataset", ImportConfig(paths=(source,), name=DATASET), DATASET)
    _do(workspace, "train_tokenizer", TokenizerConfig(dataset=DATASET, name=TOKENIZER, vocab_size=2048), TOKENIZER)
    for name, changes, tags in RUNS:
        settings = {**SHAPE, "name": name, "dataset": DATASET, "tokenizer": TOKENIZER, **changes}
        folder = _do(workspace, "pretrain", PretrainConfig(**settings), name)
        run.tag(folder, tags)
    return workspace


def _do(workspace: Workspace, kind: str, config: Options, title: str) -> Path:
    place = workspace.root / ".scratch" if kind == "probe" else None
    folder = create_run(workspace, kind, config, title=title, runs=place)
    status = InlineRunner(workspace).run(folder)
    assert status == Status.FINISHED, run.load(folder).error
    return folder


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
