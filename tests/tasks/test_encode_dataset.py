"""The job of encoding a dataset."""

from pathlib import Path

import pytest

from llmstudio.config.tokenizer import EncodeConfig
from llmstudio.data.encode import encode_dataset
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Job, Status
from llmstudio.store import catalog
from llmstudio.store.run import load as load_run
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.encode_dataset import cores
from tests.data.corpus import gpt2_tokenizer, make_dataset, small_text


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with the dataset "tales"."""
    ws = Workspace.open(tmp_path / "ws")
    make_dataset(ws.datasets / "tales", small_text().split("\n"))
    return ws


def test_the_job_leaves_what_encoding_leaves_and_tells_the_figures(workspace: Workspace) -> None:
    config = EncodeConfig(dataset="tales", tokenizer="gpt2")
    folder = create_run(workspace, "encode_dataset", config, title="encode")
    assert InlineRunner(workspace).run(folder) == Status.FINISHED
    result = load_run(folder).result
    encoded = encode_dataset(workspace.datasets / "tales", gpt2_tokenizer())
    assert result["tokens"] == {
        "train": encoded.train.tokens,
        "val": encoded.val.tokens,
        "test": encoded.test.tokens,
    }
    tokens = sum(result["tokens"].values())
    lines = [line for line in small_text().split("\n") if line]
    assert tokens == sum(len(gpt2_tokenizer().encode(line)) + 1 for line in lines)
    assert 0 < result["vocabulary_share"] < 1
    assert result["bytes_per_token"] == pytest.approx(sum(len(line.encode()) for line in lines) / tokens)
    assert Job.load(folder).config["threads"] == cores() >= 1


def test_characters_are_made_on_the_way(workspace: Workspace) -> None:
    config = EncodeConfig(dataset="tales", tokenizer="characters")
    folder = create_run(workspace, "encode_dataset", config, title="encode")
    assert InlineRunner(workspace).run(folder) == Status.FINISHED
    assert load_run(folder).result["tokenizer"] == catalog.find(workspace, "tokenizer", "tales characters").id


def test_cancelling_leaves_nothing(workspace: Workspace) -> None:
    folder = create_run(workspace, "encode_dataset", EncodeConfig(dataset="tales"), title="encode")
    runner = InlineRunner(workspace)
    status = runner.run(folder, on_event=lambda event: runner.request("cancel") if event.kind == "stage" else None)
    assert status == Status.CANCELLED
    tokens = workspace.datasets / "tales" / "tokens"
    assert not tokens.exists() or list(tokens.iterdir()) == []
