"""The split is the same every time, alike in labels, and never lets a text stand in two parts."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.base.errors import UserError
from llmstudio.data.labelled import Columns, Example, Labelled, key_of, load
from llmstudio.data.labelled_split import Parts, split
from llmstudio.data.messages import Message
from tests.data.tables import make_table


def labelled(*pairs: tuple[str, str], task: Any = "classify", splits: str = "") -> Labelled:
    names = {"t": "train", "v": "val", "s": "test"}
    found = Labelled(task, Columns())
    for place, (text, label) in enumerate(pairs):
        part = names[splits[place]] if splits else "train"
        found.rows.append(Example(place + 1, text, part, key_of(text), tuple(label)))
    found.balance = dict(Counter(label for _, labels in pairs for label in labels))
    found.labels = tuple(sorted(found.balance))
    return found


def shape(parts: Parts) -> tuple[int, int, int]:
    return len(parts.train), len(parts.val), len(parts.test)


def test_shares_are_kept_in_every_label() -> None:
    table = labelled(*[(f"text {place}", "a" if place % 4 else "b") for place in range(200)])
    parts = split(table, "70,10,20")
    assert shape(parts) == (140, 20, 40)
    for part, wanted in ((parts.train, 35), (parts.val, 5), (parts.test, 10)):
        assert Counter(row.labels[0] for row in part)["b"] == wanted
    assert split(table, "70,10,20").sha256 == parts.sha256
    assert split(table, "70,10,20", seed=1).sha256 != parts.sha256
    assert parts.rule == {"rule": "70,10,20", "seed": 0, "balance": "none"}
    assert [row.row for row in parts.part("all")] == list(range(1, 201))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 25), st.sampled_from("abc")), min_size=8, max_size=60), st.integers(0, 3))
def test_no_text_stands_in_two_parts(pairs: list[tuple[int, str]], seed: int) -> None:
    table = labelled(*[(f"text {number}", label) for number, label in pairs])
    try:
        parts = split(table, "60,20,20", seed)
    except UserError:
        return
    keys = [{row.key for row in part} for part in (parts.train, parts.val, parts.test)]
    assert not (keys[0] & keys[1])
    assert not (keys[0] & keys[2])
    assert not (keys[1] & keys[2])
    rows = [row.row for part in (parts.train, parts.val, parts.test) for row in part]
    assert sorted(rows) == list(range(1, len(pairs) + 1))


def test_the_datasets_own_split_is_kept_but_for_texts_in_two_parts() -> None:
    table = labelled(("one", "a"), ("two", "b"), ("three", "a"), ("ONE ", "a"), ("four", "b"), splits="tvsst")
    parts = split(table, "dataset")
    assert [[row.row for row in part] for part in (parts.train, parts.val, parts.test)] == [[1, 4, 5], [2], [3]]
    assert parts.overlaps == parts.duplicates == [(4, 1)]
    assert "1 row stands in more than one part" in parts.warnings[0]


def test_duplicates_are_named_and_kept_together() -> None:
    table = labelled(*[(f"text {place % 30}", "ab"[place % 2]) for place in range(40)])
    parts = split(table, "50,25,25")
    assert parts.overlaps == []
    assert parts.duplicates == [(place + 31, place + 1) for place in range(10)]


def test_undersampling_takes_as_many_of_each() -> None:
    table = labelled(*[(f"text {place}", "a" if place % 10 else "b") for place in range(500)])
    parts = split(table, "70,10,20", balance="undersample")
    assert Counter(row.labels[0] for row in parts.part("all")) == {"a": 50, "b": 50}
    assert parts.left_out == 400
    with pytest.raises(UserError, match="Only classes"):
        split(labelled(("x", "a"), task="multilabel"), balance="undersample")


def test_other_tasks_are_spread_too() -> None:
    several = labelled(*[(f"text {place}", "ab" if place % 8 == 0 else "b") for place in range(80)], task="multilabel")
    assert Counter(label for row in split(several).test for label in row.labels) == {"b": 16, "a": 2}
    numbers = labelled(*[(f"text {place}", "") for place in range(100)], task="regress")
    numbers.rows = [Example(r.row, r.text, r.split, r.key, value=float(r.row)) for r in numbers.rows]
    drawn = sorted(row.value or 0 for row in split(numbers, "80,10,10").test)
    assert len(drawn) == 10
    assert all(10 * place < value <= 10 * place + 10.5 for place, value in enumerate(drawn))
    talks = labelled(*[(f"text {place}", "") for place in range(1100)], task="instruct")
    turns = (Message("user", "x"), Message("assistant", "y"))
    talks.rows = [Example(r.row, r.text, r.split, r.key, messages=turns) for r in talks.rows]
    assert shape(split(talks, "85,5,10")) == (935, 55, 110)


def test_too_little_is_refused_in_one_sentence() -> None:
    with pytest.raises(UserError, match="only 2 rows"):
        split(labelled(("x", "a"), ("y", "b")))
    pairs = [(f"text {place}", "ab"[place % 2]) for place in range(10)]
    with pytest.raises(UserError, match="dataset's own split leaves no rows for validation"):
        split(labelled(*pairs), "dataset")
    with pytest.raises(UserError, match="The split 100,0,0 leaves no rows for validation"):
        split(labelled(*pairs), "100,0,0")


def test_small_tables_still_fill_every_part() -> None:
    parts = split(labelled(*[(f"text {place}", "ab"[place % 2]) for place in range(6)]), "90,5,5")
    assert shape(parts) == (4, 1, 1)


def test_a_label_without_rows_in_a_part_is_told() -> None:
    pairs = [(f"text {place}", "a") for place in range(30)] + [("other", "b")]
    assert split(labelled(*pairs)).warnings == ["1 label has no row for validation: b."]


def test_the_balanced_sms_collection_is_the_books(tmp_path: Path, shared_file: Callable[[str], Path]) -> None:
    lines = shared_file("data/sms_spam_collection.tsv").read_text("utf-8").splitlines()
    rows = [dict(zip(("label", "text"), line.split("\t", 1), strict=True)) for line in lines]
    read = load(make_table(tmp_path / "sms", rows), "classify", Columns())
    parts = split(read, "70,10,20", balance="undersample")
    assert shape(parts) == (1045, 149, 300)
    assert Counter(row.labels[0] for row in parts.part("all")) == {"ham": 747, "spam": 747}
    assert len(parts.duplicates) > 100
