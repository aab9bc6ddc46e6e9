"""The race to a loss, with recipes that take a moment."""

from pathlib import Path
from typing import Any

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config.benchmark import BenchmarkConfig
from llmstudio.engine.bench import ceilings, learning
from llmstudio.engine.bench.learning import Recipe
from llmstudio.engine.device import Place
from llmstudio.tasks import benchmark_loss
from llmstudio.tasks.benchmarking import Bench
from tests.data.corpus import small_text
from tests.tasks.test_benchmarking import Context

SHAPE = {"n_layer": 1, "n_embd": 16, "n_head": 2, "block_size": 16, "batch_size": 4, "max_steps": 30}


class RaceBench(Bench):
    """The peer is a stand-in that takes a minute."""

    def peer(self, stack: Any, name: str, request: dict[str, Any], trial: dict[str, Any]) -> Any:
        """Theirs."""
        return Slow()


class Slow:
    """Remembers nothing, answers at once, and claims a minute."""

    def ask(self, _check: object, told: Any, **request: Any) -> dict[str, Any]:
        assert Path(request["train"]).stat().st_size > Path(request["val"]).stat().st_size > 0
        told({"step": 1, "steps": 2000})
        return {"seconds": 60.0, "loss": 1.9}


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text((small_text() * 4)[:12_000], encoding="utf-8")
    return path


@pytest.fixture
def bench(tmp_path: Path, text: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setitem(ceilings.SIZES, "cpu", (32,))
    monkeypatch.setattr(benchmark_loss, "PROBE_SECONDS", 0.001)
    monkeypatch.setattr(learning, "recipes", lambda: (Recipe("9", 9.0, SHAPE), Recipe("0.1", 0.1, SHAPE)))
    context: Any = Context(tmp_path)
    context.stage = lambda *_: None
    config = BenchmarkConfig(rounds=9, seeds=2, threads=1, text=str(text))
    return RaceBench(config, context, Place("cpu", "fp32", 1))


def test_both_losses_are_told_with_seeds_and_peer(bench: Bench) -> None:
    easy, hard = benchmark_loss.time_to_loss(bench)
    assert (easy.rounds, easy.unit, easy.better) == (4, "s", "lower")  # two seeds, two rounds
    assert easy.peers[0].value == 60.0
    assert easy.peers[0].times > 1
    assert "4 of 4 at most 9" in easy.note
    assert "0 of 4 at most 0.1" in hard.note
    assert "nanoGPT ends at 1.9000" in hard.note


def test_without_a_text_it_says_what_is_missing(tmp_path: Path) -> None:
    context: Any = Context(tmp_path)
    with pytest.raises(UserError) as caught:
        benchmark_loss.time_to_loss(Bench(BenchmarkConfig(), context, Place("cpu", "fp32", 1)))
    assert caught.value.field == "text"


def test_the_same_seed_learns_the_same(text: Path) -> None:
    read = learning.read(text)
    assert read.vocab_size == len(set(text.read_text(encoding="utf-8")))
    assert len(read.train) == 10_800
    here = Place("cpu", "fp32", 1)
    one, two, other = (learning.learn(Recipe("x", 1.0, SHAPE), read, seed, here) for seed in (1, 1, 2))
    assert one.loss == two.loss != other.loss
    assert one.total == one.seconds + one.first
    assert one.operations > 0


@pytest.mark.parametrize("content", [b"short", b"\xff\xfe\x00" * 9000])
def test_what_is_no_text_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.txt").write_bytes(content)
    with pytest.raises(UserError) as caught:
        learning.read(tmp_path / "bad.txt")
    assert caught.value.field == "text"
