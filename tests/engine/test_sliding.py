"""Windows over a long text, and their loss against reading it plainly."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F  # noqa: N812

from llmstudio.engine import measure, sliding
from tests.engine import tiny


@given(length=st.integers(0, 60), block=st.integers(2, 12), stride=st.integers(1, 12))
def test_every_token_but_the_first_is_foretold_once(length: int, block: int, stride: int) -> None:
    found = sliding.windows(length, block, min(stride, block))
    foretold = [place for one in found for place in range(one.first, one.end)]
    assert foretold == list(range(1, length))
    assert all(one.end - one.start <= block + 1 for one in found)
    assert all(one.first - one.start > block - min(stride, block) for one in found[1:])


def test_the_loss_is_that_of_each_token_behind_its_window() -> None:
    model, ids = tiny.model("llama", block_size=16), tiny.text(90)
    found = sliding.windows(len(ids), 16, 5)
    sums = [nats for part in sliding.losses(model, ids, found, tiny.HERE) for nats in part]
    with torch.inference_mode():
        for window, nats in zip(found, sums, strict=True):
            row = torch.from_numpy(ids[window.start : window.end].astype("int64"))
            each = F.cross_entropy(model(row[None, :-1])[0], row[1:], reduction="none")
            assert nats == pytest.approx(float(each[-window.tokens :].sum()), abs=1e-4)


def test_without_overlap_it_is_the_loss_of_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sliding, "LOGITS_AT_ONCE", 3 * tiny.VOCABULARY)  # several pieces of each window
    model, ids = tiny.model("llama"), tiny.text(100)
    found = sliding.windows(len(ids), 8, 8)
    ours = sum(nats for part in sliding.losses(model, ids, found, tiny.HERE) for nats in part)
    *_, plain = measure.evaluate(model, ids, tiny.HERE, block=8)
    assert sum(one.tokens for one in found) == plain.tokens == 99
    assert ours / 99 == pytest.approx(plain.mean, abs=1e-6)


def test_windows_are_taken_evenly() -> None:
    found = sliding.windows(1000, 10, 10)
    few = sliding.evenly(found, 4)
    assert [one.start for one in few] == [0, 250, 500, 750]
    assert sliding.evenly(found, None) == found
    gaps = {b.start - a.start for a, b in pairwise(found)}
    assert gaps == {10}
