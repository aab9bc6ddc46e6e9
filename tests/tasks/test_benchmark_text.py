"""The benchmarks of text, with little of it."""

from pathlib import Path
from typing import Any

import pytest

from llmstudio.base.errors import Interrupt, UserError
from llmstudio.config.benchmark import BenchmarkConfig
from llmstudio.config.dataset import ImportConfig
from llmstudio.data.tokenizers import gpt2
from llmstudio.engine.bench import corpora
from llmstudio.engine.device import Place
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import benchmark_text
from llmstudio.tasks.benchmark_text import Measured
from llmstudio.tasks.benchmarking import Bench
from tests.tasks.test_benchmarking import Context


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    context: Any = Context(tmp_path)
    context.stage = lambda *_: None
    return Bench(BenchmarkConfig(rounds=1, megabytes=1, threads=2), context, Place("cpu", "fp32", 2))


def test_text_is_made_to_measure_and_the_same_each_time(tmp_path: Path) -> None:
    first, again = (list(corpora.documents(20_000)) for _ in range(2))
    assert first == again
    assert len(set(first)) == len(first)
    assert 20_000 <= sum(map(len, first)) < 30_000
    size = corpora.write(tmp_path / "text.jsonl", 20_000)
    assert size >= 20_000
    corpora.copy(tmp_path / "text.jsonl", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "text.jsonl").read_bytes()


def test_making_text_can_be_stopped(tmp_path: Path) -> None:
    def check() -> None:
        raise Interrupt("cancel")

    with pytest.raises(Interrupt):
        corpora.write(tmp_path / "text.jsonl", 10_000_000, check)


def test_tokens_are_cut_beside_tiktoken(bench: Bench) -> None:
    (found,) = benchmark_text.tokenize(bench)
    assert found.peers[0].name == "tiktoken"
    assert found.ratio is not None
    assert found.value > 0


def test_ids_that_differ_are_no_figure() -> None:
    class Other:
        def encode_ordinary_batch(self, texts: list[str]) -> list[list[int]]:
            return [[0] for _ in texts]

    other: Any = Other()
    with pytest.raises(UserError, match="differ from tiktoken"):
        benchmark_text._agree(gpt2.load(), other, ["Hello world"])


def test_an_import_is_measured_in_its_own_process(bench: Bench, tmp_path: Path) -> None:
    corpora.write(tmp_path / "text.jsonl", 50_000)
    config = ImportConfig(paths=(str(tmp_path / "text.jsonl"),), name="Text", text_column="text")
    found = benchmark_text.measured(bench, Workspace.open(tmp_path / "ws"), "import_dataset", config)
    assert found.seconds > 0
    assert found.bytes > 10_000_000  # an interpreter alone takes more


def test_a_measured_job_that_fails_is_told(bench: Bench, tmp_path: Path) -> None:
    config = ImportConfig(paths=(str(tmp_path / "gone.txt"),), name="Text")
    with pytest.raises(UserError, match="The measured job failed"):
        benchmark_text.measured(bench, Workspace.open(tmp_path / "ws"), "import_dataset", config)


def test_rates_are_told_with_their_growth_and_memory() -> None:
    found = {"plain": [(10_000_000, Measured(1.0, 200)), (100_000_000, Measured(11.0, 400_000_000))]}
    rate, memory = benchmark_text._import_figures(found, [5e8])
    assert rate.value == pytest.approx(100e6 / 11)
    assert "1.10 times" in rate.note
    assert memory.ratio == pytest.approx(1e9 / 4e8)
