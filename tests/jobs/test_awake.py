"""Sleep is held off while a job works, unless the person or the desktop says no."""

import sys
from pathlib import Path
from typing import Any

import pytest

from llmstudio.jobs import awake, registry
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.jobs.registry import Kind
from llmstudio.store.settings import Settings, default_path
from llmstudio.store.workspace import Workspace
from tests.jobs import fakes
from tests.jobs.conftest import MakeRun

SEEN: list[bool] = []


class Keeper:
    """A desktop's promise, counted."""

    def __init__(self, grants: bool = True, fails: bool = False) -> None:
        self.grants, self.fails = grants, fails
        self.active = False
        self.calls: list[str] = []

    def __enter__(self) -> "Keeper":
        self.calls.append("held")
        if self.fails:
            raise OSError("the bus is gone")
        self.active = self.grants
        return self

    def __exit__(self, *_error: object) -> None:
        self.calls.append("let go")
        self.active = False


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMSTUDIO_CONFIG", str(tmp_path / "config"))


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Keeper:
    made = Keeper()
    monkeypatch.setattr(awake, "_keeper", lambda: made)
    return made


def look(job: Any, context: Any) -> None:
    """A task that looks whether sleep is held off."""
    SEEN.append(KEEPERS[-1].active)


KEEPERS: list[Keeper] = []


@pytest.mark.parametrize(("name", "held"), [("compute", True), ("light", True), ("session", False), ("none", False)])
def test_sleep_is_held_off_for_work_that_nobody_sits_before(name: str, held: bool, keeper: Keeper) -> None:
    with awake.awake(name) as agreed:
        assert agreed == held == keeper.active
    assert keeper.calls == (["held", "let go"] if held else [])


def test_a_job_holds_it_off_and_lets_go_at_its_end(
    ws: Workspace, make_run: MakeRun, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    KEEPERS.append(keeper)
    looking = Kind("quick", f"{fakes.__name__}:CountConfig", f"{__name__}:look", "light")
    monkeypatch.setitem(registry.KINDS, "quick", looking)
    assert InlineRunner(ws).run(make_run("quick")) == Status.FINISHED
    assert SEEN[-1] is True
    assert not keeper.active


def test_it_is_let_go_after_a_failure_too(ws: Workspace, make_run: MakeRun, keeper: Keeper) -> None:
    assert InlineRunner(ws).run(make_run("trouble", trouble="bug")) == Status.FAILED
    assert keeper.calls == ["held", "let go"]


def test_the_person_may_say_no(keeper: Keeper) -> None:
    Settings(default_path()).set(awake.SETTING, False)
    with awake.awake("compute") as agreed:
        assert not agreed
    assert keeper.calls == []


def test_a_desktop_that_refuses_or_fails_is_no_reason_not_to_work(monkeypatch: pytest.MonkeyPatch) -> None:
    for stubborn in (Keeper(grants=False), Keeper(fails=True)):
        monkeypatch.setattr(awake, "_keeper", lambda stubborn=stubborn: stubborn)
        with awake.awake("compute") as agreed:
            assert not agreed


def test_without_the_library_there_is_nothing_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wakepy", None)
    with awake.awake("compute") as agreed:
        assert not agreed


def test_the_library_is_asked_for_the_mode_of_long_work() -> None:
    pytest.importorskip("wakepy")
    mode = awake._keeper()
    assert str(mode.name) == "keep.running"
    assert not mode.active
