"""`llmstudio propose`, and `pretrain --minutes`, which follows it."""

import json
from pathlib import Path

import pytest

from llmstudio.cli import proposing
from llmstudio.config import rules
from llmstudio.store import catalog, machine
from llmstudio.store.workspace import Workspace
from tests.cli.conftest import Terminal


@pytest.fixture(autouse=True)
def _measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "load", lambda *_: {"flops": 1e11, "device": "cpu"})


def test_a_proposal_has_settings_reasons_and_the_command_that_starts_it(terminal: Terminal) -> None:
    said = terminal("propose", "--dataset", "Tales", "--minutes", "0.5")
    assert said.status == 0, said.err
    found = said.result
    assert {"n_layer", "n_embd", "block_size", "batch_size", "max_steps", "learning_rate", "tokenizer"} <= set(found)
    assert found["vocabulary"] == 0
    assert found["tokenizer"] == "characters"
    assert {reason["field"] for reason in found["reasons"]} >= {"tokenizer", "n_embd", "max_steps"}
    assert found["command"].startswith("llmstudio pretrain --dataset tales --tokenizer characters")
    assert "--minutes 0.5" in found["command"]
    plain = terminal("propose", "--dataset", "Tales", "--minutes", "0.5", as_json=False)
    for reason in found["reasons"]:
        assert f"- {reason['words']}" in plain.out


@pytest.mark.parametrize("minutes", ["0", "soon", "-3", None])
def test_a_time_that_is_none_is_told(terminal: Terminal, minutes: str | None) -> None:
    said = terminal("propose", "--dataset", "Tales", *(("--minutes", minutes) if minutes else ()))
    assert said.status == 2
    assert "Time" in said.err or "time" in said.err


def test_an_unknown_dataset_or_tokenizer_is_told(terminal: Terminal) -> None:
    assert terminal("propose", "--dataset", "Nothing", "--minutes", "1").status == 2
    said = terminal("propose", "--dataset", "Tales", "--minutes", "1", "--tokenizer", "nothing")
    assert said.status == 2
    assert "nothing" in said.err


def test_the_tokenizer_made_for_the_text_is_taken_where_it_suits(
    terminal: Terminal, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = Workspace.open(workspace)
    dataset = catalog.find(ws, "dataset", "Tales")
    monkeypatch.setattr(rules, "vocabulary", lambda _size: 512)
    assert proposing.tokenizer_for(ws, dataset) == "characters"
    advice = terminal("propose", "--dataset", "Tales", "--minutes", "1", as_json=False).out
    assert "llmstudio tokenizer train tales --kind bpe --vocab-size 512" in advice
    lineage = {"id": dataset.id, "sha256": dataset.manifest["documents_sha256"]}
    with catalog.keep(ws, "tokenizer", "Tales pieces") as keeping:
        (keeping.folder / "tokenizer.json").write_text("{}")
        keeping.facts |= {"lineage": {"dataset": lineage}, "vocab_size": 400, "bytes_per_token": 3.0}
    assert proposing.tokenizer_for(ws, dataset) == keeping.id
    found = terminal("propose", "--dataset", "Tales", "--minutes", "1").result
    assert (found["tokenizer"], found["vocab_size"]) == (keeping.id, 400)


def test_a_training_in_minutes_takes_the_steps_that_fit(terminal: Terminal, workspace: Path) -> None:
    quick = ("--minutes", "0.05", "--sample-tokens", "0", "--compile", "off", "--precision", "fp32")
    said = terminal("pretrain", "--dataset", "Tales", "--name", "Paced", *quick)
    assert said.status == 0, said.err
    job = json.loads((workspace / "runs" / said.result["run"] / "job.json").read_text("utf-8"))
    assert job["config"]["minutes"] == 0.05
    assert job["config"]["max_steps"] == said.result["steps"] >= 1
    assert job["config"]["ngram_rows"] > 0
