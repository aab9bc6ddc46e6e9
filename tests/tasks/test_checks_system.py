"""The look at the installation finds what is missing, and the watch over the network hears what is asked of it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from llmstudio.base import jsonl, netwatch, paths
from llmstudio.data import workers
from llmstudio.tasks import checks_system
from llmstudio.tasks.checks_system import Quiet


def test_versions_are_told_and_a_missing_part_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "torch 2." in checks_system.versions()
    monkeypatch.setattr(checks_system, "PARTS", ("no-such-package-anywhere",))
    with pytest.raises(Exception, match="no-such-package-anywhere"):
        checks_system.versions()


def test_resources_are_read() -> None:
    assert "icons" in checks_system.resources()


def test_a_packaged_application_without_notices_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    given = paths.resource
    notices = tmp_path / "notices.txt"
    notices.write_text("nothing much", "utf-8")
    monkeypatch.setattr(paths, "resource", lambda name: notices if name == checks_system.LICENCES else given(name))
    with pytest.raises(AssertionError, match="torch"):
        checks_system.resources()


@pytest.mark.timeout(120)
def test_helpers_work_in_processes_of_their_own() -> None:
    assert checks_system.helpers().endswith("at work")


def test_helpers_that_could_not_start_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers.Workers, "__enter__", lambda self: self)  # then the work is done here
    with pytest.raises(AssertionError, match="here"):
        checks_system.helpers()


def test_our_own_kernels_are_named_or_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks_system.kernels()
    monkeypatch.setattr(checks_system.library, "reason", lambda: "No C compiler was found.")
    assert checks_system.kernels() == "No C compiler was found."


def test_a_packaged_application_without_kernels_that_could_be_used_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_old() -> str:
        raise checks_system.build.Unusable("This processor is too old.")

    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(checks_system.library, "reason", lambda: "made without it")
    monkeypatch.setattr(checks_system.build, "variant", lambda: "avx2")
    with pytest.raises(AssertionError, match="made without it"):
        checks_system.kernels()
    monkeypatch.setattr(checks_system.build, "variant", too_old)
    assert checks_system.kernels() == "made without it"


def test_the_keyring_is_named_or_said_to_be_missing() -> None:
    assert checks_system.keyring()


FINE = {"platform": "offscreen", "colours": {"data": 40, "train": 50}, "plot": 60, "torch": False, "raised": []}


@pytest.mark.parametrize(
    ("facts", "code", "complaint"),
    [
        (FINE, 0, None),
        ({**FINE, "torch": True}, 1, "torch"),
        ({**FINE, "raised": ["ValueError: planted"]}, 1, "planted"),
        ({**FINE, "colours": {"data": 40, "train": 4}}, 1, "train"),
        ({**FINE, "plot": 4}, 1, "the plot"),
        (FINE, -11, "did not end well .SIGSEGV.: libEGL is missing"),
        (None, 127, "did not open .exit 127.: libEGL is missing"),
        (None, -6, "did not open .SIGABRT."),
    ],
)
def test_what_the_window_says_is_judged(
    facts: dict[str, Any] | None, code: int, complaint: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = "" if facts is None else f"a line of some library\n{json.dumps(facts)}\n"
    asked: list[list[str]] = []

    def ran(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, code, said, "libEGL is missing")

    monkeypatch.setattr(checks_system.subprocess, "run", ran)
    if complaint is None:
        assert checks_system.window(tmp_path) == "2 tabs and a plot (offscreen)"
    else:
        with pytest.raises(AssertionError, match=complaint):
            checks_system.window(tmp_path)
    assert asked[0][-3:] == ["--check-window", "--workspace", str(tmp_path)]


def test_the_report_of_a_crash_is_kept_however_much_is_said_after_it() -> None:
    report = "Fatal Python error: Segmentation fault\n\nCurrent thread"
    assert checks_system._last_words(f"Qt says\n{report}\n{'module, ' * 1000}").startswith(report)
    assert checks_system._last_words("a" * 5000 + "the end").endswith("the end")


def test_what_holds_sleep_off_is_loaded_and_its_absence_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks_system.awake()
    monkeypatch.setitem(sys.modules, "wakepy", None)
    with pytest.raises(ImportError, match="wakepy"):
        checks_system.awake()


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus is asked on Linux")
def test_that_the_desktop_cannot_be_asked_for_lack_of_a_module_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    import wakepy

    monkeypatch.setattr(wakepy, "JeepneyDBusAdapter", None, raising=False)
    with pytest.raises(AssertionError, match="D-Bus"):
        checks_system.awake()


def test_calls_beyond_this_machine_are_heard(tmp_path: Path) -> None:
    quiet = Quiet(tmp_path / "notes.jsonl")
    with quiet.watched(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect(("127.0.0.1", 9))
        socket.getaddrinfo("localhost", 9)
        assert quiet.check()
        sys.audit("socket.connect", line, ("192.0.2.1", 9))  # what Python says before it calls
    with pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        quiet.check()


def test_nothing_is_heard_once_the_watch_is_over(tmp_path: Path) -> None:
    quiet = Quiet(tmp_path / "notes.jsonl")
    with quiet.watched():
        assert os.environ[netwatch.VARIABLE] == str(quiet.notes)
    assert netwatch.VARIABLE not in os.environ
    sys.audit("socket.connect", None, ("192.0.2.1", 9))
    assert quiet.check() == "nothing was asked of it, in 1 processes"


def test_what_another_process_asked_is_told(tmp_path: Path) -> None:
    quiet = Quiet(tmp_path / "notes.jsonl")
    jsonl.append(quiet.notes, {"process": 7})
    assert "in 2 processes" in quiet.check()
    jsonl.append(quiet.notes, {"process": 7, "asked": "hub.example"})
    with pytest.raises(AssertionError, match=r"hub\.example"):
        quiet.check()
