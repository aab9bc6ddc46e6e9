"""Models that are loaded to write: in the precision that was asked for, or another one and why."""

from collections.abc import Iterator

import pytest

from llmstudio.config import precision
from llmstudio.config.generate import GenerateConfig
from llmstudio.engine import kernels
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import run
from llmstudio.store.run import RunState
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import writers
from tests.tasks import small


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    ws = small.workspace(tmp_path_factory.mktemp("trained") / "ws")
    small.train(ws, small.new_run(ws, max_steps=30, sample_tokens=0, n_embd=32))
    yield ws
    ws.close()


def written(ws: Workspace, **values: object) -> RunState:
    config = GenerateConfig(**{"model": "tiny", "prompt": "Ada", "seed": 5, "max_tokens": 12, **values})
    folder = create_run(ws, "generate", config, title="")
    assert InlineRunner(ws).run(folder) == Status.FINISHED
    return run.load(folder)


@pytest.mark.parametrize("name", ["f32", "bf16", "int8", "int4"])
def test_the_result_says_in_which_precision_it_was_written(ws: Workspace, name: str) -> None:
    granted, _ = kernels.chosen(name, "cpu")  # type: ignore[arg-type]
    one, two = (written(ws, precision=name).result for _ in range(2))
    assert one["precision"] == granted
    assert one["text"] == two["text"], "the seed decides in every precision"
    assert 0 < one["weight_bytes"] <= written(ws, precision="f32").result["weight_bytes"] * 1.1


def test_greedy_texts_of_small_models_are_exact_by_themselves(ws: Workspace) -> None:
    auto, exact = (written(ws, precision=name, temperature=0).result for name in ("auto", "f32"))
    assert auto["precision"] == "f32"
    assert auto["text"] == exact["text"]


def test_what_the_machine_cannot_do_is_said_once(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_maker", lambda precision: None)
    state = written(ws, precision="int8")
    assert state.result["precision"] == "f32"
    assert [note.level for note in state.notes if "int8" in note.text] == ["warning"]
    monkeypatch.setattr(precision, "AUTO_FROM", 1)
    state = written(ws, precision="auto")
    assert state.result["precision"] == "f32"
    assert not [note for note in state.notes if note.level == "warning"], "nobody asked for anything"


def test_auto_goes_by_size_and_device(monkeypatch: pytest.MonkeyPatch) -> None:
    assert writers.settled("auto", {"parameters": 10**9}, "cpu") == "bf16"
    assert writers.settled("auto", {"parameters": 10**5}, "cpu") == "f32"
    assert writers.settled("auto", {}, "cpu") == "f32"
    assert writers.settled("int4", {}, "cpu") == "int4"
