"""Damage to any file is found, told, and got around."""

from pathlib import Path

import pytest

from llmstudio.engine.trainer import Trainer
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store.events import Event, Metrics
from tests.faults import corruption
from tests.tasks import small


@pytest.mark.faults
def test_200_damages_are_all_found(folder: Path) -> None:
    done = corruption.trials(200, 5, folder)
    assert not done.faults, done
    assert done.trials == 200


@pytest.mark.faults
def test_a_damaged_best_one_does_not_make_a_whole_training_vain(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trainer, "_score", lambda self, _loss: -float(self.state.step))  # the first stays the best
    ws = small.workspace(folder / "ws")
    run = small.new_run(ws)

    def damage(event: Event) -> None:
        if isinstance(event, Metrics) and event.step == 10:
            path = run / "checkpoints" / "best-00000000" / "model.safetensors"
            path.write_bytes(path.read_bytes()[:-1] + b"x")

    assert InlineRunner(ws).run(run, damage) == Status.FINISHED
    state = small.state(run)
    assert any("The last weights are kept instead of the best" in note.text for note in state.notes)
    assert (ws.models / state.result["model"] / "model.safetensors").is_file()
