"""What a whole table is refused or warned for."""

from collections import Counter

import pytest

from llmstudio.base.errors import UserError
from llmstudio.data import labelled_checks as checks
from llmstudio.data.labelled import Example, key_of


def rows(*pairs: tuple[str, str]) -> list[Example]:
    return [Example(place, text, "train", key_of(text), (label,)) for place, (text, label) in enumerate(pairs, 1)]


def test_tasks_of_cells() -> None:
    assert checks.task_of(["pos", "neg", ""]) == "classify"
    assert checks.task_of(["1", "2", "5"]) == "classify"
    assert checks.task_of([0.1, 0.7]) == "regress"
    assert checks.task_of([str(place) for place in range(50)]) == "regress"
    assert checks.task_of([["a"], []]) == "multilabel"
    assert checks.task_of(["a, b", "a", "b", "a, c", "c, b", "b, a, c"]) == "multilabel"
    assert checks.task_of(["Paris, France", "Bonn, Germany", "Rome, Italy"]) == "classify"


def test_labels_in_the_order_a_person_expects() -> None:
    assert checks.ordered(["10", "9", "1"]) == ("1", "9", "10")
    assert checks.ordered(["b", "A", "c"]) == ("A", "b", "c")


def test_near_equal_labels_join_the_most_frequent() -> None:
    counts = Counter({"yes": 5, "Yes": 7, "no": 3, "y es": 1})
    assert checks.near_equal(counts) == {"yes": "Yes"}
    assert "'yes' as 'Yes'" in checks.joined_words({"yes": "Yes"}, counts)
    assert "(7 rows) and 'yes' (5 rows)" in checks.differ_only({"yes": "Yes"}, counts).message


def test_the_most_frequent_fault_is_named() -> None:
    with pytest.raises(UserError, match="most frequent fault: a row has no label"):
        checks.refuse_nothing(3, 0, ["has no label", "has no text", "has no label"])
    with pytest.raises(UserError, match="has no rows"):
        checks.refuse_nothing(0, 0, [])
    checks.refuse_nothing(3, 1, ["has no text"])


def test_a_missing_column_names_those_there_are() -> None:
    with pytest.raises(UserError, match="'mood'") as caught:
        checks.refuse_missing({"label": "mood"}, [{"text": "", "label": ""}])
    assert caught.value.hint == "The columns are text, label."
    with pytest.raises(UserError) as caught:
        checks.refuse_missing({"label": "mood"}, [{}])
    assert caught.value.hint == "It is no table."


def test_labels_are_counted_before_they_are_taken() -> None:
    checks.refuse_labels("multilabel", Counter({"a": 3}), 3)
    with pytest.raises(UserError, match="No row has a label"):
        checks.refuse_labels("multilabel", Counter(), 3)


def test_columns_are_told_apart() -> None:
    checks.refuse_columns("text", "label", False)
    checks.refuse_columns("text", "", True)


def test_a_label_that_stands_in_its_text_is_noticed() -> None:
    told = rows(*((f"{label}: message {place}", label) for place, label in enumerate(["spam", "ham"] * 6)))
    found = checks.warnings("classify", told, {"spam": 6, "ham": 6})
    assert found == ["The label stands in the text of 100 % of the rows: a model could read the answer off."]
    untold = rows(*((f"message {place}", label) for place, label in enumerate(["spam", "ham"] * 6)))
    assert checks.warnings("classify", untold, {"spam": 6, "ham": 6}) == []


def test_skew_rare_labels_and_contradictions_are_told() -> None:
    found = checks.warnings("classify", rows(*[("a", "x")] * 9, ("A ", "y")), {"x": 9, "y": 1})
    assert found == [
        "90.0 % of the rows are 'x': always saying so would be right that often. "
        "Look at macro-F1, or balance the labels.",
        "1 label stands in fewer than 3 rows, too few to learn and to measure: y.",
        "1 row repeats a text with another label: rows 1 and 10.",
    ]
