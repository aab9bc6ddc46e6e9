"""The table of expected speed and memory: against exact counts, against published trainings, and its own rules."""

from dataclasses import replace
from itertools import pairwise

import pytest

from llmstudio.config import scaling, sizing
from llmstudio.config.scaling import CARDS, COUNTS, Expected, Reference, Size
from llmstudio.config.train import PretrainConfig

SIZES = {size.name: size for size in scaling.sizes()}
H100, A100 = CARDS["H100"], CARDS["A100"]


def row(name: str, cards: int, card: scaling.Card = H100) -> Expected:
    found = scaling.expected(SIZES[name], card, cards)
    assert found is not None
    return found


def test_parameters_are_those_the_families_state() -> None:
    exact = {"124M": 124_439_808, "355M": 354_823_168, "774M": 774_030_080, "1.5B": 1_557_611_200, "7B": 6_738_415_616}
    assert {name: sizing.count(size.model) for name, size in SIZES.items()} == exact


def test_seven_billion_fit_one_card_only_in_shares() -> None:
    assert scaling.expected(SIZES["7B"], H100, 1) is None
    assert row("7B", 8).strategy == "fsdp"
    assert row("124M", 1024).strategy == "ddp"


@pytest.mark.parametrize("name", SIZES)
def test_no_row_needs_more_than_the_card_has_and_every_card_has_something_to_read(name: str) -> None:
    for card in CARDS.values():
        for cards in COUNTS:
            found = scaling.expected(SIZES[name], card, cards)
            if found is not None:
                assert found.memory.total <= card.memory
                assert found.batch >= 1
                assert found.tokens_per_step == cards * found.batch * found.accumulate * SIZES[name].model.block_size


@pytest.mark.parametrize("name", SIZES)
def test_more_cards_are_faster_but_never_more_than_in_proportion(name: str) -> None:
    rows = [found for cards in COUNTS if (found := scaling.expected(SIZES[name], H100, cards))]
    for fewer, more in pairwise(rows):
        gain = more.tokens_per_second / fewer.tokens_per_second
        assert 1.0 <= gain <= more.cards / fewer.cards + 1e-9
        assert more.efficiency <= 1.0


def test_bytes_over_a_link_are_those_of_the_ring() -> None:
    model = SIZES["124M"].model
    assert scaling.gradient_bytes(model) == 4 * 124_439_808
    assert scaling.moved("ddp", model, 2) == scaling.gradient_bytes(model)
    assert scaling.moved("ddp", model, 4) == pytest.approx(1.5 * scaling.gradient_bytes(model))
    twice = 2 * 4 * 124_439_808  # weights, forward and backward
    assert scaling.moved("fsdp", model, 2, 3) == pytest.approx((3 * twice + scaling.gradient_bytes(model)) / 2)


def test_shares_divide_weights_and_states() -> None:
    train = PretrainConfig(name="x", dataset="x", batch_size=8, device="cuda", precision="bf16", optimizer="adamw")
    model = SIZES["1.5B"].model
    one, eight = (scaling.memory(model, train, cards, "fsdp") for cards in (1, 8))
    assert one == sizing.memory(model, train)
    assert eight.optimizer == one.optimizer // 8
    assert one.weights / 8 < eight.weights < one.weights / 3
    assert eight.activations == one.activations // 8
    assert scaling.memory(model, train, 8, "fsdp", accumulate=2).gradients == one.gradients


@pytest.mark.parametrize("reference", scaling.references(), ids=lambda one: one.name)
def test_published_trainings_are_met_within_a_factor_of_one_and_a_half(reference: Reference) -> None:
    assert reference.expected / reference.measured == pytest.approx(1.0, abs=0.45)


def test_a_slower_network_costs_where_several_machines_work() -> None:
    slow = replace(H100, network=1e9)
    size = Size("x", SIZES["355M"].model, 2**17)
    quick_one, slow_one = (scaling.expected(size, card, 8) for card in (H100, slow))
    assert quick_one == slow_one
    many = [scaling.expected(size, card, 64) for card in (H100, slow)]
    assert many[0] is not None
    assert many[1] is not None
    assert many[1].tokens_per_second < many[0].tokens_per_second / 2
