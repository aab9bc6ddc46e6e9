"""What benchmarks work with: turns that report, notes said once, peers that get what suits them."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

import pytest

from llmstudio.base import waiting
from llmstudio.config.benchmark import BenchmarkConfig
from llmstudio.engine.bench.peer import PeerFailed
from llmstudio.engine.device import Place
from llmstudio.tasks import benchmarking
from llmstudio.tasks.benchmarking import Bench


class Context:
    """Remembers what it is told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes: list[str] = []
        self.progressed: list[tuple[float, float, str]] = []

    def note(self, text: str, level: str = "info") -> None:
        self.notes.append(text)

    def progress(self, done: float, total: float, unit: str = "") -> None:
        self.progressed.append((done, total, unit))

    def check(self) -> None:
        return


class FakePeer:
    """A peer whose trial takes as long as its environment says."""

    made: ClassVar[list["FakePeer"]] = []

    def __init__(self, name: str, _command: object, environment: dict[str, str], *, folder: Path | None) -> None:
        self.waiting, self.folder, self.closed = (
            environment.get(waiting.POLICY) or environment.get(waiting.TURNS, "system"),
            folder,
            False,
        )
        self.asked: list[str] = []
        FakePeer.made.append(self)

    def ask(self, _check: object, **request: Any) -> dict[str, Any]:
        self.asked.append(request["do"])
        if request["do"] == "break":
            raise PeerFailed("It failed: no kernel")
        return {"seconds": [9.0, 1.0 if self.waiting == "PASSIVE" else 2.0]}

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> "FakePeer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    (tmp_path / "model.py").write_text("", encoding="utf-8")
    FakePeer.made = []
    monkeypatch.setattr(benchmarking, "Peer", FakePeer)
    monkeypatch.setenv(waiting.POLICY, "PASSIVE")
    config = BenchmarkConfig(rounds=2, nanogpt=str(tmp_path))
    return Bench(config, Context(tmp_path), Place("cpu", "fp32", 1))  # type: ignore[arg-type]


def told(bench: Bench) -> Context:
    assert isinstance(bench.context, Context)
    return bench.context


def test_turns_report_their_progress(bench: Bench) -> None:
    assert bench.turns({"a": lambda: 1.0, "b": lambda: 2.0}) == {"a": [1, 1], "b": [2, 2]}
    assert told(bench).progressed[-1] == (4, 4, "turns")


def test_a_peer_waits_in_the_way_that_suits_it(bench: Bench) -> None:
    with ExitStack() as stack:
        chosen = bench.peer(stack, "nanogpt", {"do": "open"}, {"do": "steps"})
        slow, fast, spinning = FakePeer.made
        assert chosen is fast  # type: ignore[comparison-overlap]
        assert (slow.waiting, fast.waiting, spinning.waiting) == ("system", "PASSIVE", waiting.SPIN)
        assert (slow.closed, fast.closed, spinning.closed) == (True, False, True)
        assert fast.folder == Path(bench.config.nanogpt)
    assert fast.closed


def test_a_peer_that_fails_is_told_once_and_left_out(bench: Bench) -> None:
    with ExitStack() as stack:
        for _ in range(2):
            assert bench.peer(stack, "nanogpt", {"do": "break"}, {}) is None
    assert told(bench).notes == ["It failed: no kernel"]
    assert all(peer.closed for peer in FakePeer.made)


def test_what_is_not_here_is_not_started(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(benchmarking.MODULES, "llama.cpp", "no_such_module")
    assert not bench.has("llama.cpp")
    monkeypatch.setattr(benchmarking, "driver_command", lambda _name: None)
    assert not bench.has("nanogpt")
    assert not bench.has("nanogpt")
    assert len(told(bench).notes) == 1


def test_the_scratch_of_a_killed_run_goes_at_the_next_begin(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "scratch" / "old").mkdir(parents=True)
    with bench.scratch() as place:
        assert [found.name for found in (tmp_path / "scratch").iterdir()] == [place.name]
    assert not (tmp_path / "scratch").exists()


def test_little_memory_is_told_once(bench: Bench) -> None:
    assert bench.fits(1, "This")
    assert not bench.fits(1 << 60, "This")
    assert not bench.fits(1 << 60, "This")
    assert len(told(bench).notes) == 1
