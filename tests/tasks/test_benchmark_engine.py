"""The benchmarks of the engine, with models so small that they take no time."""

from pathlib import Path
from typing import Any

import pytest

from llmstudio.config.benchmark import BenchmarkConfig
from llmstudio.config.model import ModelConfig
from llmstudio.engine.bench import ceilings, training
from llmstudio.engine.bench.training import Workload
from llmstudio.engine.device import Place
from llmstudio.tasks import benchmark_engine
from llmstudio.tasks.benchmarking import Bench
from tests.tasks.test_benchmarking import Context

TINY = ModelConfig(vocab_size=31, n_layer=1, n_head=2, n_embd=16, block_size=160)


class TinyBench(Bench):
    """Peers are stand-ins that answer at once."""

    def peer(self, stack: Any, name: str, request: dict[str, Any], trial: dict[str, Any]) -> Any:
        """A peer that is always as fast."""
        return Steady()


class Steady:
    """Answers every request with the same seconds."""

    def ask(self, _check: object, **request: Any) -> dict[str, Any]:
        return {"seconds": [0.5] if request["do"] == "steps" else 0.5}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setitem(ceilings.SIZES, "cpu", (32,))
    monkeypatch.setattr(ceilings, "BUFFER", 1 << 20)
    monkeypatch.setattr(benchmark_engine, "PROBE_SECONDS", 0.001)
    monkeypatch.setattr(training, "small", lambda: Workload("Small", TINY, 1))
    monkeypatch.setattr(training, "gpt2", lambda: Workload("Large", TINY, 1))
    config = BenchmarkConfig(rounds=2, seconds=0.001, threads=1)
    context: Any = Context(tmp_path)
    context.stage = lambda *_: None
    return TinyBench(config, context, Place("cpu", "fp32", 1))


def test_training_is_held_against_products_and_the_peer(bench: Bench) -> None:
    found = {one.key: one for one in benchmark_engine.train(bench)}
    assert list(found) == ["train.small.bf16", "train.small.fp32", "train.gpt2.bf16", "train.gpt2.fp32"]
    bf16 = found["train.small.bf16"]
    assert bf16.ratio is not None
    assert bf16.ratio > 0
    assert [peer.name for peer in bf16.peers] == ["nanoGPT fp32", "our own fp32 step"]
    assert bf16.peers[0].value == 160 / 0.5
    assert [peer.name for peer in found["train.small.fp32"].peers] == ["nanoGPT fp32"]
