"""Heads: the last real token counts, whatever is filled up behind it; losses are what textbooks say."""

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from llmstudio.engine import heads
from llmstudio.engine.heads import Judging, Student
from tests.engine import tiny


def student(outputs: int | None = 3, family: str = "llama") -> Student:
    one = Student(tiny.model(family), outputs).eval()
    if one.score is not None:
        torch.nn.init.normal_(one.score.weight)
    return one


@pytest.mark.parametrize("family", ["llama", "gpt2", "studio-small"])
def test_filling_up_changes_nothing(family: str) -> None:
    one = student(family=family)
    rows = [[1, 2, 3, 4, 5], [6, 7], [8]]
    filled = torch.tensor([row + [9] * (7 - len(row)) for row in rows])
    together = one.judge(filled, torch.tensor([len(row) for row in rows]))
    for row, numbers in zip(rows, together, strict=True):
        alone = one.judge(torch.tensor([row]), torch.tensor([len(row)]))[0]
        assert torch.allclose(numbers, alone, atol=1e-5)


def test_a_new_head_says_nothing() -> None:
    one = Student(tiny.model("llama"), 4)
    assert not one.judge(torch.tensor([[1, 2]]), torch.tensor([2])).any()
    assert one.score is not None
    assert not one.score.bias.requires_grad


def test_losses_at_chosen_tokens_equal_the_plain_reference() -> None:
    one = student(None)
    ids, targets = torch.tensor([[1, 2, 3, 4], [5, 6, 7, 0]]), torch.tensor([[-100, 3, 4, 5], [-100, -100, 8, -100]])
    each = one.losses(ids, targets)
    logits = one.body(ids)
    plain = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    assert torch.allclose(each, plain[targets.flatten() != -100], atol=1e-5)
    assert torch.allclose(each.mean(), one.body.loss(ids, targets), atol=1e-5)


def test_class_weights_are_those_of_torch() -> None:
    numbers, truth, weights = torch.randn(6, 3), torch.tensor([0, 1, 2, 0, 0, 1]), torch.tensor([0.5, 1.0, 3.0])
    judging = Judging("classify", weights)
    mean = judging.losses(numbers, truth).sum() / judging.shares(truth).sum()
    assert torch.allclose(mean, F.cross_entropy(numbers, truth, weight=weights))
    assert torch.allclose(judging.answers(numbers).sum(dim=1), torch.ones(6))


def test_several_labels_are_judged_one_by_one() -> None:
    numbers, truth = torch.randn(5, 4), torch.randint(0, 2, (5, 4)).float()
    judging = Judging("multilabel")
    assert torch.allclose(judging.losses(numbers, truth).mean(), F.binary_cross_entropy_with_logits(numbers, truth))
    assert torch.equal(judging.answers(numbers), numbers.sigmoid())


def test_values_come_back_in_their_own_unit() -> None:
    judging = Judging("regress", mean=50.0, scale=10.0)
    assert judging.losses(torch.tensor([[1.0]]), torch.tensor([60.0])).item() == pytest.approx(0.0)
    assert judging.answers(torch.tensor([[-1.0]])).item() == pytest.approx(40.0)


def test_logits_are_computed_part_by_part_where_nothing_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    one = student(None)
    ids = torch.randint(0, 11, (3, 7))
    whole = one.losses(ids, ids)
    monkeypatch.setattr(heads, "LOGITS_AT_ONCE", 4)
    with torch.no_grad():
        assert torch.allclose(one.losses(ids, ids), whole, atol=1e-5)
        nothing = torch.full_like(ids, -100)
        assert one.losses(ids, nothing).shape == (0,)


def test_reading_a_part_estimates_the_reading_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    one = student(2).eval()
    ids, lengths = torch.randint(0, 11, (3, 8)), torch.tensor([8, 5, 1])
    with torch.no_grad():
        said, whole = one.judge_and_read(ids, lengths)
        monkeypatch.setattr(heads, "READ_AT_ONCE", 4)
        torch.manual_seed(1)
        parts = torch.stack([one.judge_and_read(ids, lengths)[1] for _ in range(600)])
    assert torch.allclose(said, one.judge(ids, lengths), atol=1e-5)
    assert whole[2] == parts[:, 2].max() == 0  # nothing follows a single token
    assert torch.allclose(parts.mean(dim=0), whole, rtol=0.1)
    assert parts[:, 0].std() > 0
