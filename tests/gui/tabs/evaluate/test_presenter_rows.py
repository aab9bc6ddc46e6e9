"""Single rows: gained, lost, wrong, furthest off, answers beside the reference, and those behind a cell."""

from typing import Any

from llmstudio.gui.tabs.evaluate import presenter_rows as rows


def record(row: int, true: Any, predicted: Any, certainty: float | None = 0.5, **more: Any) -> dict[str, Any]:
    return {"row": row, "text": f"Text  {row}\n", "true": true, "predicted": predicted, "certainty": certainty, **more}


FIRST = [record(1, "sad", "sad"), record(2, "odd", "sad"), record(3, "odd", "odd", 0.9), record(4, "sad", "odd")]
SECOND = [record(1, "sad", "odd"), record(2, "odd", "odd"), record(3, "odd", "sad"), record(4, "sad", "odd")]


def test_gained_and_lost_are_seen_from_the_first() -> None:
    found = rows.differing(FIRST, SECOND, "LoRA", "Small")
    assert [said.row for said in found.gained] == [3, 1]
    assert [said.row for said in found.lost] == [2]
    assert (found.both, found.neither) == (0, 1)
    first = found.gained[0]
    assert (first.text, first.good, first.label, first.other) == ("Text 3", True, "odd", "Small said sad")
    lost = found.lost[0]
    assert (lost.good, lost.label, lost.other) == (False, "sad", "truly odd, Small knew")
    assert (lost.reference, lost.first, lost.second) == ("odd", "sad", "odd")


def test_one_model_alone() -> None:
    found = rows.single(FIRST, "LoRA")
    assert [said.row for said in found.gained] == [3, 1]
    assert [(said.row, said.label, said.other) for said in found.lost] == [
        (2, "sad", "truly odd"),
        (4, "odd", "truly sad"),
    ]


def test_answers_differ_most_first() -> None:
    mine = [
        {"row": 1, "text": "a", "reference": "x", "answer": "y", "scores": {"rouge_l": 0.5}},
        {"row": 2, "text": "b", "reference": "x", "answer": "x", "scores": {"rouge_l": 1.0}},
    ]
    theirs = [{"row": 2, "text": "b", "reference": "x", "answer": "z", "scores": {"rouge_l": 0.0}}]
    found = rows.answers(mine, theirs)
    assert [(said.row, said.first, said.second) for said in found] == [(2, "x", "z"), (1, "y", "")]


def test_numbers_furthest_off_first() -> None:
    found = rows.numbers([record(1, 1.0, 1.5), record(2, 1.0, 9.0)], [record(2, 1.0, 1.25)])
    assert [(said.row, said.label, said.other, said.second) for said in found] == [
        (2, "9", "truly 1", "1.25"),
        (1, "1.5", "truly 1", ""),
    ]


def test_rows_behind_a_cell() -> None:
    found = rows.of_cell(FIRST, "odd", "sad")
    assert [said.row for said in found] == [2]
    assert rows.of_cell(FIRST, "calm", "sad") == []


def test_values_in_words() -> None:
    assert rows.shown(["a", "b"]) == "a, b"
    assert rows.shown([]) == "no label"
    assert rows.shown(None) == ""
    assert rows.shown(3.14159) == "3.142"
