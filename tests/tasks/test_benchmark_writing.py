"""The benchmarks of writing and reading, with a model so small that it takes no time."""

from pathlib import Path
from typing import Any

import pytest

from llmstudio.config.benchmark import BenchmarkConfig
from llmstudio.config.model import ModelConfig
from llmstudio.engine.bench import ceilings, decoding
from llmstudio.engine.device import Place
from llmstudio.tasks import benchmark_writing
from llmstudio.tasks.benchmarking import Bench
from tests.tasks.test_benchmarking import Context

TINY = ModelConfig(vocab_size=50_257, n_layer=1, n_head=2, n_embd=64, block_size=160)


class TinyBench(Bench):
    """Peers are stand-ins that answer at once."""

    def has(self, name: str) -> bool:
        """All of them."""
        return True

    def peer(self, stack: Any, name: str, request: dict[str, Any], trial: dict[str, Any]) -> Any:
        """A peer that is always as fast."""
        assert name != "llama.cpp" or Path(request["path"]).stat().st_size > 0
        return Steady()


class Steady:
    """Answers every request with the same seconds."""

    def ask(self, _check: object, **request: Any) -> dict[str, Any]:
        return {"seconds": 0.5}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setitem(ceilings.SIZES, "cpu", (32,))
    monkeypatch.setattr(ceilings, "BUFFER", 1 << 20)
    for name, value in (
        ("PROBE_SECONDS", 0.001),
        ("PREFILL_TOKENS", 32),
        ("DECODE_TOKENS", 4),
        ("TOGETHER", 2),
        ("NEEDED", 1),
    ):
        monkeypatch.setattr(benchmark_writing, name, value)
    monkeypatch.setattr(decoding, "gpt2", lambda: TINY)
    context: Any = Context(tmp_path)
    context.stage = lambda *_: None
    return TinyBench(BenchmarkConfig(rounds=2, seconds=0.001, threads=1), context, Place("cpu", "fp32", 1))


def test_writing_is_held_against_reading_memory_and_the_peers(bench: Bench) -> None:
    found = {one.key: one for one in benchmark_writing.decode(bench)}
    names = decoding.precisions(bench.place)
    assert list(found) == [*(f"decode.{name}" for name in names), *(f"decode.{name}.together" for name in names)]
    together = found["decode.f32.together"]
    assert [peer.name for peer in together.peers] == ["one after another"]
    assert "2 sequences together" in together.title
    f32 = found["decode.f32"]
    assert [peer.name for peer in f32.peers] == [
        "transformers fp32",
        "transformers bf16",
        "llama.cpp F16",
        "llama.cpp Q8_0",
    ]
    assert f32.peers[0].value == 4 / 0.5
    ceilings_ = {key: one.ceiling or 0.0 for key, one in found.items() if "together" not in key}
    assert ceilings_["decode.f32"] == min(ceilings_.values())  # it reads the most bytes


def test_reading_a_prompt_is_held_against_products(bench: Bench) -> None:
    found = benchmark_writing.prefill(bench)
    assert found[-1].key == "prefill.f32"
    assert all(one.ratio and one.peers[0].value == 64 for one in found)


def test_little_memory_leaves_it_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark_writing, "NEEDED", 1 << 60)
    assert benchmark_writing.decode(bench) == []
    assert benchmark_writing.prefill(bench) == []
    assert isinstance(bench.context, Context)
    assert len(bench.context.notes) == 2
