"""Compiled steps: what stands against them, and that a failing compiler leaves no trace."""

import importlib.util
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from llmstudio.engine import compiling
from llmstudio.engine.trainer import Step
from tests.engine import tiny


def test_the_packaged_app_does_not_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert compiling.obstacle("cpu") == "The packaged app does not compile."


def test_a_missing_compiler_is_an_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert compiling.obstacle("cpu") == "No C++ compiler was found."
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    assert compiling.obstacle("cpu") is None


def test_other_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert "Triton" in str(compiling.obstacle("cuda"))
    assert compiling.obstacle("mps") == "There is no compiler for this device."


def test_the_compiler_named_by_the_user_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "mine")
    monkeypatch.setattr(shutil, "which", lambda name: name if name == "mine" else None)
    assert compiling.compiler() == "mine"


def test_a_broken_compiler_leaves_the_trainer_as_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("CppCompileError: Python.h: No such file\nmore")

    one, other = tiny.trainer({"dropout": 0.2}), tiny.trainer({"dropout": 0.2})
    torch.manual_seed(7)
    before = torch.get_rng_state()
    monkeypatch.setattr(compiling, "compiled", lambda *_: broken)
    with pytest.raises(compiling.Broken, match=r"No such file$"):
        compiling.compile_steps(one, tmp_path)
    assert one.compiled is None
    assert torch.equal(torch.get_rng_state(), before)
    assert all(parameter.grad is None for parameter in one.model.parameters())
    assert [tensor.tolist() for tensor in one.weights().values()] == [
        tensor.tolist() for tensor in other.weights().values()
    ]


def test_what_is_compiled_is_used_and_recorded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one = tiny.trainer(steps=2, eval_every=10)
    asked: list[int] = []

    def loss(ids: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        asked.append(len(ids))
        return one.model.loss(ids, targets)

    monkeypatch.setattr(compiling, "compiled", lambda *_: loss)
    assert compiling.compile_steps(one, tmp_path) > 0
    assert asked == [4]
    assert compiling.step_seconds(one, rounds=2) > 0
    list(one.run())
    assert asked == [4] * 5
    assert one.snapshot().state["compiled"] is True
    assert tiny.trainer().snapshot().state["compiled"] is False


@pytest.mark.slow
@pytest.mark.skipif(compiling.compiler() is None, reason="there is no compiler here")
@pytest.mark.parametrize("preset", ["studio-small", "gpt2"])
def test_a_really_compiled_training_has_the_same_curve(preset: str, tmp_path: Path) -> None:
    plain, other = (tiny.trainer({"preset": preset}, steps=6, eval_every=100) for _ in range(2))
    compiling.compile_steps(other, tmp_path)
    wanted = [step.loss for step in plain.run() if isinstance(step, Step)]
    found = [step.loss for step in other.run() if isinstance(step, Step)]
    assert found == pytest.approx(wanted, rel=1e-3)
