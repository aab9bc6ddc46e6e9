"""The inner measurements: that they measure the right thing, never how fast it is."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from llmstudio.base.errors import Interrupt
from llmstudio.config import sizing
from llmstudio.config.model import ModelConfig
from llmstudio.engine.bench import ceilings, decoding, machine, training
from llmstudio.engine.bench.ceilings import CopyProbe, MatrixProbe, ReadProbe
from llmstudio.engine.bench.peer_nanogpt import NanoGPT
from llmstudio.engine.bench.peer_writer import Request, Writer
from llmstudio.engine.bench.rounds import best_seconds, interleave
from llmstudio.engine.bench.training import Training, Workload
from llmstudio.engine.device import Place

HERE = Place("cpu", "fp32", 1)
TINY = ModelConfig(vocab_size=31, n_layer=2, n_head=2, n_embd=16, block_size=32)


def test_everybody_has_a_turn_in_every_round() -> None:
    order: list[str] = []
    told: list[tuple[int, int]] = []
    turns = {name: lambda name=name: order.append(name) or float(len(order)) for name in ("a", "b")}  # type: ignore[misc]
    found = interleave(turns, 3, told=lambda done, total: told.append((done, total)))
    assert order == ["a", "b"] * 3
    assert found == {"a": [1, 3, 5], "b": [2, 4, 6]}
    assert told[-1] == (6, 6)


def test_turns_stop_where_they_are_asked_to() -> None:
    calls: list[int] = []

    def check() -> None:
        if len(calls) == 2:
            raise Interrupt("cancel")

    with pytest.raises(Interrupt):
        interleave({"a": lambda: float(len(calls)) if calls.append(1) else 0.0}, 9, check)
    assert len(calls) == 2


def test_the_quickest_call_counts_and_the_fewest_are_made() -> None:
    calls: list[int] = []
    assert best_seconds(lambda: calls.append(1), 0.0, fewest=4) >= 0
    assert len(calls) == 4


def test_products_are_measured_by_their_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ceilings.SIZES, "cpu", (32, 64))
    monkeypatch.setattr(ceilings, "best_seconds", lambda work, _budget, fewest=2: work() or 0.001)
    probe = MatrixProbe(HERE, "bf16")
    assert probe.size == 64
    assert probe.rate(0.01) == pytest.approx(2 * 64**3 / 0.001)


def test_a_machine_slow_in_products_gets_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ceilings.SIZES, "cpu", (16, 32, 64))
    monkeypatch.setattr(ceilings, "best_seconds", lambda work, _budget, fewest=2: work() or 1.0)
    assert MatrixProbe(HERE, "fp32").size == 16


def test_reading_and_copying_count_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceilings, "best_seconds", lambda work, _budget, fewest=2: work() or 0.5)
    assert ReadProbe(HERE, 1 << 20).rate(0.01) == (1 << 20) / 0.5
    assert CopyProbe(HERE, 8 << 20).rate(0.01) == (8 << 20) / 0.5


def test_a_training_is_timed_by_the_steps_of_the_trainer() -> None:
    work = Workload("tiny", TINY, 2)
    found = Training(work, HERE)
    assert found.parameters == sizing.count(TINY)
    assert found.rate(0.0) > 0
    assert work.tokens == 64


def test_operations_are_counted_as_in_the_literature() -> None:
    small = training.small().model
    parameters = sizing.count(small)
    assert parameters == pytest.approx(10.65e6 + 256 * 384, rel=0.01)
    assert training.flops_per_token(small, parameters) == pytest.approx(71e6, rel=0.01)
    assert sizing.count(training.gpt2().model) == pytest.approx(123.8e6, rel=0.01)


def test_a_stopped_training_stops_within_a_step() -> None:
    calls: list[int] = []

    def check() -> None:
        calls.append(1)
        if len(calls) > training.WARM_STEPS + 3:
            raise Interrupt("cancel")

    found = Training(Workload("tiny", TINY, 2), HERE, check)
    with pytest.raises(Interrupt):
        found.rate(60.0)


def test_writing_and_reading_are_timed_in_every_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = ModelConfig(vocab_size=64, n_layer=1, n_head=2, n_embd=64, block_size=128)
    monkeypatch.setattr(decoding, "gpt2", lambda: shape)
    names = decoding.precisions(HERE)
    assert names[0] == "f32"
    sizes = {}
    for name in names:
        made = decoding.Decoding(name)
        assert made.rate(3) > 0
        assert made.together(3, 2) > 0
        assert made.bytes_per_token(10) > made.bytes_per_token(0)
        sizes[name] = made.bytes_per_token(0)
    assert sizes["f32"] == max(sizes.values())
    prefill = decoding.Prefill("f32", HERE, 16)
    assert prefill.rate() > 0
    assert prefill.flops_per_token == pytest.approx(2 * sizing.matrices(shape) + 2 * 64 * 16, rel=0.05)


def test_the_peer_gets_a_file_of_the_same_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gguf = pytest.importorskip("gguf")
    shape = ModelConfig(vocab_size=50_257, n_layer=1, n_head=2, n_embd=32, block_size=64)
    monkeypatch.setattr(decoding, "gpt2", lambda: shape)
    decoding.write_gguf(tmp_path / "m.gguf", "f16")
    read = gguf.GGUFReader(tmp_path / "m.gguf")
    assert read.get_field("gpt2.embedding_length").contents() == 32


def test_the_machine_is_named_with_what_computes() -> None:
    found = machine.facts(HERE)
    assert found["name"].startswith(machine.processor())
    assert found["threads"] == 1
    assert found["memory_bytes"] > machine.free_bytes() > 0


def test_a_poor_machine_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    monkeypatch.setattr(machine.platform, "machine", lambda: "x86_64")
    words = machine.shortcomings(HERE)
    assert "no AVX2" in words[0]
    assert "One core" in words[1]
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    assert machine.shortcomings(Place("cpu", "fp32", 2)) == []


STAND_IN = """
import torch
class GPTConfig:
    def __init__(self, **shape): self.__dict__.update(shape)
