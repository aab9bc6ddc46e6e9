"""Which rows are judged: the recorded split of each model, else the dataset's own; never a learned row in silence."""

from pathlib import Path
from typing import Any

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.evaluate_data import Table, drawn, learned_from, task_of
from tests.data.fake_context import FakeContext, import_into

RULE = {"rule": "70,10,20", "seed": 3, "balance": "none"}


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("rows")
    made = Workspace.open(root / "ws")
    lines = [f"{'ham' if n % 2 else 'spam'}\tmessage number {n}" for n in range(100)]
    (root / "sms.tsv").write_text("label\ttext\n" + "\n".join(lines), encoding="utf-8")
    import_into(made, root / "sms.tsv", name="sms", text_column="text", label_column="label", split="80,20,0")
    return made


def model(ws: Workspace, name: str, **facts: Any) -> Kept:
    source = catalog.find(ws, "dataset", "sms")
    about = {"id": "sms", "sha256": source.manifest["documents_sha256"]}
    return Kept("model", name, name, Path(), "", {"lineage": {"dataset": about}, **facts})


def tuned(ws: Workspace, name: str, **rule: Any) -> Kept:
    task = {"kind": "classify", "labels": ["ham", "spam"], "columns": {"text": "text", "label": "label"}}
    return model(ws, name, task={**task, "split": {**RULE, **rule}})


def table(ws: Workspace, *models: Kept, **values: Any) -> Table:
    config = EvaluateConfig(**{"models": ("m",), "dataset": "sms", **values})
    context: Any = FakeContext(ws)
    return Table(config, catalog.find(ws, "dataset", "sms"), "classify", models, context)


def test_a_fine_tuned_model_is_judged_on_rows_it_never_learned(ws: Workspace) -> None:
    kept = tuned(ws, "a")
    rows = table(ws, kept).rows_for(kept)
    assert (len(rows.judged), rows.split) == (20, "test")
    assert rows.note == "It is judged by the split it was trained with."
    assert not {one.key for one in rows.judged} & {one.key for one in rows.train}


def test_everybody_else_is_judged_on_the_same_rows(ws: Workspace) -> None:
    kept, base = tuned(ws, "a"), Kept("model", "b", "b", Path(), "", {})
    both = table(ws, kept, base)
    judged = [[one.row for one in both.rows_for(who).judged] for who in (kept, base, None)]
    assert judged[0] == judged[1] == judged[2]


def test_a_model_with_another_split_keeps_its_own_and_that_is_said(ws: Workspace) -> None:
    one, other = tuned(ws, "a"), tuned(ws, "b", seed=4)
    both = table(ws, one, other)
    assert [x.row for x in both.rows_for(one).judged] != [x.row for x in both.rows_for(other).judged]
    assert "other rows than the others" in both.rows_for(other).note


def test_a_rule_that_is_said_does_not_break_the_promise(ws: Workspace) -> None:
    kept = tuned(ws, "a")
    asked = table(ws, kept, rule="50,25,25")
    assert len(asked.rows_for(kept).judged) == 20
    assert len(asked.rows_for(None).judged) == 25


def test_a_split_that_cannot_be_made_again_is_refused(ws: Workspace) -> None:
    kept = tuned(ws, "a", sha256="other rows")
    with pytest.raises(UserError, match="cannot be told from the others"):
        table(ws, kept).rows_for(kept)


def test_without_a_recorded_rule_the_datasets_own_split_holds(ws: Workspace) -> None:
    base = Kept("model", "b", "b", Path(), "", {})
    rows = table(ws, base).rows_for(base)
    assert rows.split == "val"  # there is no test part
    assert (len(rows.judged) + len(rows.train), rows.note) == (100, "")
    with pytest.raises(UserError, match="The part test of sms has no rows"):
        table(ws, base, split="test").rows_for(base)


def test_rows_that_were_learned_are_named(ws: Workspace) -> None:
    kept = tuned(ws, "a")
    assert "learned from rows" in table(ws, kept, split="train").rows_for(kept).note
    pretrained = model(ws, "p")
    assert "may hold rows" in table(ws, pretrained, rule="70,10,20").rows_for(pretrained).note
    assert table(ws, pretrained).rows_for(pretrained).note == ""
    assert learned_from(kept, catalog.find(ws, "dataset", "sms"))


def test_no_example_is_among_the_judged(ws: Workspace) -> None:
    base = Kept("model", "b", "b", Path(), "", {})
    rows = table(ws, base, split="train", max_rows=30).rows_for(base)
    assert len(rows.judged) == 30
    assert not {one.key for one in rows.judged} & {one.key for one in rows.train}
    everything = table(ws, base, split="all").rows_for(base)
    assert (len(everything.judged), everything.train) == (100, [])


def test_the_task_is_asked_for_recorded_or_guessed(ws: Workspace) -> None:
    from llmstudio.data.documents import Documents

    documents = Documents(ws.datasets / "sms")
    config = EvaluateConfig(models=("m",), dataset="sms")
    assert task_of(config, documents, []) == "classify"
    assert task_of(config, documents, [model(ws, "r", task={"kind": "regress"})]) == "regress"
    assert task_of(config.model_copy(update={"task": "continue"}), documents, [tuned(ws, "a")]) == "continue"
    documents.close()


def test_a_selection_is_the_same_for_everybody() -> None:
    rows: Any = list(range(50))
    assert drawn(rows, 10, 1) == drawn(rows, 10, 1) != drawn(rows, 10, 2)
    assert drawn(rows, None, 1) == drawn(rows, 99, 1) == rows
    assert drawn(rows, 10, 1) == sorted(drawn(rows, 10, 1))
