"""The job that answers one question."""

from pathlib import Path

import pytest

from llmstudio.config.chat import ChatConfig
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import run
from llmstudio.store.workspace import Workspace
from tests.tasks import small


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    ws = small.workspace(tmp_path / "ws")
    small.train(ws, small.new_run(ws, max_steps=2, eval_every=2, sample_tokens=0, block_size=64, tokenizer="bytes"))
    return ws


def test_one_question_one_answer_under_generates_keys(ws: Workspace) -> None:
    texts = []
    for system in ("", "", "Be kind."):
        config = ChatConfig(model="tiny", prompt="Who?", system=system, max_tokens=8, seed=1, threads=1)
        folder = create_run(ws, "chat", config, title="chat")
        told: list[str] = []
        assert InlineRunner(ws).run(folder, on_message=lambda m, told=told: told.append(m["text"])) == Status.FINISHED  # type: ignore[misc]
        result = run.load(folder).result
        assert set(result) == {"text", "tokens", "tokens_per_second", "device", "precision", "weight_bytes"}
        assert result["tokens"] <= 8
        assert "".join(told).strip() == result["text"]
        texts.append(result["text"])
    assert texts[0] == texts[1]
    assert "was not taught to chat" in run.load(folder).notes[-1].text


def test_the_answer_never_outgrows_the_context(ws: Workspace) -> None:
    config = ChatConfig(model="tiny", prompt="Who?", template="plain", max_tokens=500, seed=1, threads=1)
    folder = create_run(ws, "chat", config, title="chat")
    assert InlineRunner(ws).run(folder) == Status.FINISHED
    assert run.load(folder).result["tokens"] <= 64 - len("Who?\n\n")
