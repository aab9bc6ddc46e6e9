"""`llmstudio scale` answers from the table."""

from llmstudio.config import scaling
from tests.cli.conftest import Terminal


def test_one_row_is_the_one_of_the_table(terminal: Terminal) -> None:
    said = terminal("scale", "--model", "7B", "--cards", "8")
    assert said.status == 0, said.err
    (row,) = said.result["rows"]
    size = next(size for size in scaling.sizes() if size.name == "7B")
    found = scaling.expected(size, scaling.CARDS["H100"], 8)
    assert found is not None
    assert (row["strategy"], row["memory"]) == ("fsdp", found.memory.total)
    assert row["tokens_per_second"] == round(found.tokens_per_second)


def test_the_table_is_printed_for_people(terminal: Terminal) -> None:
    said = terminal("scale", "--card", "A100", as_json=False)
    assert "Computed, not measured." in said.out
    assert len(said.out.splitlines()) == 2 + len(scaling.COUNTS)


def test_what_does_not_fit_is_told(terminal: Terminal) -> None:
    said = terminal("scale", "--model", "7B", "--cards", "1")
    assert said.status == 2
    assert "7B does not fit on 1 H100 SXM." in said.err
