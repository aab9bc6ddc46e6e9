"""What precisions can be chosen, and what is said of them."""

from typing import get_args

import pytest

from llmstudio.config import precision
from llmstudio.config.chat import ChatConfig
from llmstudio.config.complete import CompleteConfig
from llmstudio.config.generate import GenerateConfig
from llmstudio.config.option import check, describe


@pytest.mark.parametrize("cls", [GenerateConfig, ChatConfig, CompleteConfig])
def test_whoever_lets_a_model_write_chooses_among_the_same(
    cls: type[GenerateConfig | ChatConfig | CompleteConfig],
) -> None:
    (info,) = [info for info in describe(cls) if info.name == "precision"]
    assert (info.kind, info.default) == ("choice", "auto")
    assert set(info.choices) == set(precision.WORDS)
    assert cls(model="m", precision="fp32").precision == "f32"
    assert cls(model="m", precision="int4").precision == "int4"
    _, faults = check(cls, {"model": "m", "precision": "int2"})
    assert "int8" in faults["precision"].message


def test_auto_takes_16_bits_for_large_models_only() -> None:
    assert precision.auto(260_000) == "f32"
    assert precision.auto(124_000_000) == "bf16"


def test_memory_follows_the_bits() -> None:
    sizes = [precision.weight_bytes(100, name) for name in ("f32", "bf16", "int8", "int4")]
    assert sizes == [400, 200, 102, 62]
    assert precision.weight_bytes(10**8, "auto") == precision.weight_bytes(10**8, "bf16")
    assert set(get_args(get_args(precision.WritingPrecision)[0])) == set(precision.WORDS)
