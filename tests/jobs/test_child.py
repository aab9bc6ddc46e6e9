"""The child's own start: what it refuses, its exit codes, and that it loads neither Qt nor torch for light work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from llmstudio.jobs import control
from llmstudio.store import run
from tests.jobs import fakes
from tests.jobs.conftest import MakeRun


def child(*argv: str) -> "subprocess.CompletedProcess[str]":
    command = [*fakes.COMMAND, "child", *argv]
    return subprocess.run(command, capture_output=True, text=True, cwd=fakes.ROOT, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("kind", "config", "code", "status"),
    [
        ("quick", {}, 0, "finished"),
        ("trouble", {"trouble": "user"}, 1, "failed"),
        ("echo", {}, 0, "finished"),  # its owner is gone from the start
    ],
)
def test_exit_codes(make_run: MakeRun, kind: str, config: dict[str, str], code: int, status: str) -> None:
    folder = make_run(kind, **config)
    done = child(str(folder))
    assert (done.returncode, run.load(folder).status) == (code, status)
    facts = json.loads((folder / "process.json").read_text())
    assert facts["pid"] != os.getpid()


def test_a_cancelled_run_is_not_begun(make_run: MakeRun) -> None:
    folder = make_run("quick")
    control.request(folder, "cancel")
    assert child(str(folder)).returncode == 130
    assert not run.load(folder).started


@pytest.mark.parametrize("argv", [[], ["a", "b"]])
def test_a_wrong_call_is_a_line_of_usage(argv: list[str]) -> None:
    done = child(*argv)
    assert done.returncode == 2
    assert done.stderr.startswith("usage")


def test_a_folder_that_is_no_run_is_a_sentence(tmp_path: Path) -> None:
    done = child(str(tmp_path))
    assert done.returncode == 2
    assert "job.json is missing" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_child_is_light(make_run: MakeRun) -> None:
    script = "import sys, llmstudio.jobs.child; print({'torch', 'PySide6', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=fakes.ROOT)
    assert done.stdout.strip() == "set()"
