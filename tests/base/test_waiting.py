"""Threads spin on a quiet machine and sleep on a busy one, and nobody's own choice is overruled."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmstudio.base import waiting


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PAUSE", 0.0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)


def told(monkeypatch: pytest.MonkeyPatch, *counts: int | None) -> None:
    def looks() -> Iterator[int | None]:
        while True:
            yield from counts

    found = looks()
    monkeypatch.setattr(waiting, "running", lambda: next(found))


@pytest.mark.parametrize("counts", [(0,), (0, 1, 2), (1, 1, 0)])
def test_on_a_quiet_machine_threads_spin(monkeypatch: pytest.MonkeyPatch, counts: tuple[int, ...]) -> None:
    told(monkeypatch, *counts)
    environment: dict[str, str] = {}
    waiting.settle(environment)
    assert environment == {waiting.TURNS: waiting.SPIN, waiting.OURS: "1"}
    assert not waiting.beside_others(environment)


@pytest.mark.parametrize("counts", [(1,), (3, 2), (1, 1, 1, 1, 0), (None,)])
def test_beside_other_work_they_sleep(monkeypatch: pytest.MonkeyPatch, counts: tuple[int | None, ...]) -> None:
    told(monkeypatch, *counts)
    environment: dict[str, str] = {}
    waiting.settle(environment)
    assert environment == {waiting.POLICY: "PASSIVE", waiting.OURS: "1"}
    assert waiting.beside_others(environment)
    assert not waiting.beside_others({waiting.POLICY: "PASSIVE"})  # the person's own wish


def test_a_child_waits_longer_for_its_window_to_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    for patient in (False, True):
        told(monkeypatch, *[1] * 60, *[0] * 60)
        environment: dict[str, str] = {}
        waiting.settle(environment, patient=patient)
        assert (waiting.TURNS in environment) == patient


def test_one_busy_program_does_not_matter_to_many_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 16)
    told(monkeypatch, 4)
    assert waiting.quiet()


def test_a_child_decides_anew_and_a_person_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, 1)
    environment = {waiting.TURNS: waiting.SPIN, waiting.OURS: "1"}
    waiting.settle(environment)
    assert environment == {waiting.POLICY: "PASSIVE", waiting.OURS: "1"}
    told(monkeypatch, 0)
    for name, value in ((waiting.POLICY, "ACTIVE"), (waiting.TURNS, "77")):
        own = {name: value}
        waiting.settle(own)
        assert own == {name: value}


def test_what_the_system_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(waiting, "LOAD", tmp_path / "loadavg")
    assert waiting.running() is None
    for text, wanted in (("0.10 0.20 0.30 3/412 999", 2), ("nonsense", None), ("", None)):
        waiting.LOAD.write_text(text)
        assert waiting.running() == wanted
