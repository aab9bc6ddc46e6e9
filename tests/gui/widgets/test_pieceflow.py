"""Rows of pieces, by width alone."""

from llmstudio.gui.widgets.pieceflow import Flow


def flow(widths: list[float], room: float = 100, gap: float = 2) -> Flow:
    made = Flow(room, gap)
    for width in widths:
        made.add(width)
    return made


def test_a_row_holds_what_fits_and_the_rest_goes_below() -> None:
    made = flow([40, 40, 40, 60])
    assert [list(made.pieces_in(row)) for row in range(made.rows)] == [[0, 1], [2], [3]]
    assert made.lefts == [0, 42, 0, 0]


def test_a_piece_wider_than_the_room_takes_a_row_and_no_more() -> None:
    made = flow([20, 500, 20])
    assert made.rows == 3
    assert made.widths[1] == 100


def test_a_piece_is_found_by_its_place() -> None:
    made = flow([40, 40, 40])
    assert made.at(0, 10) == 0
    assert made.at(0, 41) is None
    assert made.at(0, 41, nearest=True) == 0
    assert made.at(0, 43) == 1
    assert made.at(1, 39) == 2
    assert made.at(7, 0) is None


def test_the_number_of_rows_is_estimated_from_those_laid_out() -> None:
    made = flow([50] * 20)
    assert made.rows == 20
    assert made.estimate(2_000) == 2_000
    assert Flow(100, 2).estimate(5) == 0


def test_a_breaking_piece_ends_its_row() -> None:
    made = Flow(100, 2)
    made.add(10, breaks=True)
    made.add(10)
    assert made.rows == 2
