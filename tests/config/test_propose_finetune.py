"""Proposals for a fine-tuning: whole, sensible for the size, and nothing that was said is changed."""

from typing import Any

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config import presets, propose_finetune, sizing
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.config.model import ModelConfig
from llmstudio.config.propose import MachineFacts
from llmstudio.config.propose_finetune import TuneFacts, resolve

SMOLLM2: dict[str, Any] = {
    "vocab_size": 49_152, "n_layer": 30, "n_embd": 576, "n_head": 9, "n_kv_head": 3, "hidden": 1536, "block_size": 8192,
}  # fmt: skip
SMALL: dict[str, Any] = {"vocab_size": 4096, "n_layer": 6, "n_embd": 192, "n_head": 6, "block_size": 256}


def model(**shape: Any) -> ModelConfig:
    return ModelConfig(**{**presets.load("llama").model, **shape})


def facts(shape: dict[str, Any] = SMOLLM2, **changes: Any) -> TuneFacts:
    return TuneFacts(**{"model": model(**shape), "family": "llama", "rows": 1045, "tokens": 40_000, "longest": 120,
                        "outputs": 2, **changes})  # fmt: skip


def config(**changes: Any) -> FinetuneConfig:
    return FinetuneConfig(**{"model": "m", "dataset": "d", "name": "n", **changes})


@pytest.mark.parametrize("task", ["classify", "multilabel", "regress", "instruct", "continue"])
@pytest.mark.parametrize("method", ["auto", "full", "lora", "last-layers"])
@pytest.mark.parametrize("shape", [SMOLLM2, SMALL])
def test_everything_is_filled(task: Any, method: Any, shape: dict[str, Any]) -> None:
    found = resolve(config(task=task, method=method), facts(shape))
    still = [name for name, value in found.model_dump().items() if value is None or value == "auto"]
    assert still == ["template"]  # the model's own, which the task knows
    assert found.batch_size
    assert found.max_steps
    assert resolve(found, facts(shape)) == found


def test_what_was_said_stays() -> None:
    said: dict[str, Any] = {
        "learning_rate": 1e-3, "batch_size": 3, "epochs": 1.5, "method": "last-layers", "last_layers": 4,
        "block_size": 64, "eval_every": 7, "split": "50,25,25", "patience": 0, "device": "cpu", "precision": "fp32",
    }  # fmt: skip
    found = resolve(config(**said), facts(), MachineFacts(precision="bf16", threads=7))
    assert {name: getattr(found, name) for name in said} == said
    assert found.max_steps == -(-1045 // 3) * 3 // 2 + 1


def test_few_labels_are_learned_in_small_steps() -> None:
    few, more = resolve(config(), facts()), resolve(config(), facts(rows=3900))
    assert (few.batch_size, more.batch_size) == (8, 16)
    assert few.learning_rate == pytest.approx((more.learning_rate or 0) / 2**0.5, rel=0.05)
    assert resolve(config(), facts(SMALL)).batch_size == 16  # a small model is taught at its whole rate
    asked = resolve(config(task="instruct"), facts())
    assert asked.learning_rate == more.learning_rate


def test_large_models_get_adapters_at_ten_times_the_rate() -> None:
    lora, full = resolve(config(), facts()), resolve(config(method="full"), facts())
    assert lora.method == "lora"
    assert resolve(config(), facts(SMALL)).method == "full"
    assert lora.learning_rate == pytest.approx(10 * (full.learning_rate or 0), rel=0.05)
    assert lora.lora_alpha == 2 * (lora.lora_rank or 0)


def test_small_tables_are_read_more_often_and_in_smaller_batches() -> None:
    few, many = resolve(config(), facts(rows=150)), resolve(config(), facts(rows=50_000))
    assert (few.epochs or 0) > 3 * (many.epochs or 0)
    assert (few.batch_size or 0) < (many.batch_size or 0)


def test_steps_instead_of_epochs() -> None:
    found = resolve(config(max_steps=131), facts())
    assert found.max_steps == 131
    assert found.epochs == 1.0


def test_rows_are_read_whole_where_that_is_affordable() -> None:
    assert resolve(config(), facts(longest=90)).block_size == 90
    assert resolve(config(), facts(longest=9000)).block_size == 512
    assert resolve(config(), facts(longest=9000), MachineFacts(device="cuda")).block_size == 1024
    assert resolve(config(task="continue"), facts(longest=0, tokens=300)).block_size == 256


@pytest.mark.parametrize(
    ("said", "field"), [({"block_size": 9000}, "block_size"), ({"last_layers": 31}, "last_layers")]
)
def test_more_than_the_model_has_is_refused(said: dict[str, Any], field: str) -> None:
    with pytest.raises(UserError) as caught:
        resolve(config(**said), facts())
    assert caught.value.field == field
    assert caught.value.candidates


def test_little_memory_makes_small_batches() -> None:
    long = facts(longest=512)
    machine = MachineFacts(memory_bytes=3 << 30)
    found = resolve(config(method="full"), long, machine)
    assert found.batch_size == 1  # and even that may be too much, which is said before the start
    assert (resolve(config(method="full"), long, MachineFacts(memory_bytes=64 << 30)).batch_size or 0) > 1


def test_usual_splits() -> None:
    assert propose_finetune.split_of(config()) == "70,10,20"
    assert propose_finetune.split_of(config(task="instruct")) == "85,5,10"
    assert propose_finetune.split_of(config(split="dataset")) == "dataset"


def test_learning_numbers_and_memory_grow_with_the_method() -> None:
    shape = model(**SMOLLM2)
    numbers, bytes_ = [], []
    for method in ("head", "lora", "last-layers", "full"):
        found = resolve(config(method=method, precision="bf16"), facts())
        numbers.append(sizing.finetune_learning(shape, "llama", found, 2))
        bytes_.append(sizing.finetune_memory(shape, "llama", found, longest=120, outputs=2).total)
    assert numbers == sorted(numbers)
    assert numbers[0] == 2 * 576
    assert numbers[-1] == sizing.count(shape) + 2 * 576
    assert max(bytes_) == bytes_[-1]


def test_small_models_of_which_all_learns_are_held_back() -> None:
    small = resolve(config(method="full"), facts(SMALL))
    assert (small.reading_share, small.word_dropout) == (0.3, 0.2)
    assert small.dropout == 0.1
    adapter = resolve(config(method="lora"), facts(SMALL))
    assert (adapter.reading_share, adapter.lora_dropout, adapter.dropout, adapter.word_dropout) == (0.2, 0.05, 0.0, 0.0)
    assert resolve(config(method="head"), facts(SMALL)).reading_share == 0
    answers = resolve(config(method="lora", task="instruct"), facts(SMALL))
    assert answers.reading_share == answers.lora_dropout == answers.dropout == 0
