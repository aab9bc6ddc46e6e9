"""Kinds of job: known by name, their tasks and configs by dotted name."""

import pytest

from llmstudio.jobs import registry


def test_finding() -> None:
    assert registry.find("pretrain").lane == "compute"
    with pytest.raises(LookupError, match="nonsense"):
        registry.find("nonsense")


def test_resolving() -> None:
    assert registry.resolve("llmstudio.jobs.registry:find") is registry.find


def test_every_kind_names_a_task_of_its_own() -> None:
    real = {name: kind for name, kind in registry.KINDS.items() if kind.task.startswith("llmstudio.")}
    assert len({kind.task for kind in real.values()}) == len(real)
    for name, kind in real.items():
        assert kind.task == f"llmstudio.tasks.{name}:run"
        assert kind.config.startswith("llmstudio.config.")
        assert kind.title
