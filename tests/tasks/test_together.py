"""What the other processes do that the first one does not lead to a training, and who is blamed for an end."""

from pathlib import Path
from typing import Any, cast

import pytest

from llmstudio.base import world
from llmstudio.base.errors import UserError
from llmstudio.base.world import World
from llmstudio.engine.parallel import meeting
from llmstudio.engine.parallel.team import Team, lost
from llmstudio.tasks import together


class FakeTeam:
    rank, size = 1, 4

    def __init__(self, word: str = together.OVER, missing: UserError | None = None) -> None:
        self.word, self.gone = word, missing
        self.heard: list[Any] = []

    def await_word(self) -> str:
        return self.word

    def tell(self) -> Any:
        raise ValueError("shapes differ")

    def announce(self, word: str) -> None:
        self.heard.append(word)

    def confess(self, error: BaseException) -> None:
        self.heard.append(str(error))

    def missing(self) -> UserError | None:
        return self.gone

    def leave(self) -> None:
        self.heard.append("left")


HERE = World(1, 4, 1, 4, file="x")


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch) -> Any:
    def put(team: FakeTeam) -> FakeTeam:
        monkeypatch.setattr(meeting, "join", lambda _world: cast(Team, team))
        return team

    return put


def test_the_others_go_home_where_nothing_is_trained(meet: Any) -> None:
    team = meet(FakeTeam())
    assert together.follow(HERE) == 0
    assert team.heard == ["left"]


def test_a_fault_of_ones_own_is_confessed(meet: Any, capsys: pytest.CaptureFixture[str]) -> None:
    team = meet(FakeTeam(together.START))
    assert together.follow(HERE) == 1
    assert team.heard == ["shapes differ", "left"]
    assert "Process 2 of 4" in capsys.readouterr().err


def test_the_first_one_names_who_is_lost(meet: Any) -> None:
    team = meet(FakeTeam(missing=lost(2, 4)))
    with pytest.raises(UserError, match="Process 3 of 4 ended"), together.leading(HERE):
        raise RuntimeError("Connection closed by peer")
    assert team.heard == [together.OVER, "left"]


def test_errors_of_its_own_stay_what_they_are(meet: Any) -> None:
    meet(FakeTeam(missing=lost(2, 4)))
    with pytest.raises(RuntimeError, match="shapes differ"), together.leading(HERE):
        raise RuntimeError("shapes differ")


def test_other_work_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told = {"RANK": "1", "WORLD_SIZE": "2", world.RENDEZVOUS: str(tmp_path / "meeting")}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert together.main(["doctor"]) == 2
    assert "work for one process" in capsys.readouterr().err
