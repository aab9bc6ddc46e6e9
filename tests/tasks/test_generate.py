"""One text from one prompt: streamed, repeatable, and stopped when asked."""

from pathlib import Path

import pytest

from llmstudio.config.generate import GenerateConfig
from llmstudio.jobs import create
from llmstudio.jobs.channel import Message
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import run as runs
from llmstudio.store.workspace import Workspace
from tests.tasks import small


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = small.workspace(tmp_path_factory.mktemp("generate"))
    status, _ = small.train(made, small.new_run(made))
    assert status == Status.FINISHED
    return made


def write(ws: Workspace, **values: object) -> tuple[Status, runs.RunState, list[Message]]:
    config = GenerateConfig(**{"model": "tiny", "seed": 5, "max_tokens": 12, **values})  # type: ignore[arg-type]
    folder = create.create_run(ws, "generate", config, title="")
    heard: list[Message] = []
    status = InlineRunner(ws).run(folder, on_message=heard.append)
    return status, runs.load(folder), heard


def test_the_pieces_that_were_emitted_are_the_text(ws: Workspace) -> None:
    status, state, heard = write(ws, prompt="The ")
    assert status == Status.FINISHED
    assert "".join(message["text"] for message in heard) == state.result["text"]
    assert state.result["tokens"] == len(heard) <= 12


def test_the_seed_decides(ws: Workspace) -> None:
    texts = [write(ws, prompt="The ", seed=seed)[1].result["text"] for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_a_model_that_is_not_there_is_the_users_mistake(ws: Workspace) -> None:
    status, state, _ = write(ws, model="nobody")
    assert status == Status.FAILED
    assert state.error is not None
    assert state.error.user


def test_damaged_weights_are_named(ws: Workspace, tmp_path: Path) -> None:
    weights = ws.models / "tiny" / "model.safetensors"
    sound = weights.read_bytes()
    try:
        weights.write_bytes(sound[: len(sound) // 2])
        status, state, _ = write(ws)
    finally:
        weights.write_bytes(sound)
    assert status == Status.FAILED
    assert state.error is not None
    assert "damaged" in state.error.message
