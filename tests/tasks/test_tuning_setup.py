"""Before a fine-tuning: remedies where memory lacks, plans and choices from settled settings, heads taken over."""

from pathlib import Path
from typing import Any

import pytest
import torch

from llmstudio.base.errors import UserError
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.config.propose_finetune import TuneFacts, resolve
from llmstudio.engine.device import Place
from llmstudio.store.catalog import Kept
from llmstudio.tasks import tuning_setup
from llmstudio.tasks.loading import load_model
from llmstudio.tasks.tuning_data import Material
from tests.engine import tiny
from tests.tasks import tuned

FACTS = TuneFacts(tiny.config("llama"), "llama", 1000, 5000, 8, 2)


def settled(**changes: Any) -> FinetuneConfig:
    return resolve(FinetuneConfig(**{"model": "m", "dataset": "d", "name": "n", **changes}), FACTS)


def test_half_the_batch_accumulated_twice_is_the_remedy() -> None:
    error = tuning_setup.out_of_memory(settled(batch_size=8, accumulate=2), "It ran out.")
    assert error.remedy == {"batch_size": 4, "accumulate": 4}
    assert "4" in error.hint


def test_a_batch_that_cannot_be_halved_asks_for_a_shorter_context() -> None:
    error = tuning_setup.out_of_memory(settled(batch_size=1, block_size=8), "It ran out.")
    assert error.remedy == {"block_size": 4}


@pytest.mark.parametrize(("method", "field"), [("full", "method"), ("lora", "model")])
def test_what_cannot_fit_names_what_would_help(method: str, field: str) -> None:
    with pytest.raises(UserError) as caught:
        tuning_setup.check_memory(settled(method=method), FACTS, 1000)
    assert caught.value.field == field
    tuning_setup.check_memory(settled(method=method), FACTS, 1 << 40)


def test_the_plan_follows_the_settings() -> None:
    plan = tuning_setup.plan_of(settled(learning_rate=0.01, max_steps=50, warmup_share=0.1, patience=2, method="full"))
    assert (plan.rate, plan.steps, plan.warmup, plan.patience) == (0.01, 50, 5, 2)
    assert plan.optimizer.kind == "adamw"
    assert plan.optimizer.head_share > 1
    assert tuning_setup.plan_of(settled(method="lora")).optimizer.head_share == 1


def test_the_choice_follows_the_method() -> None:
    assert tuning_setup.choice_of(settled(method="full"), "llama").lora is None
    choice = tuning_setup.choice_of(settled(method="lora", lora_rank=3, lora_targets="attention"), "gpt2")
    assert choice.lora is not None
    assert (choice.lora.rank, choice.lora.alpha, choice.lora.targets, choice.family) == (3, 6.0, "attention", "gpt2")


def test_a_head_that_told_the_same_labels_is_taken_over(tmp_path: Path) -> None:
    ws = tuned.workspace(tmp_path / "ws")
    tuned.tune(ws, epochs=1)
    loaded = load_model(ws, "tuned", Place("cpu", "fp32", 1))
    labels = tuple(loaded.task["labels"])
    same = tuning_setup.student_of(settled(), loaded, 2, labels)
    assert loaded.head is not None
    assert same.score is not None
    assert torch.equal(same.score.weight, loaded.head.weight)
    other = tuning_setup.student_of(settled(), loaded, 2, ("a", "b"))
    assert other.score is not None
    assert not other.score.weight.any()


def test_the_columns_that_were_found_stand_in_the_settled_run(tmp_path: Path) -> None:
    kept = Kept("dataset", "d", "D", tmp_path, "")
    columns = {"text": "text", "label": "mood", "input": "", "label_separator": ";"}
    material = Material(kept, "", {}, columns=columns)
    assert tuning_setup._columns(material) == {"text_column": "text", "label_column": "mood"}
    assert set(tuning_setup._columns(material)) <= set(FinetuneConfig.model_fields)
