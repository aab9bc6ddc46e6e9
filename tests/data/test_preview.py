"""What is shown before a fine-tuning is what will be read."""

from pathlib import Path

import pytest

from llmstudio.data import chat, labelled_split, preview
from llmstudio.data.labelled import Columns, Example, key_of, load
from llmstudio.data.messages import Message
from llmstudio.data.preview import Balance, Run
from tests.data.chats import tokenizer
from tests.data.corpus import gpt2_tokenizer
from tests.data.tables import make_table

TALK = (Message("user", "Who?"), Message("assistant", "Ada did."))


def example(row: int, text: str, **more: object) -> Example:
    return Example(row, text, "train", key_of(text), **more)  # type: ignore[arg-type]


def test_a_conversation_shows_what_is_learned() -> None:
    row = example(7, "Who?", messages=TALK)
    template = chat.template_of("chatml", tokenizer())
    shown = preview.show(row, "instruct", tokenizer(), template)
    assert shown.row == 7
    assert [run for run in shown.runs if run.trained] == [
        Run("Ada did.", True, False, False),
        Run("<|im_end|>", True, True, False),
    ]
    assert "".join(run.text for run in shown.runs).startswith("<|im_start|>user\nWho?<|im_end|>")
    assert shown.trained == len(tokenizer().encode("Ada did.")) + 1
    everything = preview.show(row, "instruct", tokenizer(), template, train_on="all")
    assert all(run.trained for run in everything.runs)
    assert preview.show(row, "instruct", tokenizer()).runs[-1].text == "<|endoftext|>"


def test_what_lies_beyond_the_context_is_marked() -> None:
    shown = preview.show(example(1, "one two three four"), "continue", gpt2_tokenizer(), limit=2)
    assert [(run.text, run.cut) for run in shown.runs] == [
        ("one two", False),
        (" three four", True),
        ("<|endoftext|>", True),
    ]
    long = preview.show(example(1, "word " * 2000), "classify", gpt2_tokenizer())
    assert (long.hidden, len(long.runs)) == (long.tokens - preview.SHOWN_TOKENS, 1)


def test_labels_and_values_are_the_answer() -> None:
    code = gpt2_tokenizer()
    assert preview.show(example(1, "x", labels=("a", "b")), "multilabel", code).answer == "a, b"
    assert preview.show(example(1, "x", value=2.5), "regress", code).answer == "2.5"
    assert preview.show(example(1, "x", labels=("a",)), "classify", code).trained == 0


def test_a_character_of_many_tokens_stays_whole() -> None:
    assert preview.show(example(1, "漢字"), "classify", gpt2_tokenizer()).runs == (Run("漢字", False, False, False),)


def test_lengths_name_the_longest_row() -> None:
    rows = [example(number, "word " * number) for number in range(1, 6)]
    found = preview.lengths(rows, "classify", gpt2_tokenizer(), limit=4)
    assert (found.measured, found.longest_row, found.limit) == (5, 5, 4)
    assert found.counts == tuple(len(gpt2_tokenizer().encode(row.text)) for row in rows)
    assert found.over == sum(count > 4 for count in found.counts)
    assert "longer than the context of 4 and cut off" in found.words
    assert "all fit into 100" in preview.lengths(rows, "classify", gpt2_tokenizer(), limit=100).words
    assert preview.lengths([], "classify", gpt2_tokenizer()).words == "No rows."


def test_very_many_rows_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "MOST_TEXTS", 10)
    found = preview.lengths([example(number, "word") for number in range(95)], "classify", gpt2_tokenizer())
    assert found.measured == 10


def test_measuring_can_be_stopped() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        preview.lengths([example(1, "x")], "classify", gpt2_tokenizer(), check=stop)


def test_balance_by_part(tmp_path: Path) -> None:
    rows = [{"text": f"text {place}", "label": "ab"[place % 4 == 0]} for place in range(40)]
    table = load(make_table(tmp_path / "set", rows), "classify", Columns())
    found = preview.balance(table, labelled_split.split(table, "60,20,20"))
    assert found == [Balance("a", 18, 6, 6), Balance("b", 6, 2, 2)]
    assert [one.rows for one in found] == [30, 10]


def test_a_conversation_of_no_table() -> None:
    assert [turn.role for turn in preview.talk("Hi", "Yo", "Be kind").messages] == ["system", "user", "assistant"]
