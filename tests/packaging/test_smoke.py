"""The trial of a frozen application, with small scripts in its place."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.modules import load

smoke = load("smoke")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are scripts of a shell")


def stand_in(folder: Path, result: object, status: int = 0) -> Path:
    """A program that answers a self-test, and writes down how it was started."""
    folder.mkdir(parents=True)
    program = folder / "llmstudio"
    program.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"print('words of some library')\nprint({json.dumps(json.dumps(result))})\nsys.exit({status})\n",
        "utf-8",
    )
    program.chmod(0o755)
    return program


FINE = {"ok": True, "checks": [{"name": "Window", "ok": True, "detail": "9 tabs"}]}


@pytest.mark.parametrize(
    ("result", "status", "passed"),
    [
        (FINE, 0, True),
        (FINE, 1, False),
        ({"ok": False, "checks": [{"name": "Window", "ok": False, "detail": "blank"}]}, 1, False),
        ({"error": "The self-test failed."}, 1, False),
        ("no object", 0, False),
    ],
)
def test_only_a_self_test_that_says_so_has_passed(
    result: object, status: int, passed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = stand_in(tmp_path / "app", result, status)
    home = tmp_path / "hö me"
    home.mkdir()
    assert smoke._self_test(program, home, None, {"QT_QPA_PLATFORM": "offscreen"}) is passed
    if passed:
        assert "ok    Window  9 tabs" in capsys.readouterr().out


def test_the_environment_holds_next_to_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/somewhere")
    assert set(smoke.environment(tmp_path, {"QT_QPA_PLATFORM": "xcb"})) == {"HOME", "USERPROFILE", "QT_QPA_PLATFORM"}


def test_a_folder_without_the_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no application"):
        smoke.program_of(tmp_path)


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("unshare"), reason="namespaces are Linux's")
def test_shut_away_there_is_no_network_and_nothing_can_be_written(tmp_path: Path) -> None:
    if smoke._shut_away() is None:
        pytest.skip("no namespaces of one's own here")
    script = tmp_path / "inside.py"
    script.write_text(
        "import socket, sys\nfrom pathlib import Path\nfrom tests.packaging.modules import load\n"
        "smoke = load('smoke')\nfolder = Path(sys.argv[1])\nsmoke._lock_up(folder)\n"
        "with socket.create_server(('127.0.0.1', 0)) as server, socket.create_connection(server.getsockname()[:2]):\n"
        "    print('reaches itself')\n"
        "line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "try:\n    line.connect(('192.0.2.1', 9))\nexcept OSError as error:\n    print(error.strerror)\n",
        "utf-8",
    )
    folder = tmp_path / "app"
    folder.mkdir()
    command = [*smoke._shut_away(), sys.executable, str(script), str(folder)]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(root)}, cwd=root
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["reaches itself", "Network is unreachable"]
    (folder / "still writable outside").touch()


def test_processes_that_did_not_end_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not Path("/proc/self/exe").exists():
        pytest.skip("no /proc here")
    assert not smoke._no_one_left(Path(sys.executable).resolve())  # this very process
    assert "did not end" in capsys.readouterr().out
    assert smoke._no_one_left(tmp_path / "llmstudio")
