"""Tables show objects through columns, sort, keep the choice, and stay quick with many rows."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.table import Column, Table

COLUMNS = [
    Column("Name", lambda row: row[0], tip=lambda row: row[0]),
    Column("Loss", lambda row: f"{row[1]:.3f}", 90, number=True, sort=lambda row: row[1], role=lambda row: "muted"),
]
ROWS = [("small", 1.4), ("<b>wide</b>", 1.3), ("deep", 10.0)]


@pytest.fixture
def table(theme: Theme, qtbot: QtBot) -> Table:
    table = Table(theme, COLUMNS, "Runs", sortable=True)
    qtbot.addWidget(table)
    table.resize(400, 300)
    table.show()
    table.set_rows(ROWS)
    return table


def names(table: Table) -> list[str]:
    return [row[0] for row in table.rows_model.rows]


def test_numbers_sort_as_numbers(table: Table) -> None:
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert names(table) == ["<b>wide</b>", "small", "deep"]
    table.set_rows([*ROWS, ("tiny", 1.35)])
    assert names(table)[1] == "tiny"


def test_the_choice_stays_with_its_thing(table: Table) -> None:
    table.select_where(lambda row: row[0] == "deep")
    table.set_rows(list(reversed(ROWS)), key=lambda row: row[0])
    assert table.current_row() == ("deep", 10.0)
    assert not table.select_where(lambda row: row[0] == "nonsense")


def test_enter_and_double_click_open(table: Table, qtbot: QtBot) -> None:
    table.selectRow(0)
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened.args == [ROWS[0]]
    with qtbot.waitSignal(table.picked) as picked:
        qtbot.keyClick(table, Qt.Key.Key_Down)
    assert picked.args == [ROWS[1]]


def test_tips_are_escaped(table: Table) -> None:
    tip = table.rows_model.index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "<b>" not in tip
    assert table.rows_model.headerData(1, Qt.Orientation.Horizontal) == "Loss"


def test_a_row_can_change_in_place(table: Table) -> None:
    table.rows_model.update_row(0, ("smaller", 1.39))
    assert table.rows_model.index(0, 0).data() == "smaller"


def test_ten_thousand_rows_are_painted_only_where_seen(table: Table, qtbot: QtBot) -> None:
    asked = 0

    def counted(row: tuple[str, float]) -> str:
        nonlocal asked
        asked += 1
        return row[0]

    table.rows_model.columns[0] = Column("Name", counted)
    table.rows_model._order = None
    table.set_rows([(f"run {at}", 1.0) for at in range(10_000)])
    table.grab()
    assert 0 < asked < 500


def test_rows_have_the_height_of_the_design(theme: Theme, qtbot: QtBot, table: Table) -> None:
    compact = Table(theme, COLUMNS, "Small", compact=True)
    qtbot.addWidget(compact)
    compact.set_rows(ROWS)
    assert (table.rowHeight(0), compact.rowHeight(0)) == (36, 24)


def test_a_head_that_is_a_term_explains_it(theme: Theme, qtbot: QtBot) -> None:
    table = Table(theme, [Column("Perplexity", str), Column("When", str)], "Figures")
    qtbot.addWidget(table)
    head = [table.rows_model.headerData(at, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole) for at in (0, 1)]
    assert "lower is better" in head[0]
    assert head[1] is None
