"""`llmstudio data`."""

from pathlib import Path

import pytest

from tests.cli.conftest import Terminal


def test_import_reports_the_keys_scripts_rely_on(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some words to keep.", encoding="utf-8")
    said = terminal("data", "import", str(tmp_path / "a.txt"), "--name", "Words", "--split", "100,0,0")
    assert said.status == 0, said.err
    keys = {"id", "documents", "characters", "bytes", "encoding", "splits", "removed", "faults"}
    assert keys <= said.result.keys()
    assert said.result["characters"] == len("Some words to keep.")


@pytest.mark.parametrize(("line", "says"), [(("data", "import"), "Name files"), (("data", "import", "x"), "--name")])
def test_what_is_missing_is_named(terminal: Terminal, line: tuple[str, ...], says: str) -> None:
    said = terminal(*line)
    assert said.status == 2
    assert says in said.err


def test_list_and_show(terminal: Terminal) -> None:
    assert "Tales" in [row["title"] for row in terminal("data", "list").result["datasets"]]
    assert "Tales" in terminal("data", "list", as_json=False).out
    shown = terminal("data", "show", "Tales").result
    assert shown["documents"] == 1
    assert shown["split"]["by"] == "position"
