"""The likeliest tokens: the same by our own library and by torch, whatever the logits are."""

import pytest
import torch

from llmstudio.engine.leading import leading
from llmstudio.engine.native import library


@pytest.fixture(params=[True, False], ids=["ours", "torch"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """With our own library at hand, and without it."""
    if request.param and library.get() is None:
        pytest.skip(library.reason())
    if not request.param:
        monkeypatch.setattr(library, "at_hand", lambda: None)
    return bool(request.param)


@pytest.mark.parametrize("size", [1, 5, 16, 17, 50257])
@pytest.mark.parametrize("few", [1, 3, 20])
def test_they_are_those_of_torch(way: bool, size: int, few: int) -> None:
    torch.manual_seed(size)
    logits = torch.randn(size) * 5
    found = leading(logits, few)
    values, ids = logits.topk(min(few, size))
    assert found.ids == ids.tolist()
    assert found.logits == values.tolist()
    assert found.total == pytest.approx(float(logits.double().logsumexp(0)), abs=1e-5)
    assert found.logprobs() == pytest.approx(logits.double().log_softmax(0)[ids].tolist(), abs=1e-5)


def test_the_first_of_equals_comes_first(way: bool) -> None:
    logits = torch.zeros(100)
    logits[[7, 50, 93]] = 1.0
    assert set(leading(logits, 3).ids) == {7, 50, 93}
    assert leading(logits, 1).ids == [7]


@pytest.mark.parametrize("wrong", [torch.nan, torch.inf])
def test_what_is_no_number_is_found_as_torch_finds_it(way: bool, wrong: float) -> None:
    logits = torch.randn(1000)
    logits[[3, 500, 999]] = wrong
    found = leading(logits, 2)
    assert set(found.ids) <= {3, 500, 999}
    assert not all(one == one and abs(one) != torch.inf for one in (*found.logits, found.total))


def test_what_cannot_be_written_has_no_share(way: bool) -> None:
    logits = torch.full((1000,), -torch.inf)
    logits[[1, 999]] = torch.tensor([2.0, 3.0])
    found = leading(logits, 4)
    assert found.ids[:2] == [999, 1]
    assert found.total == pytest.approx(float(torch.tensor([2.0, 3.0]).logsumexp(0)), abs=1e-5)
    assert leading(logits, 0).ids == []
    assert leading(logits.double()[::2], 1).ids in ([0], [1])


def test_nothing_is_compiled_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    library._found.cache_clear()
    monkeypatch.setattr(library, "get", lambda: pytest.fail("it was asked for"))
    assert leading(torch.tensor([1.0, 2.0]), 1).ids == [1]
    library._found.cache_clear()
