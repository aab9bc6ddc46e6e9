"""What the page of a model shows."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.base.errors import UserError
from llmstudio.config.train import PretrainConfig
from llmstudio.data import chat_trust
from llmstudio.gui.tabs.models import facts
from llmstudio.jobs import create
from llmstudio.store import catalog
from tests.gui.tabs.desk import keep_model, make_session


def test_a_model_with_everything_shows_its_whole_lineage(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    ws = session.workspace
    with catalog.keep(ws, "dataset", "Small stories") as keeping:
        (keeping.folder / "documents.parquet").write_bytes(b"x")
        keeping.facts.update(
            {"documents": 2560, "sources": [{"name": "a.txt", "bytes": 10}, {"name": "b.txt", "bytes": 5}]}
        )
    with catalog.keep(ws, "tokenizer", "Stories 4k") as keeping:
        (keeping.folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    run = create.create_run(
        ws, "pretrain", PretrainConfig(name="Pell", dataset="small-stories", precision="bf16"), title="Pell"
    )
    kept = keep_model(
        session,
        "Pell",
        tokenizer={"id": "stories-4k", "kind": "bpe"},
        lineage={"dataset": {"id": "small-stories", "title": "Small stories"}, "run": run.name},
    )
    detail = facts.gather(ws, kept.id)
    steps = [(step.title, step.note, step.tab) for step in detail.lineage]
    assert steps[0] == ("a.txt", "and 1 more", "data")
    assert steps[1] == ("Small stories", "2,560 documents", "data")
    assert steps[2] == ("Stories 4k", "4,096 pieces", "tokenizer")
    assert steps[3][0] == "Run of today"
    assert detail.lineage[3].args == (("run", run.name),)
    assert detail.chips == (("Made here", "accent"),)
    assert [(f.label, f.value, f.unit) for f in detail.figures] == [
        ("Validation loss", "1.306", ""),
        ("Bits per byte", "0.436", ""),
        ("Parameters", "3.41", "million"),
        ("Context", "256", "tokens"),
    ]
    rows = dict(detail.facts)
    assert rows["Layers, heads, width"] == "6, 6, 192"
    assert rows["Precision"] == "f32, trained in bf16"
    assert rows["Trained on"] == "16 million tokens in 2 min 20 s"
    names = [name for name, _ in detail.files]
    assert names[0] == "model.safetensors"
    assert "model.json" in names


def test_what_is_gone_says_so_and_leads_nowhere(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    kept = keep_model(session, "Pell", lineage={"dataset": {"id": "x", "title": "Old text"}, "run": "r"}, figures={})
    detail = facts.gather(session.workspace, kept.id)
    assert [(step.title, step.note, step.tab) for step in detail.lineage] == [
        ("Old text", "no longer here", ""),
        ("story-pieces", "kept in the model", ""),
        ("Run", "no longer here", ""),
    ]
    assert detail.figures[0].value == "–"


def test_built_in_tokenizers_are_named(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    kept = keep_model(session, "Pell", tokenizer={"id": "gpt2"}, config={})
    step = facts.gather(session.workspace, kept.id).lineage[-2]
    assert (step.title, step.note) == ("GPT-2", "50,257 pieces")


def test_a_model_that_is_gone_is_a_user_error(qtbot: QtBot, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        facts.gather(make_session(tmp_path).workspace, "nothing")


def test_an_imported_model_tells_origin_type_template_and_licence(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    origin = {"kind": "hub", "name": "HuggingFaceTB/SmolLM2-135M", "revision": "4ee4deb4c9" + "0" * 30}
    kept = keep_model(
        session,
        "SmolLM2",
        preset="",
        family="llama",
        dtype="bf16",
        licence="apache-2.0",
        origin=origin,
        chat={"template": "chatml"},
        tokenizer={"id": "own"},
        figures={},
    )
    detail = facts.gather(session.workspace, kept.id)
    assert [(step.title, step.note) for step in detail.lineage] == [
        ("HuggingFaceTB/SmolLM2-135M", "from the hub, 4ee4deb4"),
        ("Its own tokenizer", "4,096 pieces"),
    ]
    assert detail.chips == (("Imported", "neutral"),)
    assert [figure.label for figure in detail.figures] == ["Parameters", "Context", "Vocabulary"]
    rows = dict(detail.facts)
    assert rows["Family"] == "Llama family"
    assert rows["Precision"] == "bf16"
    assert rows["Chat template"] == "ChatML"
    assert rows["Licence"] == "apache-2.0"
    assert facts.line_of(kept).note == "Llama family, 3.41 M, imported"


def test_a_fine_tuned_model_tells_its_task_and_how_good_it_is(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    base = keep_model(session, "Harbour", origin={"kind": "gguf", "name": "harbour.gguf"})
    task = {
        "kind": "classify",
        "method": "lora",
        "labels": ["ham", "spam"],
        "metrics": {"accuracy": 0.9812, "macro_f1": 0.98},
    }
    kept = keep_model(
        session, "Moods", parts="adapter", base={"id": base.id, "title": "Harbour"}, task=task, lineage={"run": "gone"}
    )
    detail = facts.gather(session.workspace, kept.id)
    assert [(step.title, step.note, step.tab) for step in detail.lineage] == [
        ("harbour.gguf", "GGUF file", ""),
        ("Harbour", "base", "models"),
        ("Unknown", "no longer here", ""),
        ("Run", "no longer here", ""),
    ]
    assert detail.chips == (("Fine-tuned here", "accent"), ("Adapter", "neutral"))
    assert [(f.label, f.value, f.unit) for f in detail.figures[:2]] == [
        ("Accuracy", "98.1", "% on validation"),
        ("Macro-F1", "0.980", "on validation"),
    ]
    rows = dict(detail.facts)
    assert rows["Task"] == "sorts into labels, by LoRA"
    assert rows["Labels"] == "ham, spam"
    assert facts.line_of(kept).note == "adapter of Harbour, made here"
    assert facts.gather(session.workspace, base.id).dependants == ("Moods",)


def test_figures_of_the_test_part_go_before_those_of_the_validation(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    metrics = {"mae": 0.4, "r2": 0.9, "test_mae": 0.51, "test_r2": 0.87, "test_loss": 1.0}
    kept = keep_model(session, "Stars", base={"id": "x"}, task={"kind": "regress", "metrics": metrics}, figures={})
    found = [(f.label, f.value, f.unit) for f in facts.gather(session.workspace, kept.id).figures[:2]]
    assert found == [("Mean error", "0.510", "on test"), ("R squared", "0.870", "on test")]
    told = keep_model(session, "Told", base={"id": "x"}, task={"kind": "instruct", "metrics": {"rouge_l": 0.31}})
    assert facts.gather(session.workspace, told.id).figures[0].value == "0.310"


def test_a_foreign_chat_template_is_named_with_what_stands_in(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    chat = {"template": "jinja", "source": "<|im_start|>"}
    same = {**chat, "stand_in": {"template": "chatml", "same": True}}
    for title, facts_of, words, off, there in (
        ("Off", chat, "ChatML, its own is off", "ChatML", True),
        ("On", chat_trust.accept(chat), "its own, accepted", "", True),
        ("Same", same, "ChatML", "", True),
        ("Built in", {"template": "alpaca"}, "Alpaca", "", False),
        ("Own", {"template": "own"}, "its own", "", False),
        ("None", None, "none: completes text", "", False),
    ):
        detail = facts.gather(session.workspace, keep_model(session, title, chat=facts_of).id)
        assert (dict(detail.facts)["Chat template"], detail.template_off, detail.has_template) == (words, off, there)
