"""Two processes that train one model: the same curve as one, gradients exchanged once a step, resumable anywhere.

They are started once for all these tests (tests/engine/parallel/crew.py).
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import distributed

from llmstudio.base import world
from llmstudio.base.errors import UserError
from llmstudio.base.world import World
from llmstudio.config import scaling, sizing
from llmstudio.engine import checkpoint, generate
from llmstudio.engine.parallel import meeting, team
from tests.engine import tiny
from tests.engine.parallel import crew

ROOT = Path(__file__).resolve().parents[2]
HALF = crew.STEPS // 2


def start(folder: Path, rank: int, size: int) -> "subprocess.Popen[bytes]":
    told = {
        "RANK": str(rank), "WORLD_SIZE": str(size), "LOCAL_RANK": str(rank), "LOCAL_WORLD_SIZE": str(size),
        world.RENDEZVOUS: str(folder / "meeting"), "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.engine.parallel.crew", str(folder)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **told}, stderr=subprocess.PIPE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("crew")
    members = [start(place, rank, 2) for rank in range(2)]
    try:
        words = [member.communicate(timeout=105)[1].decode() for member in members]
        assert all(member.returncode == 0 for member in members), "\n".join(words)[-3000:]
        yield place
    finally:
        for member in members:
            member.kill()


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "found.json").read_text()))


@pytest.fixture(scope="module")
def alone() -> list[list[float]]:
    torch.set_num_threads(1)
    return crew.curve(tiny.trainer(**crew.PLAN))


def flat(curve: list[list[float]]) -> list[float]:
    return [number for record in curve for number in record]


def test_all_hear_what_the_first_one_tells(found: dict[str, Any]) -> None:
    assert (found["told"], found["agreed"], found["gathered"]) == ([1, "x"], 7, [0, 1])


@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
def test_two_processes_have_the_curve_of_one(found: dict[str, Any], alone: list[list[float]], strategy: str) -> None:
    assert len(alone) == crew.STEPS + 2  # and the evaluations before the first step and in the middle
    assert flat(found[strategy]) == pytest.approx(flat(alone), abs=1e-4)
    assert found[f"{strategy} alike"]


def test_a_spread_model_writes_what_a_whole_one_does(found: dict[str, Any]) -> None:
    one = tiny.trainer(**crew.PLAN)
    crew.curve(one)
    assert found["written"] == [token.id for token in generate.ids(one.model, [1], crew.GREEDY)]


def test_adamw_in_shares_has_the_curve_of_one(found: dict[str, Any]) -> None:
    one = crew.curve(tiny.trainer(**crew.PLAN, optimizer=crew.ADAM), 5)
    assert flat(found["adamw"]) == pytest.approx(flat(one), abs=1e-4)


def test_gradients_are_exchanged_once_a_step_however_many_batches_are_added(found: dict[str, Any]) -> None:
    exact = scaling.gradient_bytes(tiny.config())
    assert exact == 4 * sizing.count(tiny.config())
    assert found["exchanged"] == {"1": [1, exact], "4": [1, exact]}


def test_copies_are_whole_and_shares_are_halves(found: dict[str, Any]) -> None:
    copies, shares = found["ddp shares"], found["fsdp shares"]
    assert copies[0] == copies[1]
    for kind, whole in copies[0].items():
        assert sum(one[kind] for one in shares) == pytest.approx(whole, rel=0.02)
        assert max(one[kind] for one in shares) < 0.56 * whole


@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
def test_a_resumed_team_goes_on_with_the_identical_curve(found: dict[str, Any], strategy: str) -> None:
    straight = found[strategy]
    assert found[f"{strategy} resumed"] == straight[-len(found[f"{strategy} resumed"]) :]
    assert len(found[f"{strategy} resumed"]) == HALF + 1


def test_shares_go_on_from_the_checkpoint_of_copies(found: dict[str, Any]) -> None:
    resumed = found["fsdp from copies"]
    assert flat(resumed) == pytest.approx(flat(found["fsdp"][-len(resumed) :]), abs=1e-4)


def test_one_process_goes_on_from_shards(folder: Path, alone: list[list[float]]) -> None:
    path = checkpoint.shown(folder / "fsdp", "step", HALF)
    names = sorted(file.name for file in path.glob("*.safetensors"))
    assert [name[:11] for name in names] == ["shard-00001", "shard-00001", "shard-00002", "shard-00002"]
    one = tiny.trainer(**crew.PLAN)
    one.restore(checkpoint.read(path))
    resumed = crew.curve(one)
    assert flat(resumed) == pytest.approx(flat(alone[-len(resumed) :]), abs=1e-4)


def test_a_checkpoint_in_shards_becomes_an_ordinary_one(folder: Path, tmp_path: Path) -> None:
    snapshot = checkpoint.read(checkpoint.shown(folder / "fsdp", "step", HALF))
    again = checkpoint.read(checkpoint.write(tmp_path, "step", snapshot, {}))
    assert again.state == snapshot.state
    for kind, tensors in snapshot.tensors.items():
        assert all(torch.equal(again.tensors[kind][name], tensor) for name, tensor in tensors.items())


def test_a_damaged_shard_is_noticed_by_one_process_too(folder: Path, tmp_path: Path) -> None:
    path = checkpoint.shown(folder / "fsdp", "step", HALF)
    broken = tmp_path / path.name
    broken.mkdir()
    for file in path.iterdir():
        data = bytearray(file.read_bytes())
        if file.name.startswith("shard-00002-model-00001"):
            data[-1] ^= 1
        (broken / file.name).write_bytes(bytes(data))
    with pytest.raises(UserError, match="is damaged: its hash"):
        checkpoint.read(broken)


def test_the_weights_put_together_are_those_of_the_copies(found: dict[str, Any]) -> None:
    assert found["fsdp weights"] == pytest.approx(found["ddp weights"], abs=1e-2)


def test_an_address_that_does_not_answer_is_told_in_a_sentence() -> None:
    nowhere = World(1, 2, 0, 1, "127.0.0.1", 9)
    with pytest.raises(UserError, match=r"127\.0\.0\.1 does not answer at port 9"):
        meeting.join(nowhere, connect=timedelta(seconds=1))


def test_processes_that_do_not_come_are_counted(tmp_path: Path) -> None:
    here = World(0, 3, 0, 3, file=str(tmp_path / "meeting"))
    with pytest.raises(UserError, match="Only 1 of 3 processes came"):
        meeting.join(here, arrive=timedelta(milliseconds=200))


def test_who_is_lost_is_named_and_why() -> None:
    assert team.lost(1, 4, "Memory ran out.").message == "Process 2 of 4 ended: Memory ran out."
    assert team.lost(1, 4).message.startswith("Process 2 of 4 ended without a word")
    assert team.lost_sign(RuntimeError("[gloo] Connection closed by peer [127.0.0.1]:41"))
    assert team.lost_sign(distributed.DistBackendError("NCCL error"))
    assert not team.lost_sign(ValueError("shapes differ"))


def test_a_member_that_ended_is_gone(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    me = meeting.myself(child.pid)
    assert not me.gone
    child.communicate(b"\n", timeout=30)
    assert me.gone
