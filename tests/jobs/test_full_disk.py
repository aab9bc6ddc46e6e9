"""A disk that is really full: a memory disk, where the tests may mount one."""

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.jobs import control, recover
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import run
from llmstudio.store.workspace import Workspace
from tests.jobs.conftest import Followed, MakeRun
from tests.jobs.fakes import CountConfig


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("no memory disk can be mounted here")
    yield Workspace.open(place / "ws")
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(ws: Workspace) -> Path:
    ballast = ws.root.parent / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 12))
    return ballast


@pytest.mark.faults
def test_a_run_on_a_full_disk_says_so_and_goes_on_once_there_is_room(
    ws: Workspace, make_run: MakeRun, follow: Callable[..., Followed]
) -> None:
    straight, folder = make_run("count", steps=40), make_run("count", steps=40)
    InlineRunner(ws).run(straight)
    ballast = fill(ws)
    window = Workspace.open(ws.root, window=True)
    assert [state.id for state in recover.scan(window).waiting] == [folder.name]
    window.close()
    going = follow(folder)
    assert going.end() == Status.FAILED
    assert any(getattr(event, "message", "").startswith("The disk is full") for event in going.events)
    with pytest.raises(UserError, match="The disk is full"):
        create_run(ws, "count", CountConfig(), title="one more")
    assert len(run.list_runs(ws)) == 2
    ballast.unlink()
    control.resume(folder)
    assert follow(folder).end() == Status.FINISHED
    assert run.load(folder).result == run.load(straight).result
    assert not list((folder / "checkpoints").glob(".*"))
