"""Rows as lessons: parts, cuts, marks of what is learned, weights of rare labels."""

from typing import Any

import numpy as np
import pytest

from llmstudio.base.errors import UserError
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.data.documents import Documents
from llmstudio.engine.lessons import Judged, Read
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import tuning_data
from llmstudio.tasks.tuning_data import Base, Material
from tests.data.fake_context import FakeContext
from tests.tasks import tuned


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return tuned.workspace(tmp_path_factory.mktemp("data") / "ws")


def gathered(ws: Workspace, **changes: Any) -> tuple[FinetuneConfig, Base, Material, Any]:
    config = FinetuneConfig(**{**tuned.TINY, **changes})
    context: Any = FakeContext(ws)
    base = tuning_data.base_named(context, config.model)
    return config, base, tuning_data.gather(config, base, context), context


def test_parts_hold_every_row_once(ws: Workspace) -> None:
    config, base, material, _ = gathered(ws)
    assert {name: len(rows) for name, rows in material.ids.items()} == {"train": 42, "val": 9, "test": 9}
    assert set(material.labels) == {"up", "down"}
    facts = tuning_data.facts_of(config, base, material)
    assert (facts.rows, facts.outputs, facts.model) == (42, 2, base.config)
    assert facts.tokens == sum(len(ids) for ids in material.ids["train"])
    lesson = tuning_data.lesson_of(config, material, "val", place="cpu")
    assert isinstance(lesson, Judged)
    assert [material.labels[at] for at in lesson.truth] == [one.labels[0] for one in material.examples["val"]]


def test_rows_longer_than_the_context_are_cut_and_told(ws: Workspace) -> None:
    _, _, material, context = gathered(ws, block_size=4)
    assert {len(ids) for rows in material.ids.values() for ids in rows} == {4}
    assert any("60 rows are longer than 4 tokens" in text for text in context.notes)


def test_only_answers_are_learned_unless_all_is(ws: Workspace) -> None:
    changes = {"task": "instruct", "dataset": "orders", "template": "plain", "block_size": None}
    config, base, material, _ = gathered(ws, **changes)
    assert material.trained is not None
    ids, marks, example = material.ids["val"][0], material.trained["val"][0], material.examples["val"][0]
    learned = base.tokenizer.decode(int(one) for one, mark in zip(ids, marks, strict=True) if mark)
    assert example.messages[-1].content in learned
    assert example.messages[0].content not in learned
    lesson = tuning_data.lesson_of(config.model_copy(update={"block_size": 256}), material, "val", place="cpu")
    assert isinstance(lesson, Read)
    assert lesson.counted[0] == marks[1:].sum()
    _, _, everything, _ = gathered(ws, **changes, train_on="all")
    assert everything.trained is not None
    assert all(marks.all() for marks in everything.trained["val"])


def test_a_context_without_room_for_an_answer_is_refused(ws: Workspace) -> None:
    with pytest.raises(UserError) as caught:
        gathered(ws, task="instruct", dataset="orders", template="alpaca", block_size=16)
    assert caught.value.field == "block_size"


def test_a_text_is_cut_into_windows_that_foretell_each_token_once() -> None:
    ids = np.arange(11)
    found = tuning_data.windows(ids, 4)
    assert [one.tolist() for one in found] == [[0, 1, 2, 3, 4], [4, 5, 6, 7, 8], [8, 9, 10]]
    assert len(tuning_data.windows(np.arange(1000), 4, 10)) == 10


@pytest.mark.parametrize(("task", "dataset"), [("classify", "moods"), ("multilabel", "topics")])
def test_weights_make_rare_labels_count_more(ws: Workspace, task: str, dataset: str) -> None:
    config, _, material, _ = gathered(ws, task=task, dataset=dataset, balance="weights")
    weights = tuning_data.judging_of(config, material, "cpu").weights
    assert weights is not None
    by_label = dict(zip(material.labels, weights.tolist(), strict=True))
    assert by_label["down"] > by_label["up"]
    assert tuning_data.chances_of(config, material) is None


def test_sampling_gives_rare_labels_better_chances(ws: Workspace) -> None:
    config, _, material, _ = gathered(ws, balance="sampling")
    chances = tuning_data.chances_of(config, material)
    assert chances is not None
    found = {one.labels[0]: chance for one, chance in zip(material.examples["train"], chances, strict=True)}
    assert found["down"] > found["up"]
    assert tuning_data.judging_of(config, material, "cpu").weights is None


@pytest.mark.parametrize(("task", "dataset"), [("multilabel", "topics"), ("regress", "sizes")])
def test_only_classes_can_be_sampled(ws: Workspace, task: str, dataset: str) -> None:
    config, _, material, _ = gathered(ws, task=task, dataset=dataset, balance="sampling")
    with pytest.raises(UserError, match="balanced"):
        tuning_data.chances_of(config, material)


def test_said_columns_win_over_guessed_ones(ws: Workspace) -> None:
    documents = Documents(ws.datasets / "moods")
    guessed = tuning_data.columns_of(FinetuneConfig(**tuned.TINY), documents)
    assert (guessed.text, guessed.label) == ("text", "label")
    said = tuning_data.columns_of(FinetuneConfig(**tuned.TINY, label_column="mood"), documents)
    documents.close()
    assert (said.text, said.label) == ("text", "mood")


def test_the_template_is_the_models_own_or_alpaca(ws: Workspace) -> None:
    config, base, _, _ = gathered(ws)
    assert tuning_data.template_of(config, base).kind == "alpaca"
    base.kept.manifest["chat"] = {"template": "plain", "source": "", "end": []}
    assert tuning_data.template_of(config, base).kind == "plain"
    asked = config.model_copy(update={"template": "chatml"})
    assert tuning_data.template_of(asked, base).kind == "chatml"
