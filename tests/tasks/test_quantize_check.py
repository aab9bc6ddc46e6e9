"""The job that holds a model in fewer bits against itself."""

from pathlib import Path

import pytest

from llmstudio.config.quantize import QuantizeCheckConfig
from llmstudio.engine import kernels
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import run
from llmstudio.store.run import RunState
from llmstudio.store.workspace import Workspace
from tests.tasks import small


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    ws = small.workspace(tmp_path_factory.mktemp("trained") / "ws")
    small.train(ws, small.new_run(ws, max_steps=30, sample_tokens=0, n_embd=32))
    return ws


def checked(ws: Workspace, **values: object) -> tuple[Status, RunState]:
    config = QuantizeCheckConfig(**{"model": "tiny", "tokens": 200, "threads": 1, **values})
    folder = create_run(ws, "quantize_check", config, title="check")
    return InlineRunner(ws).run(folder), run.load(folder)


@pytest.mark.parametrize("dataset", ["", "tales"])
def test_every_precision_stands_beside_the_exact_one(ws: Workspace, dataset: str) -> None:
    status, state = checked(ws, dataset=dataset, split="train" if dataset else "auto")
    assert status == Status.FINISHED
    assert state.result["tokens"] == 200
    rows = {row["precision"]: row for row in state.result["rows"]}
    wanted = [name for name in ("f32", "bf16", "int8", "int4") if not kernels.chosen(name, "cpu")[1]]
    assert list(rows) == wanted
    assert (rows["f32"]["worse"], rows["f32"]["divergence"], rows["f32"]["top_1"]) == (0, 0, 1)
    for name in wanted[1:]:
        assert 0 < rows[name]["divergence"] < 0.02
        assert abs(rows[name]["worse"]) < 0.05
        assert rows[name]["top_1"] > 0.85
        assert rows[name]["tokens_per_second"] > 0
    sizes = [row["weight_bytes"] for row in state.result["rows"]]
    assert sizes == sorted(sizes, reverse=True)


def test_an_empty_part_is_the_users_mistake(ws: Workspace) -> None:
    status, state = checked(ws, dataset="tales", split="test")
    assert status == Status.FAILED
    assert state.error is not None
    assert state.error.user


@pytest.mark.slow  # half a minute, on a real model
def test_quality_at_135_million_weights(smollm2: Path, tmp_path: Path) -> None:
    from llmstudio.config.importing import ImportModelConfig

    ws = Workspace.open(tmp_path / "ws")
    folder = create_run(ws, "import_model", ImportModelConfig(path=str(smollm2), name="Smol"), title="")
    assert InlineRunner(ws).run(folder) == Status.FINISHED
    folder = create_run(ws, "quantize_check", QuantizeCheckConfig(model="Smol", tokens=4096), title="")
    assert InlineRunner(ws).run(folder) == Status.FINISHED
    rows = {row["precision"]: row for row in run.load(folder).result["rows"]}
    # Eight bits a weight cost this model 0.004 nats of divergence, and its perplexity half a percent either way: groups
    # of 32 weights with scales of their own still cost 0.0015 nats and 0.3 %. A shift of 0.1 % would take more bits.
    # Four bits cost so little only because this file holds 4-bit weights: others of its kind lose 0.4 nats.
    worse = {"bf16": 0.001, "int8": 0.008, "int4": 0.05}
    divergence = {"bf16": 0.001, "int8": 0.005, "int4": 0.05}
    for name in rows.keys() & worse.keys():
        assert abs(rows[name]["worse"]) < worse[name], name
        assert rows[name]["divergence"] < divergence[name], name
