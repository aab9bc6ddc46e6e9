"""What is asked of other machines is heard, in this process and in those it starts; what stays here is not."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from llmstudio.base import jsonl, netwatch


@pytest.mark.parametrize(
    ("event", "arguments", "host"),
    [
        ("socket.connect", (None, ("192.0.2.1", 9)), "192.0.2.1"),
        ("socket.sendto", (None, ("2001:db8::1", 9, 0, 0)), "2001:db8::1"),
        ("socket.getaddrinfo", ("hub.example", 443, 0, 0, 0), "hub.example"),
        ("socket.getaddrinfo", (b"hub.example", 443, 0, 0, 0), "hub.example"),
        ("socket.connect", (None, ("127.0.0.1", 9)), None),
        ("socket.connect", (None, ("::1%lo", 9, 0, 0)), None),
        ("socket.connect", (None, "/run/bus/socket"), None),
        ("socket.getaddrinfo", ("localhost", 80, 0, 0, 0), None),
        ("socket.getaddrinfo", (None, 80, 0, 0, 0), None),
        ("socket.bind", (None, ("192.0.2.1", 9)), None),
    ],
)
def test_other_machines_are_told_from_this_one(event: str, arguments: tuple[Any, ...], host: str | None) -> None:
    assert netwatch.foreign(event, arguments) == host


def test_a_process_that_is_started_so_notes_what_it_asks(tmp_path: Path) -> None:
    notes = tmp_path / "notes.jsonl"
    words = (
        "import sys\nfrom llmstudio import __main__ as entry\n"
        "def asks(began):\n    sys.audit('open', 'x', 'r', 0)\n"
        "    sys.audit('socket.connect', None, ('192.0.2.1', 9))\n    return 7\n"
        "entry._dispatch = asks\nsys.exit(entry.main())"
    )
    root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": root, netwatch.VARIABLE: str(notes)}
    done = subprocess.run([sys.executable, "-c", words], env=environment, capture_output=True, text=True)
    assert done.returncode == 7, done.stderr
    first, second = jsonl.read(notes)
    assert second == {"process": first["process"], "asked": "192.0.2.1"}


def test_nothing_is_noted_where_nobody_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(netwatch.VARIABLE, raising=False)
    monkeypatch.setattr(netwatch, "listen", lambda _heard: pytest.fail("listens"))
    netwatch.note_if_asked()
