"""Rows are made when they are asked for, and know their order."""

import pytest

from llmstudio.config.option import describe
from llmstudio.gui.forms.row import FormRow
from llmstudio.gui.forms.rowset import RowSet
from llmstudio.gui.theme import Theme
from tests.gui.forms.options import Small


def test_asking_makes_a_row_once(theme: Theme) -> None:
    infos = {info.name: info for info in describe(Small)}
    made: list[str] = []

    def make(name: str) -> FormRow:
        made.append(name)
        return FormRow(theme, infos[name], "train")

    rows = RowSet(list(infos), make)
    assert len(rows) == len(infos)
    assert "rate" in rows
    assert "nothing" not in rows
    assert made == []
    assert rows["rate"] is rows["rate"]
    assert rows["name"].info.title
    assert made == ["rate", "name"]
    assert [name for name, _ in rows.made()] == ["name", "rate"]
    assert rows.missing(["name", "keep"]) == ["keep"]
    with pytest.raises(KeyError):
        rows["nothing"]
    assert len(list(rows.values())) == len(made) == len(infos)
