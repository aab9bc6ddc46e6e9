"""What a window that died leaves, and what one that was closed does not."""

import faulthandler
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmstudio.store import crashes
from llmstudio.store.crashes import Watch

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import ctypes, os, sys
from pathlib import Path
from llmstudio.store.crashes import Watch

def the_line_that_broke():
    {how}

watch = Watch(Path(sys.argv[1]), Path("/my/work"), "2026-03-04T05:06:07+00:00")
print("ready", flush=True)
the_line_that_broke()
"""


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """The report of pytest itself is written again afterwards."""
    was = faulthandler.is_enabled()
    yield
    if was:
        faulthandler.enable(sys.__stderr__ or 2)


def die(folder: Path, how: str) -> None:
    subprocess.run(
        [sys.executable, "-c", SCRIPT.format(how=how), str(folder)], cwd=ROOT, capture_output=True, timeout=60
    )


@pytest.mark.parametrize("how", ["os.abort()", "ctypes.string_at(0)"])
def test_a_crash_leaves_the_line_it_happened_in(tmp_path: Path, how: str) -> None:
    die(tmp_path / "log", how)
    (report,) = crashes.left(tmp_path / "log")
    assert "the_line_that_broke" in report.text
    assert (report.workspace, report.started) == ("/my/work", "2026-03-04T05:06:07+00:00")
    assert report.path.read_bytes().count(b"the_line_that_broke") >= 1
    assert crashes.left(tmp_path / "log") == []


def test_one_that_was_killed_leaves_no_words_but_is_missed(tmp_path: Path) -> None:
    die(tmp_path, f"os.kill(os.getpid(), {signal.SIGKILL if os.name != 'nt' else signal.SIGTERM})")
    (report,) = crashes.left(tmp_path)
    assert report.text == ""


def test_a_window_that_was_closed_leaves_nothing(tmp_path: Path) -> None:
    Watch(tmp_path, Path("w"), "now").close()
    assert list(tmp_path.iterdir()) == []
    assert crashes.left(tmp_path) == []


def test_a_window_that_lives_is_no_crash(tmp_path: Path) -> None:
    watch = Watch(tmp_path, Path("w"), "now")
    assert crashes.left(tmp_path) == []
    assert watch.path.exists()
    watch.close()


def test_the_newest_reports_are_kept(tmp_path: Path) -> None:
    for number in range(crashes.KEPT + 3):
        path = tmp_path / f"{crashes.PREFIX}{number}{crashes.ENDING}"
        path.write_text("{}\nFatal Python error")
        os.utime(path, (number, number))
    assert len(crashes.left(tmp_path)) == crashes.KEPT + 3
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == [f"{crashes.PREFIX}{number}{crashes.ENDING}.txt" for number in range(3, crashes.KEPT + 3)]


def test_a_damaged_head_and_a_missing_folder_are_no_trouble(tmp_path: Path) -> None:
    (tmp_path / f"{crashes.PREFIX}a{crashes.ENDING}").write_bytes(b"\xff\xfe\nwords")
    (report,) = crashes.left(tmp_path)
    assert (report.started, report.text) == ("", "words")
    assert crashes.left(tmp_path / "none") == []
