"""What learns by which method, and in which precision the rest stands."""

import torch

from llmstudio.engine.device import Place
from llmstudio.engine.freezing import Choice, apply, learning
from llmstudio.engine.heads import Student
from tests.engine import lesson, tiny
from tests.engine.lesson import LORA


def names(choice: Choice, outputs: int | None = 3, **shape: bool) -> set[str]:
    one = Student(tiny.model("llama", **shape), outputs)
    apply(one, choice, tiny.HERE)
    return {name for name, value in one.named_parameters() if value.requires_grad}


def test_all_weights() -> None:
    found = names(Choice("full"))
    assert {"body.embedding.weight", "body.blocks.0.attention.qkv.weight", "score.weight"} <= found
    assert "score.bias" not in found


def test_last_layers_and_the_head_of_the_task() -> None:
    found = names(Choice("last-layers", last_layers=1))
    assert {"body.blocks.1.attention.qkv.weight", "body.final_norm.weight", "score.weight"} <= found
    assert not any(name.startswith(("body.blocks.0", "body.embedding", "body.head")) for name in found)


def test_writing_trains_an_output_of_its_own_with_the_last_layers() -> None:
    assert "body.head.weight" in names(Choice("last-layers", last_layers=1), None, tied=False)
    assert "body.embedding.weight" not in names(Choice("last-layers", last_layers=1), None, tied=True)
    assert "body.head.weight" in names(Choice("full"), None, tied=False)
    assert "body.head.weight" not in names(Choice("full"), 3, tied=False)  # not used beside a head


def test_a_head_alone() -> None:
    assert names(Choice("head")) == {"score.weight"}


def test_adapters_and_head() -> None:
    found = names(LORA)
    assert all(name == "score.weight" or name.endswith((".A", ".B")) for name in found)
    assert learning(lesson.student(LORA)) == sum(
        value.numel() for name, value in lesson.student(LORA).named_parameters() if name in found
    )


def test_frozen_matrices_take_half_the_room_where_bf16_computes() -> None:
    one = Student(tiny.model("llama"), 3)
    apply(one, LORA, Place("cpu", "bf16", 1))
    kinds = {name: value.dtype for name, value in one.named_parameters()}
    assert kinds["body.blocks.0.attention.qkv.weight"] == torch.bfloat16
    assert {kinds[name] for name in kinds if name.endswith((".A", ".B"))} == {torch.float32}
    assert kinds["body.embedding.weight"] == kinds["score.weight"] == torch.float32
