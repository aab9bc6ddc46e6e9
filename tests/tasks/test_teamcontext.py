"""What is asked of the first of several processes reaches all of them at the same turn."""

from pathlib import Path
from typing import Any, cast

import pytest

from llmstudio.base.errors import Interrupt, InterruptKind
from llmstudio.engine.parallel.team import Team
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.teamcontext import KINDS, QuietContext, TeamContext


class Line:
    """Carries what the first process tells to the others, one turn after the other."""

    def __init__(self) -> None:
        self.told: list[Any] = []


class FakeTeam:
    def __init__(self, line: Line, leads: bool) -> None:
        self.line, self.leads = line, leads

    def tell(self, value: Any = None) -> Any:
        if self.leads:
            self.line.told.append(value)
            return value
        return self.line.told.pop(0)

    agree = tell


class First(QuietContext):
    """The context of the first process, with what is asked of it."""

    def __init__(self, ws: Workspace, folder: Path) -> None:
        super().__init__(ws, folder, 1, None)
        object.__setattr__(self, "asked", [])
        object.__setattr__(self, "words", [])

    def check(self) -> None:
        if self.asked:  # type: ignore[attr-defined]
            raise Interrupt(self.asked.pop(0))  # type: ignore[attr-defined]

    def said(self) -> list[dict[str, Any]]:
        said = list(self.words)  # type: ignore[attr-defined]
        self.words.clear()  # type: ignore[attr-defined]
        return said


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Any, TeamContext, TeamContext]:
    ws = Workspace.open(tmp_path / "ws")
    line = Line()
    inner = First(ws, tmp_path)
    first = TeamContext(inner, cast(Team, FakeTeam(line, True)))
    other = TeamContext(QuietContext(ws, tmp_path, 1, None), cast(Team, FakeTeam(line, False)))
    return inner, first, other


@pytest.mark.parametrize("kind", KINDS)
def test_all_are_interrupted_alike(pair: tuple[Any, TeamContext, TeamContext], kind: InterruptKind) -> None:
    inner, first, other = pair
    first.check()
    other.check()
    inner.asked.append(kind)
    for context in (first, other):
        with pytest.raises(Interrupt) as asked:
            context.check()
        assert asked.value.kind == kind
    first.check()
    other.check()


def test_all_hear_what_was_said_once(pair: tuple[Any, TeamContext, TeamContext]) -> None:
    inner, first, other = pair
    inner.words.append({"patience": 3})
    first.check()
    other.check()
    assert first.said() == other.said() == [{"patience": 3}]
    first.check()
    other.check()
    assert first.said() == other.said() == []


def test_a_checkpoint_is_due_by_the_first_ones_clock(pair: tuple[Any, TeamContext, TeamContext]) -> None:
    _, first, other = pair
    first.late = lambda: True
    first.check()
    other.check()
    assert first.overdue
    assert other.overdue


def test_a_glance_stops_nobody_but_is_remembered(pair: tuple[Any, TeamContext, TeamContext]) -> None:
    inner, first, other = pair
    assert not first.glance()
    inner.asked.append("pause")
    assert first.glance()
    with pytest.raises(Interrupt):
        first.check()
    with pytest.raises(Interrupt):
        other.check()


def test_the_others_write_nothing(pair: tuple[Any, TeamContext, TeamContext]) -> None:
    _, _, other = pair
    before = sorted(other.folder.rglob("*"))
    other.note("x")
    other.metrics(1, loss=1.0)
    other.artifact("model", "x")
    other.resolve(seed=3)
    other.result(run="x")
    assert sorted(other.folder.rglob("*")) == before
