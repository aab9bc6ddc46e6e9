"""A second start calls the window that is there; whoever gets no answer goes on alone."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmstudio.base import jsonl
from llmstudio.store import summons
from llmstudio.store.workspace import Workspace


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Workspace.open(tmp_path / "ws", window=True)
    yield workspace
    workspace.close()


class Answering:
    """A window's end, in a thread: answers calls until it is stopped."""

    def __init__(self, root: Path) -> None:
        self.tokens: list[dict[str, str]] = []
        self._path = summons.begin(root)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def _answer(self) -> None:
        follower = jsonl.Follower(self._path)
        while not self._over.wait(0.01):
            for record in follower.poll():
                tokens = summons.answer(self._path, record)
                if tokens is not None:
                    self.tokens.append(tokens)

    def stop(self) -> None:
        self._over.set()
        self._thread.join(5)


def test_where_no_window_is_nobody_is_called(tmp_path: Path) -> None:
    assert not summons.call(tmp_path / "none")
    Workspace.open(tmp_path / "ws", window=True).close()
    assert not summons.call(tmp_path / "ws")
    assert not (tmp_path / "ws" / summons.FILE).exists()


def test_the_window_that_is_there_answers_and_gets_the_means_to_come(
    held: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "t-1")
    monkeypatch.delenv("DESKTOP_STARTUP_ID", raising=False)
    window = Answering(held.root)
    try:
        assert summons.call(held.root)
        assert summons.call(held.root)
    finally:
        window.stop()
    assert window.tokens == [{"XDG_ACTIVATION_TOKEN": "t-1"}] * 2


def test_a_window_that_hangs_does_not_hold_the_second_one_up(held: Workspace) -> None:
    summons.begin(held.root)
    assert not summons.call(held.root, patience=0.2)


def test_only_the_answer_to_its_own_call_counts(held: Workspace) -> None:
    path = summons.begin(held.root)
    jsonl.append(path, {"answer": "another's", "pid": os.getpid()})
    assert not summons.call(held.root, patience=0.2)


def test_what_is_no_call_is_not_answered(held: Workspace) -> None:
    path = summons.begin(held.root)
    for nonsense in ({}, {"call": 3}, {"answer": "x"}):
        assert summons.answer(path, nonsense) is None
    assert path.read_bytes() == b""
    assert summons.answer(path, {"call": "a", "tokens": {"PATH": "/evil", "XDG_ACTIVATION_TOKEN": "x" * 999}}) == {
        "XDG_ACTIVATION_TOKEN": "x" * 256
    }


def test_calls_of_an_earlier_window_are_forgotten(held: Workspace) -> None:
    jsonl.append(held.root / summons.FILE, {"call": "old"})
    assert summons.begin(held.root).read_bytes() == b""
