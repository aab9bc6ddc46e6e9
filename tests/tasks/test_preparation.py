"""What stands before a training: proposals settled, memory looked at, precision measured."""

from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config import sizing
from llmstudio.config.train import PretrainConfig
from llmstudio.engine import device
from llmstudio.engine.device import Place
from llmstudio.store import catalog
from llmstudio.tasks import preparation
from llmstudio.tasks.train_tokenizer import tokenizer_for
from tests.data.corpus import make_dataset
from tests.tasks import small

SETTLED = PretrainConfig(name="n", dataset="d", batch_size=12, accumulate=1)


def needs(fixed: float, activations: float) -> sizing.Memory:
    return sizing.Memory(weights=int(fixed), gradients=0, optimizer=0, activations=int(activations))


def test_enough_memory_is_not_complained_about() -> None:
    preparation.check_memory(needs(50, 50), 100, SETTLED)


def test_too_little_memory_names_numbers_and_settings_that_give_the_same() -> None:
    with pytest.raises(UserError) as caught:
        preparation.check_memory(needs(1e9, 2e9), 2_000_000_000, SETTLED)
    assert caught.value.message == "Memory is not enough. It needs about 3 GB, this machine has 2 GB."
    assert caught.value.hint == "Half the batch (6), accumulated twice (2), gives the same result."
    assert caught.value.field == "batch_size"


def test_the_batch_is_cut_as_often_as_it_takes() -> None:
    with pytest.raises(UserError) as caught:
        preparation.check_memory(needs(1e9, 24e9), 3_000_000_000, SETTLED)
    assert caught.value.hint == "A batch of 1, accumulated 12 times, gives the same result."
    assert caught.value.candidates == ("batch_size=1", "accumulate=12")


def test_no_smaller_batch_is_offered_where_the_model_itself_does_not_fit() -> None:
    with pytest.raises(UserError) as caught:
        preparation.check_memory(needs(3e9, 1e9), 2_000_000_000, SETTLED)
    assert "smaller model" in caught.value.hint
    assert caught.value.field == "n_embd"


@pytest.mark.parametrize(("batch", "parts"), [(1, 0), (7, 7), (9, 3), (4096, 2)])
def test_a_batch_is_only_cut_into_equal_parts(batch: int, parts: int) -> None:
    error = preparation.out_of_memory(SETTLED.model_copy(update={"batch_size": batch}), "")
    found = [word for word in error.candidates if word.startswith("accumulate")]
    assert found == ([f"accumulate={parts}"] if parts else [])


def test_a_dataset_without_validation_says_so(tmp_path: Path) -> None:
    ws = small.workspace(tmp_path / "ws", shares=(1.0, 0.0, 0.0))
    _, seen = small.train(ws, small.new_run(ws, max_steps=2))
    assert "no validation part" in small.words(seen)


def test_a_tokenizer_that_does_not_know_the_text_is_told(tmp_path: Path) -> None:
    ws = small.workspace(tmp_path / "ws")
    make_dataset(ws.datasets / "digits", ["0123456789 " * 50], by="position")
    tokenizer_for(ws, "characters", catalog.find(ws, "dataset", "digits"), lambda: None)
    _, seen = small.train(ws, small.new_run(ws, max_steps=2, tokenizer="digits-characters"))
    assert "is unknown to the tokenizer" in small.words(seen)
    _, seen = small.train(ws, small.new_run(ws, max_steps=2, name="fitting"))
    assert "is unknown to the tokenizer" not in small.words(seen)


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
