"""When a training is compiled: as asked, where it pays, and never in silence."""

from pathlib import Path
from typing import Any

import pytest

from llmstudio.base import paths
from llmstudio.engine import compiling as engine
from llmstudio.jobs import control
from llmstudio.jobs.job import Status
from llmstudio.store.workspace import Workspace
from tests.tasks import small


class Compiler:
    """Stands in for the real one, which takes a minute: steps run as before and are said to take `seconds`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, eager: float = 1.0, seconds: float = 0.5) -> None:
        self.eager, self.seconds, self.calls, self.fails = eager, seconds, 0, False
        monkeypatch.setattr(engine, "obstacle", lambda _: None)
        monkeypatch.setattr(engine, "compile_steps", self.compile)
        monkeypatch.setattr(engine, "step_seconds", self.time)

    def compile(self, trainer: Any, cache: Path) -> float:
        self.calls += 1
        if self.fails:
            raise engine.Broken("Python.h is missing")
        trainer.compiled = trainer.model.loss
        return 31.0

    def time(self, trainer: Any, rounds: int = 3) -> float:
        return self.seconds if trainer.compiled else self.eager


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(paths, "user_cache", lambda: tmp_path / "cache")
    return small.workspace(tmp_path / "ws")


def trained(ws: Workspace, **changes: Any) -> tuple[str, str]:
    """What was noted in a training, and what became of the setting."""
    folder = small.new_run(ws, **changes)
    status, events = small.train(ws, folder)
    assert status == Status.FINISHED
    return small.words(events), small.state(folder).config["compile"]


def test_short_trainings_are_not_compiled(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = Compiler(monkeypatch, eager=0.01)
    words, setting = trained(ws)
    assert (setting, compiler.calls) == ("off", 0)
    assert "ompil" not in words


def test_long_trainings_are_where_it_pays(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = Compiler(monkeypatch, eager=100.0, seconds=80.0)
    words, setting = trained(ws)
    assert (setting, compiler.calls) == ("on", 1)
    assert "Compiling, about" in words
    assert "cached afterwards" in words
    assert "Compiled in 31 s." in words
    assert "instead of" in words


def test_what_did_not_pay_is_not_tried_again(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = Compiler(monkeypatch, eager=100.0, seconds=99.0)
    words, setting = trained(ws, name="first")
    assert (setting, compiler.calls) == ("off", 1)
    assert "no faster here" in words
    words, setting = trained(ws, name="second")
    assert (setting, compiler.calls) == ("off", 1)
    assert "ompil" not in words


def test_a_broken_compiler_is_told_once_and_the_training_goes_on(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = Compiler(monkeypatch)
    compiler.fails = True
    words, setting = trained(ws, compile="on")
    assert setting == "off"
    assert words.count("The compiler failed (Python.h is missing). The training goes on uncompiled.") == 1


def test_a_missing_compiler_is_told_only_who_asked_for_it(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "obstacle", lambda _: "No C++ compiler was found.")
    words, setting = trained(ws, name="asked", compile="on")
    assert setting == "off"
    assert "No C++ compiler was found. The training goes on uncompiled." in words
    words, setting = trained(ws, name="other")
    assert setting == "off"
    assert "ompil" not in words


def test_off_is_off(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = Compiler(monkeypatch, eager=100.0)
    assert trained(ws, compile="off")[1] == "off"
    assert compiler.calls == 0


def test_a_resumed_training_takes_the_choice_it_began_with(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = Compiler(monkeypatch, eager=100.0)
    folder = small.new_run(ws)
    assert small.train(ws, folder, {5: "pause"})[0] == Status.PAUSED
    compiler.eager = 0.001  # too short for auto, but it is no longer auto
    control.resume(folder)
    status, events = small.train(ws, folder)
    assert (status, compiler.calls) == (Status.FINISHED, 2)
    assert "equivalent" not in small.words(events)


def test_a_compiler_lost_in_between_is_told(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = Compiler(monkeypatch, eager=100.0)
    folder = small.new_run(ws)
    small.train(ws, folder, {5: "pause"})
    compiler.fails = True
    control.resume(folder)
    status, events = small.train(ws, folder)
    assert status == Status.FINISHED
    assert "equivalent, not identical" in small.words(events)
