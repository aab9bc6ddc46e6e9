"""A model in fewer bits against the exact one: worked out plainly, and on itself."""

import math
import statistics

import pytest
import torch
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.engine import fidelity, kernels
from llmstudio.engine.decoder import Decoder
from llmstudio.engine.fidelity import Fidelity
from tests.engine import tiny


@pytest.fixture
def readers() -> dict[str, Decoder]:
    model = tiny.model("llama", n_embd=32, n_head=2, hidden=64, block_size=32)
    torch.manual_seed(3)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return {"f32": Decoder(model), "int4": Decoder(model, kernels.chosen("int4", "cpu")[0])}


WINDOWS = [[1, 2, 3, 4, 5, 6, 7], [9, 8, 7, 6, 5]]


def test_sums_over_windows_are_those_of_the_definition(
    readers: dict[str, Decoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fidelity, "LOGITS_AT_ONCE", 4)
    found = {name: Fidelity() for name in readers}
    for window in WINDOWS:
        fidelity.compare(readers["f32"], readers, window, found)
    for name, reader in readers.items():
        nats = divergence = agreed = 0.0
        shifts: list[float] = []
        for window in WINDOWS:
            exact, said = (one(torch.tensor([window[:-1]]))[0].double() for one in (readers["f32"], reader))
            targets = torch.tensor(window[1:])
            nats += float(F.cross_entropy(said, targets, reduction="sum"))
            lost, least = (F.cross_entropy(one, targets, reduction="none") for one in (said, exact))
            shifts += (lost - least).tolist()
            p, q = exact.softmax(-1), said.softmax(-1)
            divergence += float((p * (p.log() - q.log())).sum())
            agreed += int((exact.argmax(-1) == said.argmax(-1)).sum())
        assert found[name].tokens == 10
        assert found[name].perplexity == pytest.approx(math.exp(nats / 10), rel=1e-4)
        assert found[name].divergence == pytest.approx(divergence, abs=1e-4)
        assert found[name].agreed == agreed
        worse = math.exp(statistics.fmean(shifts))
        assert found[name].worse == pytest.approx(worse - 1, abs=1e-5)
        assert found[name].worse_error == pytest.approx(worse * statistics.pstdev(shifts) / math.sqrt(10), abs=1e-5)
    assert (found["f32"].divergence, found["f32"].worse, found["f32"].worse_error) == (0, 0, 0)
    assert found["int4"].worse_error > 0
    assert found["f32"].agreed == 10


def test_speeds_are_of_all_and_can_be_stopped(readers: dict[str, Decoder], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fidelity, "TIMED", 2)
    asked: list[int] = []
    rates = fidelity.speeds(readers, [1, 2, 3], lambda: asked.append(1))
    assert set(rates) == {"f32", "int4"}
    assert min(rates.values()) > 0
    assert len(asked) == fidelity.ROUNDS * 2

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fidelity.speeds(readers, [1, 2, 3], stop)
