"""`llmstudio models`."""

from tests.cli.conftest import Terminal


def test_list_and_show(terminal: Terminal) -> None:
    (row,) = [row for row in terminal("models", "list").result["models"] if row["title"] == "Tiny"]
    assert {"id", "family", "parameters", "path"} <= row.keys()
    assert "Tiny" in terminal("models", "list", as_json=False).out
    shown = terminal("models", "show", "Tiny").result
    assert shown["lineage"]["dataset"]["title"] == "Tales"


def test_an_unknown_model_is_told_with_a_near_one(terminal: Terminal) -> None:
    said = terminal("models", "show", "Tini")
    assert said.status == 2
    assert "Tiny" in said.err
