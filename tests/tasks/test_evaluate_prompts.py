"""Prompts with solved examples: spread over labels, fitting into the context, plain or as a conversation."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.data.labelled import Example, key_of
from llmstudio.engine.device import Place
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import evaluate_prompts as prompts
from llmstudio.tasks.loading import Loaded, load_model
from tests.data.corpus import trained
from tests.tasks import small

LABELS = ("bad", "good", "odd")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    ws: Workspace = small.workspace(tmp_path_factory.mktemp("prompts") / "ws")
    small.train(ws, small.new_run(ws, tokenizer="bytes", block_size=512, max_steps=2, batch_size=1, sample_tokens=0))
    return load_model(ws, "tiny", Place("cpu", "fp32", 1))


def example(number: int, label: str, text: str = "") -> Example:
    text = text or f"a tale of {number}"
    return Example(number, text, "train", key_of(text), (label,))


TRAIN = [example(n, "good" if n % 10 else "bad") for n in range(60)] + [example(99, "odd")]


def config(**values: Any) -> EvaluateConfig:
    return EvaluateConfig(**{"models": ("m",), "dataset": "d", **values})


def test_examples_are_spread_over_the_labels_and_drawn_by_the_seed() -> None:
    found = prompts.examples(TRAIN, LABELS, 7, seed=1)
    assert Counter(one.labels[0] for one in found) == {"bad": 3, "good": 3, "odd": 1}
    assert prompts.examples(TRAIN, LABELS, 7, seed=1) == found != prompts.examples(TRAIN, LABELS, 7, seed=2)
    assert len(prompts.examples(TRAIN, LABELS, 500, seed=1)) == len(TRAIN)
    long = example(100, "odd", "x" * 5000)
    assert long not in prompts.examples([*TRAIN, long], LABELS, 500, seed=1)
    assert prompts.examples([], LABELS, 4, seed=1) == []


def test_a_plain_prompt_shows_solved_rows_and_ends_where_the_word_begins(loaded: Loaded) -> None:
    row = example(1, "good", "the mill")
    asked = prompts.ask(loaded, config(shots=2, question="Which?"), LABELS, [row], TRAIN)
    text = loaded.tokenizer.decode(asked.prompts[0])
    assert text.startswith("Which?\n\nText: a tale of")
    assert text.endswith("Text: the mill\nLabel:")
    assert text.count("Label: ") == asked.shots == 2
    assert [loaded.tokenizer.decode(choice) for choice in asked.choices] == [" bad", " good", " odd"]


def test_labels_can_have_words(loaded: Loaded) -> None:
    asked = prompts.ask(loaded, config(shots=8, label_words="bad=poor"), LABELS, [TRAIN[1]], TRAIN)
    assert loaded.tokenizer.decode(asked.choices[0]) == " poor"
    assert "Label: poor" in loaded.tokenizer.decode(asked.prompts[0])


def test_a_conversation_is_written_in_the_models_template(loaded: Loaded) -> None:
    asked = prompts.ask(loaded, config(shots=1, template="chatml", question="Which?"), LABELS, [TRAIN[1]], TRAIN)
    text = loaded.tokenizer.decode(asked.prompts[0])
    assert text.count("assistant\n") == 2
    assert text.endswith("assistant\n")
    assert [loaded.tokenizer.decode(choice) for choice in asked.choices] == ["bad", "good", "odd"]
    assert "conversation (chatml)" in asked.form
    known = replace(loaded.kept, manifest={**loaded.kept.manifest, "chat": {"template": "alpaca"}})
    template = prompts.template_for(replace(loaded, kept=known), config())
    assert template is not None
    assert template.kind == "alpaca"
    assert prompts.template_for(loaded, config()) is None


def test_long_texts_are_shortened_and_counted(loaded: Loaded) -> None:
    rows = [example(1, "good", "word " * 400), example(2, "bad", "short")]
    asked = prompts.ask(loaded, config(shots=2), LABELS, rows, TRAIN)
    assert asked.cut == 1
    assert max(len(ids) + max(map(len, asked.choices)) for ids in asked.prompts) <= 512
    assert loaded.tokenizer.decode(asked.prompts[0]).endswith("\nLabel:")


def test_examples_that_do_not_fit_are_left_out(loaded: Loaded) -> None:
    asked = prompts.ask(loaded, config(shots=60), LABELS, [TRAIN[1]], TRAIN)
    assert 0 < asked.shots < 60
    assert len(asked.prompts[0]) <= 300


def test_a_question_that_leaves_no_room_is_told(loaded: Loaded) -> None:
    with pytest.raises(UserError, match="Not even the question fits"):
        prompts.ask(loaded, config(shots=0, question="why " * 200), LABELS, [TRAIN[1]], TRAIN)


def test_labels_the_tokenizer_cannot_tell_apart_are_told(loaded: Loaded) -> None:
    letters = replace(loaded, tokenizer=trained("char"))
    with pytest.raises(UserError, match="cannot tell the label"):
        prompts.ask(letters, config(shots=0), ("安", "静"), [TRAIN[1]], [])  # both unknown to it
