"""What stands before a training: proposals settled, memory looked at, precision measured."""

from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config.train import PretrainConfig
from llmstudio.engine import device
from llmstudio.engine.device import Place
from llmstudio.tasks import preparation
from tests.tasks import small

SETTLED = PretrainConfig(name="n", dataset="d", batch_size=12, accumulate=1)


def test_enough_memory_is_not_complained_about() -> None:
    preparation.check_memory(99, 100, SETTLED)


def test_too_little_memory_names_numbers_and_settings_that_give_the_same() -> None:
    with pytest.raises(UserError) as caught:
        preparation.check_memory(3_000_000_000, 2_000_000_000, SETTLED)
    assert caught.value.message == "Memory is not enough. It needs about 3 GB, this machine has 2 GB."
    assert caught.value.hint == "Half the batch (6), accumulated twice (2), gives the same result."
    assert caught.value.field == "batch_size"


def test_a_batch_of_one_cannot_be_halved() -> None:
    one = SETTLED.model_copy(update={"batch_size": 1})
    assert "smaller model" in preparation.out_of_memory(one, "").hint


def test_the_faster_precision_is_measured_on_the_very_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def measure(step: object, place: Place, budget: float) -> tuple[str, float]:
        assert callable(step)
        step()
        calls.append(place.device)
        return "bf16", 2.5

    monkeypatch.setattr(device, "faster_precision", measure)
    ws = small.workspace(tmp_path / "ws")
    folder = small.new_run(ws, precision="auto")
    _, seen = small.train(ws, folder)
    assert calls == ["cpu"]
    assert "precision bf16, chosen by test: bf16 runs at 2.5 times the speed of fp32" in small.words(seen)


def test_a_machine_never_probed_is_looked_at_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "matrix_rate", lambda place, budget: 4e11)
    assert preparation.measured(Place("cpu", "fp32", 1))["flops"] == 2e11


def test_sizes_that_were_said_need_no_measurement() -> None:
    said = SETTLED.model_copy(update={"n_layer": 1, "n_embd": 16, "max_steps": 5})
    assert preparation.settled_already(said)
    assert not preparation.settled_already(SETTLED)
