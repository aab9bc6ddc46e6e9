"""The catalogue: every entry whole, its figures following from its shape."""

import pytest

from llmstudio.config import catalogue
from llmstudio.config.download import hub_name


def test_every_entry_is_whole_and_named_as_the_hub_names_models() -> None:
    models = catalogue.starting_models()
    assert len(models) >= 8
    assert len({model.id for model in models}) == len({model.title for model in models}) == len(models)
    for model in models:
        assert hub_name(model.id) == model.name
        assert model.licence in ("apache-2.0", "mit")
        assert model.good_for.endswith(".")
        assert model.kind in ("base", "chat")


@pytest.mark.parametrize(
    ("title", "parameters"),
    [
        ("SmolLM2 135M", 134_515_008),
        ("SmolLM2 1.7B Instruct", 1_711_376_384),
        ("Qwen2.5 0.5B", 494_032_768),
        ("Qwen3 0.6B", 596_049_920),
        ("TinyLlama 1.1B Chat", 1_100_048_384),
        ("GPT-2 124M", 124_439_808),
    ],
)
def test_the_shapes_give_the_published_numbers_of_parameters(title: str, parameters: int) -> None:
    model = next(one for one in catalogue.starting_models() if one.title == title)
    assert model.parameters == parameters


def test_bytes_on_the_hub_fit_the_shape() -> None:
    for model in catalogue.starting_models():
        numbers = model.weights_bytes / (4 if model.title.startswith("GPT-2") else 2)
        assert 1.0 <= numbers / model.parameters < 1.3, model.title  # buffers and a second copy of the embedding


def test_memory_to_write_is_weights_and_cache() -> None:
    small = catalogue.starting_models()[0]
    assert small.writing_bytes == 4 * 134_515_008 + 2 * 30 * 192 * 2048 * 4