class GPT(torch.nn.Module):
    def __init__(self, config):
        super().__init__()
        self.table = torch.nn.Embedding(config.vocab_size, config.vocab_size)
    def configure_optimizers(self, decay, rate, betas, device):
        return torch.optim.AdamW(self.parameters(), lr=rate, betas=betas, weight_decay=decay)
    def forward(self, ids, targets):
        logits = self.table(ids)
        return logits, torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
"""


@pytest.fixture
def nanogpt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NanoGPT:
    """Our driver over a model.py with the interface of nanoGPT's: the parts it uses, nothing of its text."""
    (tmp_path / "model.py").write_text(STAND_IN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "model", raising=False)
    return NanoGPT()


def test_nanogpt_is_driven_from_its_own_folder(nanogpt: NanoGPT, tmp_path: Path) -> None:
    model = {"vocab_size": 5, "block_size": 8}
    assert nanogpt({"do": "open", "model": model, "batch": 2, "threads": 1}, print)["parameters"] == 25
    assert len(nanogpt({"do": "steps", "steps": 3}, print)["seconds"]) == 3
    ids = np.tile(np.arange(5, dtype=np.uint16), 400)
    for name in ("train", "val"):
        ids.tofile(tmp_path / f"{name}.bin")
    told: list[dict[str, object]] = []
    recipe = {"steps": 80, "warmup": 5, "rate": 0.3, "floor": 0.03, "train": "train.bin", "val": "val.bin"}
    learned = nanogpt({"do": "learn", "model": model, "batch": 4, **recipe}, told.append)
    assert learned["loss"] < 0.5  # what comes next is certain; guessing costs ln 5 = 1.61
    assert learned["seconds"] > 0
    assert told[0] == {"step": 0, "steps": 80}
    with pytest.raises(ValueError, match="unknown request"):
        nanogpt({"do": "dance"}, print)


class Scribe(Writer):
    """A peer that needs a second for each token."""

    def open(self, request: Request) -> Request:
        return {"parameters": request["size"]}

    def decode(self, prompt: int, tokens: int) -> float:
        return float(tokens)

    def prefill(self, prompt: int) -> float:
        return float(prompt)


def test_peers_that_write_are_asked_alike() -> None:
    scribe = Scribe()
    assert scribe({"do": "open", "size": 3}, print) == {"parameters": 3}
    assert scribe({"do": "decode", "prompt": "5", "tokens": "7"}, print) == {"seconds": 7.0}
    assert scribe({"do": "prefill", "prompt": 5}, print) == {"seconds": 5.0}
    with pytest.raises(ValueError, match="unknown request sing"):
        scribe({"do": "sing"}, print)
