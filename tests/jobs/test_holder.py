"""Who works on a run: only a living process that is not ourselves is named."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from llmstudio.jobs import holder
from tests.jobs.fakes import ROOT

WRITE = (
    "import sys; from pathlib import Path; from llmstudio.jobs import holder\n"
    "holder.write(Path(sys.argv[1])); print('written', flush=True); sys.stdin.read()\n"
)


def test_a_living_process_is_named_and_a_dead_one_is_not(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITE, str(tmp_path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline()
    assert holder.pid(tmp_path) == process.pid
    process.communicate()
    assert holder.pid(tmp_path) is None


def test_we_are_never_named(tmp_path: Path) -> None:
    holder.write(tmp_path)
    assert json.loads((tmp_path / holder.PROCESS).read_text())["pid"] == os.getpid()
    assert holder.pid(tmp_path) is None


@pytest.mark.parametrize(
    "content", ["", "[]", '{"pid": "x", "created": 1}', '{"pid": 1}', '{"pid": 1, "created": null}']
)
def test_a_damaged_record_names_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / holder.PROCESS).write_text(content)
    assert holder.pid(tmp_path) is None


def test_a_number_that_belongs_to_a_later_process_names_nobody(tmp_path: Path) -> None:
    (tmp_path / holder.PROCESS).write_text(json.dumps({"pid": os.getppid(), "created": 0.0}))
    assert holder.pid(tmp_path) is None
