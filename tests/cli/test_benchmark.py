"""`llmstudio benchmark`."""

from typing import Any

import pytest

from llmstudio.store.benchmarks import figure
from llmstudio.tasks import benchmark
from tests.cli.conftest import Terminal


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def startup(_bench: Any) -> list[Any]:
        return [figure("startup", "Start", "s", [0.9], ceilings=[0.3], peers={"a bare window": [0.3]}, better="lower")]

    monkeypatch.setattr(benchmark, "MEASURES", {"startup": startup})


def test_figures_come_by_name_and_are_kept(terminal: Terminal) -> None:
    said = terminal("benchmark", "startup", "--rounds", "1")
    assert said.status == 0
    assert said.result["startup"]["figure"] == 0.9
    assert said.result["startup"]["peers"][0]["name"] == "a bare window"
    assert said.result["machine"]["name"]
    listed = terminal("benchmark", "--list").result["benchmarks"]
    assert listed[0]["startup"] == said.result["startup"]
    assert terminal("benchmark", "matmul", "--list").result["benchmarks"] == []


def test_a_table_tells_figure_ceiling_and_peer(terminal: Terminal) -> None:
    out = terminal("benchmark", "startup", as_json=False).out
    assert "900 ms" in out
    assert "33 %" in out
    assert "a bare window" in out


def test_mistakes_are_told(terminal: Terminal) -> None:
    said = terminal("benchmark", "speed")
    assert said.status == 2
    assert "There is no benchmark called speed." in said.err
    assert terminal("benchmark", "startup", "--rounds", "0").status == 2
    assert "holds no copy of nanoGPT" in terminal("benchmark", "startup", "--nanogpt", ".").err
