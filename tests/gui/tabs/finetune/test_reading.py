"""What a dataset comes to before a fine-tuning, read from real documents."""

from pathlib import Path

import pytest

from llmstudio.config.finetune import FinetuneConfig
from llmstudio.data.tokenizers.byte import ByteTokenizer
from llmstudio.gui.tabs.finetune import reading
from llmstudio.gui.tabs.finetune.reading import Question, Reading
from llmstudio.store.workspace import Workspace
from tests.gui.tabs import finetune_fixtures as made


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    ws = Workspace.open(tmp_path / "workspace")
    ByteTokenizer().save(ws.models / made.keep_model(ws, "Base"))
    return ws


def ask(ws: Workspace, dataset: str, **said: object) -> Question:
    config = FinetuneConfig(**{"model": "base", "dataset": dataset, "name": "n", **said})  # type: ignore[arg-type]
    return Question.of(config, ws.datasets / dataset, ws.models / "base", None)


def read(ws: Workspace, dataset: str, context: int = 128, **said: object) -> Reading:
    return reading.read(ask(ws, dataset, **said), context)


def test_a_classification_is_counted_split_and_shown(ws: Workspace) -> None:
    made.labelled_dataset(ws, "Moods", made.moods(60), label="mood")
    found = read(ws, "moods", text_column="text", label_column="mood")
    assert found.error is None
    assert (found.train, found.val, found.test) == (42, 6, 12)
    assert found.outputs == 3
    assert {one.label: one.rows for one in found.balance} == {"happy": 24, "sad": 18, "angry": 18}
    assert found.learned == 1.0
    assert found.shown[0].answer in ("happy", "sad", "angry")
    assert found.tokens == pytest.approx(42 * found.lengths.median, rel=0.1)


def test_rows_longer_than_the_context_are_counted_and_cut(ws: Workspace) -> None:
    made.labelled_dataset(ws, "Moods", made.moods(40), label="mood")
    found = read(ws, "moods", 16, text_column="text", label_column="mood")
    assert found.lengths.over == found.train
    assert found.longest == 16
    assert found.tokens == 16 * found.train


def test_instructions_show_what_is_learned(ws: Workspace) -> None:
    made.labelled_dataset(ws, "Orders", made.instructions(40), text="instruction")
    columns = {"instruction_column": "instruction", "input_column": "input", "answer_column": "output"}
    found = read(ws, "orders", 512, task="instruct", **columns)
    assert found.error is None
    assert 0 < found.learned < 0.5
    learned = "".join(run.text for run in found.shown[0].runs if run.trained)
    assert learned.startswith("It is")
    every = read(ws, "orders", 512, task="instruct", train_on="all", **columns)
    assert every.learned == 1.0


def test_the_first_faulty_row_blocks_until_they_may_be_left_out(ws: Workspace) -> None:
    rows = made.moods(30)
    rows[4]["mood"] = None
    made.labelled_dataset(ws, "Holes", rows, label="mood")
    found = read(ws, "holes", text_column="text", label_column="mood")
    assert found.blocker is not None
    assert found.blocker.message == "Row 5 has no label."
    assert (found.fault_count, found.good) == (1, 29)
    skipped = read(ws, "holes", text_column="text", label_column="mood", on_fault="skip")
    assert skipped.blocker is None
    assert skipped.faults[0].row == 5


def test_what_cannot_be_used_is_an_error_with_its_row(ws: Workspace) -> None:
    made.labelled_dataset(ws, "Moods", made.moods(30), label="mood")
    found = read(ws, "moods", text_column="text", label_column="topic")
    assert found.error is not None
    assert found.error.field == "label_column"
    assert found.shown == ()


def test_texts_in_two_parts_of_the_own_split_are_named(ws: Workspace) -> None:
    rows = made.moods(60)
    rows += [dict(row) for row in rows[:20]]
    made.labelled_dataset(ws, "Twice", rows, label="mood")
    found = read(ws, "twice", text_column="text", label_column="mood", split="dataset")
    assert found.error is None
    for row, first in found.overlaps:
        assert row > first


def test_the_columns_of_a_damaged_dataset_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    found = reading.look(tmp_path / "broken")
    assert found.error is not None
    assert found.found == []


def test_questions_that_differ_in_nothing_read_are_equal(ws: Workspace) -> None:
    one = ask(ws, "moods", text_column="text", label_column="mood", epochs=3.0)
    other = ask(ws, "moods", text_column="text", label_column="mood", method="lora", instruction_column="x")
    assert one == other
    assert one != ask(ws, "moods", text_column="text", label_column="mood", split="50,25,25")


def test_a_model_without_its_tokenizer_is_an_error(ws: Workspace) -> None:
    made.labelled_dataset(ws, "Moods", made.moods(30), label="mood")
    bare = made.keep_model(ws, "Bare")
    config = FinetuneConfig(model="bare", dataset="moods", name="n", text_column="text", label_column="mood")
    found = reading.read(Question.of(config, ws.datasets / "moods", ws.models / bare, None), 128)
    assert found.error is not None


def test_nobody_is_told_to_balance_labels_that_are_balanced(ws: Workspace) -> None:
    rows = [{"text": f"all is well on day {n}", "mood": "sad" if n % 10 == 0 else "happy"} for n in range(60)]
    made.labelled_dataset(ws, "Skewed", rows, label="mood")
    told = read(ws, "skewed", text_column="text", label_column="mood")
    assert any("balance the labels" in words for words in told.warnings)
    for balance in ("weights", "sampling", "undersample"):
        found = read(ws, "skewed", text_column="text", label_column="mood", balance=balance)
        assert not any("balance the labels" in words for words in found.warnings)
