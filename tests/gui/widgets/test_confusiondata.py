"""Cells, shares and sentences of a confusion matrix."""

from llmstudio.gui.widgets.confusiondata import Matrix

MOODS = Matrix(("calm", "sad", "odd"), ((94, 6, 0), (10, 102, 0), (1, 0, 299)), "mood")


def test_cells_are_shares_of_their_row_or_counts() -> None:
    assert [MOODS.words(0, at) for at in range(3)] == ["94 %", "6 %", "0"]
    assert MOODS.words(1, 1, as_count=True) == "102"
    assert MOODS.words(2, 0) == "< 1 %"
    assert Matrix(("a", "b"), ((0, 0), (0, 1))).share(0, 0) == 0


def test_a_cell_in_words() -> None:
    assert MOODS.sentence(1, 0) == "Truly sad, called calm: 10 of 112 rows"
    assert MOODS.sentence(0, 0) == "Truly calm, and called so: 94 of 100 rows"


def test_the_whole_in_words() -> None:
    assert MOODS.summary() == "495 of 512 rows right; most often confused: sad, called calm."
    assert Matrix(("a", "b"), ((3, 0), (0, 1))).summary() == "4 of 4 rows right."
    assert Matrix().summary() == "No rows were judged yet."


def test_of_many_labels_the_most_confused_are_shown() -> None:
    labels = tuple(f"label {at}" for at in range(30))
    counts = [[0] * 30 for _ in range(30)]
    for at in range(30):
        counts[at][at] = 5
    for at in range(0, 24, 2):
        counts[at][at + 1] = at
    many = Matrix(labels, tuple(map(tuple, counts)))
    assert len(many.shown()) == 12
    assert {22, 23, 20, 21} <= set(many.shown())
    assert many.scope() == "The 12 of 30 labels that are most often confused"
    assert MOODS.scope() == ""
    assert MOODS.shown() == (0, 1, 2)


def test_the_table_holds_everything() -> None:
    assert MOODS.table().splitlines()[:2] == ["true \\ predicted\tcalm\tsad\todd", "calm\t94\t6\t0"]
