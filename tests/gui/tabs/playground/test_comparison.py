"""Two answers to one question."""

import json

from llmstudio.gui.tabs.playground import comparison
from llmstudio.gui.tabs.playground.comparison import Reply, Round
from llmstudio.gui.tabs.playground.versions import Token


def reply(text: str) -> Reply:
    return Reply((Token(1, text, 0.5, 0.5),), 10.0, "stop")


def marked(text: str, spans: comparison.Spans) -> list[str]:
    return [text[start:end] for start, end in spans]


def test_what_differs_is_found_word_by_word() -> None:
    one, two = "The bell is silent, said Ada.", "The old bell is silent, said the miller."
    left, right = comparison.differences(one, two)
    assert marked(one, left) == ["Ada"]
    assert marked(two, right) == ["old", "the miller"]
    assert comparison.differences(one, one) == ((), ())
    assert comparison.differences("", "a") == ((), ((0, 1),))
    assert marked("it’s 😀 so", comparison.differences("it’s 😀 so", "it’s so")[0]) == ["😀"]


def test_texts_too_long_are_not_compared() -> None:
    assert comparison.differences("a " * 5000, "b") == ((), ())


def test_the_difference_is_told_in_words() -> None:
    assert comparison.sentence("Yes.", "Yes.") == "Both answers are the same, letter for letter."
    assert comparison.sentence("A b.", "A c d.") == "1 of 2 words on the left and 2 of 3 on the right differ."


def test_a_comparison_is_written_with_both_answers() -> None:
    rounds = [Round("Why?", 7, ("One", "Two"), (reply(" Because"), reply(" So")))]
    text = comparison.markdown(rounds)
    assert "## Why?\n\nSeed 7\n\n**One** (1 tokens)\n\nBecause\n\n**Two** (1 tokens)\n\nSo\n" in text
    record = json.loads(comparison.jsonl(rounds))
    assert record["seed"] == 7
    assert [one["text"] for one in record["answers"]] == ["Because", "So"]
    assert rounds[0].done
    assert not Round("Why?", 7, ("One", "Two")).done
