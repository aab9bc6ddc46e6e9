"""The settings of a fine-tuning: bounds, faults, and what the form shows of them."""

import pytest

from llmstudio.config.finetune import FinetuneConfig
from llmstudio.config.option import check, describe

NEEDED = {"model": "m", "dataset": "d", "name": "n"}


def test_model_dataset_and_name_are_needed() -> None:
    assert set(check(FinetuneConfig, {})[1]) == set(NEEDED)


@pytest.mark.parametrize("field", sorted(NEEDED))
def test_blank_words_are_refused(field: str) -> None:
    assert check(FinetuneConfig, {**NEEDED, field: " "})[1][field].message == "This has to be filled in."


def test_every_number_has_bounds_and_every_option_a_help() -> None:
    for info in describe(FinetuneConfig):
        assert info.help, info.name
        assert info.group, info.name
        if info.kind in ("int", "float"):
            assert info.minimum is not None, info.name


@pytest.mark.parametrize("text", ["70,40", "a,b,c", "0,50,50", "-10,60,50", "inf,0,0"])
def test_shares_that_are_none_are_refused(text: str) -> None:
    assert check(FinetuneConfig, {**NEEDED, "split": text})[1]["split"].suggestion == "90,5,5"


def test_shares_are_kept_as_said() -> None:
    assert FinetuneConfig(**NEEDED, split=" dataset ").split == "dataset"
    assert FinetuneConfig(**NEEDED, split="70,10,20").split == "70,10,20"


def test_an_own_template_needs_its_places() -> None:
    faulty = {**NEEDED, "template": "own", "template_own": "Q: {instruction}"}
    assert "{answer}" in check(FinetuneConfig, faulty)[1]["template_own"].message
    assert "template_own" in check(FinetuneConfig, {**NEEDED, "template": "own"})[1]
    FinetuneConfig(**{**faulty, "template_own": "Q: {instruction}\nA: {answer}"})


@pytest.mark.parametrize("task", ["instruct", "continue"])
def test_a_head_alone_cannot_learn_to_write(task: str) -> None:
    assert check(FinetuneConfig, {**NEEDED, "task": task, "method": "head"})[1]["method"].suggestion == "lora"


def test_rows_per_step_count_what_is_accumulated() -> None:
    assert FinetuneConfig(**NEEDED, batch_size=4, accumulate=3).rows_per_step == 12


def test_warmup_is_a_share_of_the_steps() -> None:
    assert FinetuneConfig(**NEEDED).warmup_steps is None
    assert FinetuneConfig(**NEEDED, max_steps=200, warmup_share=0.05).warmup_steps == 10
