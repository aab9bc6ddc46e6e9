"""What a locked-up process cannot do any more; each deed is tried in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LOCK = """
import os, socket, subprocess, sys, pathlib
from llmstudio.engine.convert import sandbox
folder = pathlib.Path({folder!r})
sandbox.refuse_deeds(folder, lambda event: os.write(1, event.encode()))
{deed}
os.write(1, b"done")
"""


def attempt(folder: Path, deed: str, before: str = "") -> tuple[int, str]:
    script = before + LOCK.format(folder=str(folder), deed=deed)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=60)
    return done.returncode, done.stdout or done.stderr[-300:]


@pytest.mark.parametrize(
    ("deed", "event"),
    [
        ("os.system('true')", "os.system"),
        ("subprocess.run(['true'])", "subprocess.Popen"),
        ("os.execv('/bin/true', ['true'])", "os.exec"),
        ("socket.create_connection(('127.0.0.1', 9))", "socket."),
        ("open(folder.parent / 'x', 'w')", "open"),
        ("os.open(folder.parent / 'x', os.O_CREAT | os.O_WRONLY)", "open"),
        ("open(folder / '..' / 'x', 'a')", "open"),
        ("os.remove(folder / 'kept')", "os.remove"),
        ("os.rename(folder / 'kept', folder.parent / 'x')", "os.rename"),
        ("import ctypes; ctypes.CDLL(None)", "ctypes."),
    ],
)
def test_a_deed_ends_the_process(tmp_path: Path, deed: str, event: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "kept").write_text("kept")
    status, told = attempt(folder, deed)
    assert (status, told.startswith(event)) == (4, True), told
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "kept"]


def test_reading_and_writing_inside_go_on(tmp_path: Path) -> None:
    deed = "open(folder / 'x', 'w').write('x'); open(folder / 'x').read(); import colorsys"
    assert attempt(tmp_path, deed) == (0, "done")
    assert (tmp_path / "x").read_text() == "x"


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory hold on Linux only")
@pytest.mark.parametrize(
    "deed", ["bytearray(8 << 30)", "open(folder / 'x', 'wb').write(bytes(40 << 20))", "os.fork() and os._exit(7)"]
)
def test_memory_disk_and_children_are_bounded(tmp_path: Path, deed: str) -> None:
    before = "from llmstudio.engine.convert import sandbox; sandbox.limit(1000, 60)\n"
    status, told = attempt(tmp_path, deed, before)
    assert status != 0
    assert told != "done"


@pytest.mark.skipif(sys.platform != "linux", reason="an empty network is Linux's")
def test_the_network_is_left_where_the_system_lets_us(tmp_path: Path) -> None:
    script = (
        "import os\nfrom llmstudio.engine.convert import sandbox\nbefore = os.readlink('/proc/self/ns/net')\n"
        "sandbox.leave_network()\nafter = os.readlink('/proc/self/ns/net')\n"
        "names = [line.split(':')[0].strip() for line in open('/proc/self/net/dev').readlines()[2:]]\n"
        "print(before == after or names == ['lo'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stdout.strip() == "True", done.stderr
