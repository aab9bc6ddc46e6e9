"""Questions and orders to the operating system."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from llmstudio.jobs import system

SLEEP = [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"]


def started(**how: bool) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(SLEEP, stdout=subprocess.PIPE, **how)  # type: ignore[call-overload]
    assert process.stdout.readline()
    process.stdout.close()
    return process


def test_a_process_is_known_by_number_and_start() -> None:
    mine = system.created(os.getpid())
    assert mine is not None
    assert system.same_process(os.getpid(), mine)
    assert not system.same_process(os.getpid(), mine - 60)


def test_a_process_that_is_gone() -> None:
    process = started()
    system.terminate(process.pid)
    process.wait(10)
    assert system.created(process.pid) is None
    assert not system.same_process(process.pid, 0.0)
    system.terminate(process.pid)
    system.kill_tree(process.pid)


def test_killing_a_process_and_what_it_started() -> None:
    script = (
        "import subprocess, sys; inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(inner.pid, flush=True); inner.wait()"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    inner = int(process.stdout.readline())
    system.kill_tree(process.pid)
    assert process.wait(10) != 0
    process.stdout.close()
    gone = system.api.wait_procs([system.api.Process(inner)], timeout=10)[0] if system.created(inner) else [1]
    assert gone


@pytest.mark.skipif(sys.platform == "win32", reason="sessions are POSIX")
def test_killing_what_a_session_left() -> None:
    process = started(start_new_session=True)
    system.kill_session(process.pid)
    assert process.wait(10) == -9
    system.kill_session(process.pid)


def test_stepping_back_lowers_the_priority() -> None:
    script = (
        "from llmstudio.jobs import system\n"
        "before = system.api.Process().nice(); system.step_back(); print(system.api.Process().nice() != before)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="a policy of Linux")
def test_on_linux_a_job_that_wakes_up_pushes_nobody_off_his_core(tmp_path: Path) -> None:
    group = tmp_path / "autogroup"
    group.touch()
    script = (
        "import os, sys; from llmstudio.jobs import system\n"
        "system.AUTOGROUP = sys.argv[1]; system.step_back()\n"
        "print(os.sched_getscheduler(0) == os.SCHED_BATCH)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(group)], capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr
    assert group.read_text() == str(system.NICENESS)


def test_what_others_take_is_what_we_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    found = iter([(10.0, 4.0, 1.0), (30.0, 15.0, 2.0), (30.0, 4.5, 2.0), (10.0, 4.0, 1.0)])
    monkeypatch.setattr(system, "_core_seconds", lambda: next(found))
    others = system.Others()
    assert others.share() == 0.5  # 11 of 20 seconds were used, one of them by us
    assert others.share() == 0  # counters of the system are coarse: never below nothing
    assert others.share() == 0  # no time has passed


def test_a_share_of_this_machine() -> None:
    others = system.Others()
    sum(range(100_000))
    assert 0 <= others.share() <= 1


def test_kills_for_want_of_memory_are_counted_where_the_system_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert system.memory_kills() >= 0
    (tmp_path / "vmstat").write_text("nr_free_pages 12\noom_kill 3\n")
    monkeypatch.setattr(system, "MEMORY_KILLS", str(tmp_path / "vmstat"))
    assert system.memory_kills() == 3
    monkeypatch.setattr(system, "MEMORY_KILLS", str(tmp_path / "none"))
    assert system.memory_kills() == 0
