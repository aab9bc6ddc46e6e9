"""Perplexity and bits per byte, against the training's own measure; strides, parts and refusals."""

import math
from pathlib import Path

import numpy as np
import pytest

from llmstudio.data.encode import open_encoded
from llmstudio.engine import measure
from llmstudio.engine.device import Place
from llmstudio.jobs.job import Status
from llmstudio.store import catalog, evaluations
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.loading import load_model
from tests.data.fake_context import import_into
from tests.tasks import measured, small

HERE = Place("cpu", "fp32", 1)


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = small.workspace(tmp_path_factory.mktemp("text") / "ws", shares=(0.8, 0.1, 0.1))
    small.train(made, small.new_run(made, sample_tokens=0))
    return made


def test_without_overlap_it_is_what_the_training_measures(ws: Workspace) -> None:
    status, seen, report, _ = measured.evaluate(ws, "tiny", dataset="tales", split="test", stride=16)
    assert status == Status.FINISHED, small.error(seen)
    (entry,) = report["models"]
    encoded = open_encoded(next((ws.datasets / "tales" / "tokens").iterdir()))
    loaded = load_model(ws, "tiny", HERE)
    *_, loss = measure.evaluate(loaded.model, encoded.test.ids, HERE, block=16)
    assert entry["metrics"]["loss"] == pytest.approx(loss.mean, abs=1e-5)
    assert entry["metrics"]["perplexity"] == pytest.approx(math.exp(loss.mean), abs=1e-4)
    assert entry["rows"] == report["rows"] == len(encoded.test.ids) - 1
    behind = loaded.tokenizer.token_bytes(int(encoded.test.ids[0]))
    wanted = measure.bits_per_byte(loss.mean, loss.tokens, encoded.test.bytes - len(behind))
    assert entry["metrics"]["bits_per_byte"] == pytest.approx(wanted, rel=1e-6)
    assert "stride 16" in entry["rules"]["perplexity"]
    assert "the whole part test" in entry["rules"]["bits_per_byte"]
    low, high = entry["intervals"]["perplexity"]
    assert low < entry["metrics"]["perplexity"] < high


def test_more_overlap_foretells_better(ws: Workspace) -> None:
    losses = [
        measured.evaluate(ws, "tiny", dataset="tales", stride=stride)[2]["models"][0]["metrics"]["loss"]
        for stride in (16, 2)
    ]
    assert losses[1] < losses[0] + 0.02
    default = measured.evaluate(ws, "tiny", dataset="tales")[2]["models"][0]["rules"]["loss"]
    assert "windows of 16 tokens, stride 8" in default


def test_the_worst_windows_come_first_and_few_are_said_to_be_few(ws: Workspace) -> None:
    _, _, report, folder = measured.evaluate(ws, "tiny", dataset="tales", max_rows=5)
    records = evaluations.predictions(folder, report["models"][0])
    losses = [record["loss"] for record in records]
    assert losses == sorted(losses, reverse=True)
    assert len(records) == 5
    assert "5 of " in report["models"][0]["rules"]["loss"]


def test_learned_text_is_named(ws: Workspace) -> None:
    _, _, report, _ = measured.evaluate(ws, "tiny", dataset="tales", split="train", max_rows=3)
    assert "learned from the text" in report["models"][0]["note"]
    _, _, whole, _ = measured.evaluate(ws, "tiny", dataset="tales", split="all", max_rows=3)
    assert "learned from the text" in whole["models"][0]["note"]
    _, _, held, _ = measured.evaluate(ws, "tiny", dataset="tales", split="test", max_rows=3)
    assert held["models"][0]["note"] == ""


def test_a_split_by_rows_is_read_row_by_row(ws: Workspace, tmp_path: Path) -> None:
    lines = "\n".join(f"Line {number} of the tale" for number in range(40))
    (tmp_path / "lines.txt").write_text(lines, encoding="utf-8")
    if not catalog.exists(ws, "dataset", "lines"):
        import_into(ws, tmp_path / "lines.txt", name="lines", documents="line", split="80,10,10")
    status, seen, report, _ = measured.evaluate(ws, "tiny", dataset="lines", task="continue", rule="50,25,25")
    assert status == Status.FINISHED, small.error(seen)
    assert np.isfinite(report["models"][0]["metrics"]["perplexity"])
    assert (report["rows"], report["unit"]) == (report["models"][0]["rows"], "tokens")


def test_unknown_pieces_are_named(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "far.txt").write_text("安静的夜晚，" * 300, encoding="utf-8")
    if not catalog.exists(ws, "dataset", "far"):
        import_into(ws, tmp_path / "far.txt", name="far", split="50,0,50", split_by="position")
    _, _, report, _ = measured.evaluate(ws, "tiny", dataset="far")
    assert "unknown to its tokenizer" in report["models"][0]["note"]


def test_an_empty_part_is_told(tmp_path: Path, ws: Workspace) -> None:
    other = small.workspace(tmp_path / "other", shares=(0.9, 0.1, 0.0))
    small.train(other, small.new_run(other, sample_tokens=0))
    status, seen, report, _ = measured.evaluate(other, "tiny", dataset="tales", split="test")
    assert status == Status.FAILED
    assert "The part test of tales is empty." in small.error(seen).message
    assert report["models"][0]["error"]
    _, _, report, _ = measured.evaluate(other, "tiny", dataset="tales")
    assert report["split"] == "val"
