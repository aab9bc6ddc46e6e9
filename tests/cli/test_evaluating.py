"""`llmstudio evaluate` and `llmstudio evaluations`."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import TINY, Terminal


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("moods") / "moods.jsonl"
    rows = [{"text": f"The hen {('ran', 'met')[n % 2]} {n}", "label": ("a", "b")[n % 2]} for n in range(40)]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


@pytest.fixture
def measured(terminal: Terminal, table: Path) -> dict[str, object]:
    if "Moods" not in terminal("data", "list", as_json=False).out:
        line = ("--text-column", "text", "--label-column", "label", "--split", "50,25,25", "--split-by", "document")
        said = terminal("data", "import", str(table), "--name", "Moods", *line)
        assert said.status == 0, said.err
        line = ("--dataset", "Tales", "--name", "Wide", "--max-steps", "2", "--threads", "1", *TINY[:-4])
        said = terminal("pretrain", *line, "--block-size", "64", "--batch-size", "2")
        assert said.status == 0, said.err
    said = terminal("evaluate", "Wide", "--dataset", "Moods", "--shots", "0", "--question", "Q", "--threads", "1")
    assert said.status == 0, said.err
    return said.result


def test_the_first_models_figures_and_all_models_are_told(measured: dict[str, object]) -> None:
    assert {"run", "metrics", "models", "split", "task", "rows"} <= measured.keys()
    models = measured["models"]
    assert isinstance(models, list)
    assert [one["id"] for one in models] == ["wide", "bag-of-words", "most-frequent"]
    assert measured["metrics"] == models[0]["metrics"]


def test_results_are_listed_shown_compared_and_written_out(
    terminal: Terminal, measured: dict[str, object], tmp_path: Path
) -> None:
    run = str(measured["run"])
    rows = terminal("evaluations", "list").result["evaluations"]
    assert next(row for row in rows if row["run"] == run)["models"] == 3
    assert terminal("evaluations", "show", run).result["task"] == "classify"
    assert "Bag of words" in terminal("evaluations", "show", run, as_json=False).out
    found = terminal("evaluations", "compare", run, "most-frequent", "bag-of-words").result
    assert found["gained"] + found["lost"] + found["both"] + found["neither"] == measured["rows"]
    for name in ("t.csv", "t.json", "t.md"):
        assert terminal("evaluations", "export", run, str(tmp_path / name)).status == 0
        assert (tmp_path / name).stat().st_size
    assert terminal("evaluations", "export", run, str(tmp_path / "p.csv"), "--predictions", "Wide").status == 0
    assert "certainty" in (tmp_path / "p.csv").read_text("utf-8-sig").splitlines()[0]


def test_a_text_is_measured_by_perplexity(terminal: Terminal) -> None:
    said = terminal("evaluate", "Tiny", "--dataset", "Tales", "--split", "val", "--stride", "8", as_json=False)
    assert said.status == 0, said.err
    assert "Perplexity" in said.out
    assert "Bits per byte" in said.out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("evaluate", "Tiny"), "--dataset"),
        (("evaluate", "--dataset", "Tales"), "No model is named"),
        (("evaluate", "Tini", "--dataset", "Tales"), "Tiny"),
        (("evaluate", "Tiny", "--dataset", "Tales", "--stride", "0"), "at least 1"),
        (("evaluations", "show", "Tiny"), "no evaluation"),
    ],
)
def test_mistakes_are_told(terminal: Terminal, line: tuple[str, ...], words: str) -> None:
    said = terminal(*line)
    assert said.status == 2
    assert words in said.err


def test_a_strange_ending_is_told(terminal: Terminal, measured: dict[str, object]) -> None:
    run = str(measured["run"])
    assert "does not tell the format" in terminal("evaluations", "export", run, "t.xlsx").err
    assert "written as a table" in terminal("evaluations", "export", run, "t.md", "--predictions", "Tiny").err
    assert "was not measured there" in terminal("evaluations", "compare", run, "Wide", "Nobody").err
