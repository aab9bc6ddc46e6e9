"""Tries a frozen application as strangers will meet it: `python packaging/smoke.py FOLDER`.

Its own self-test runs under an empty environment, in a home with spaces and letters beyond ASCII, and on Linux
without a network, as nobody, from a folder that cannot be written; there once off the screen and once under a virtual
display (where Xvfb is installed). Then the time to the first picture of its window is measured.
"""

import argparse
import contextlib
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NOBODY = 65534
LONGEST = 300  # seconds of a self-test; on a quiet machine it takes a tenth
STARTS = 3
FIRST_WINDOW_MS = 3000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1  # linux/sockios.h, linux/if.h


def main(arguments: list[str]) -> int:
    """Try the application in a folder; returns 0 when every check passed."""
    parser = argparse.ArgumentParser(prog="smoke.py", description=__doc__)
    parser.add_argument("application", type=Path)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--as-nobody", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args(arguments)
    program = program_of(wanted.application.resolve())
    if wanted.inside:
        _lock_up(wanted.application.resolve())
        return 0 if _tried(program, NOBODY if wanted.as_nobody else None) else 1
    shut = _shut_away()
    if shut is None:
        print("Without unshare: the network is not cut off here, and the folder is left writable.", flush=True)
        return 0 if _tried(program, None) else 1
    command = [*shut, sys.executable, str(Path(__file__).resolve()), "--inside", str(wanted.application.resolve())]
    return subprocess.run([*command, *(["--as-nobody"] if os.geteuid() == 0 else [])]).returncode


def program_of(application: Path) -> Path:
    """The program to start for the terminal."""
    places = [
        application / "llmstudio",
        application / "llmstudio.exe",
        application / "Contents" / "MacOS" / "llmstudio",
    ]
    for path in places:
        if path.is_file():
            return path
    raise SystemExit(f"There is no application in {application}.")


def _shut_away() -> list[str] | None:
    """The start of a command that runs without a network and with mounts of its own; None where that cannot be."""
    tool = shutil.which("unshare") if sys.platform == "linux" else None
    if tool is None:
        return None
    options = ["--net", "--mount"] if os.geteuid() == 0 else ["--map-root-user", "--net", "--mount"]
    allowed = subprocess.run([tool, *options, "true"], capture_output=True).returncode == 0
    return [tool, *options] if allowed else None


def raise_loopback() -> None:
    """In a new network namespace: let this machine reach itself."""
    import fcntl  # Linux alone comes here

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        asked = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(line, SIOCGIFFLAGS, asked), 16)
        fcntl.ioctl(line, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def _lock_up(application: Path) -> None:
    """Inside the new namespaces: no other machine is reached, and the application cannot be written."""
    raise_loopback()
    for options in (["--bind", str(application), str(application)], ["-o", "remount,bind,ro", str(application)]):
        subprocess.run(["mount", *options], check=True)
    try:
        (application / "written").touch()
    except OSError:
        return
    raise SystemExit("The folder of the application could still be written.")


def _tried(program: Path, user: int | None) -> bool:
    with tempfile.TemporaryDirectory(prefix="llmstudio smoke ") as folder:
        home = Path(folder) / "hö me 漢"
        home.mkdir()
        if user is not None:
            for path in (Path(folder), home):
                os.chown(path, user, user)
        passed = _self_test(program, home, user, {"QT_QPA_PLATFORM": "offscreen"})
        passed &= _no_one_left(program)
        with _display() as display:
            if display is None:
                print("Without Xvfb: no try under a virtual display.", flush=True)
            else:
                shown = {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display}
                passed &= _self_test(program, home, user, shown)
                passed &= _first_window(program, home, user, shown)
    return passed


def environment(home: Path, more: dict[str, str]) -> dict[str, str]:
    """Nearly nothing: where the home is, and on Windows what its libraries cannot do without."""
    needed = ("SYSTEMROOT", "TEMP", "TMP") if sys.platform == "win32" else ()
    kept = {name: os.environ[name] for name in needed if name in os.environ}
    return {"HOME": str(home), "USERPROFILE": str(home), **kept, **more}


def _self_test(program: Path, home: Path, user: int | None, more: dict[str, str]) -> bool:
    print(f"\n== self-test, {more['QT_QPA_PLATFORM']}", flush=True)
    start = time.monotonic()
    done = _run([str(program), "--json", "self-test"], home, user, more)
    passed = told(done)
    print(f"-- {time.monotonic() - start:.1f} s", flush=True)
    return passed


def told(done: "subprocess.CompletedProcess[str]") -> bool:
    """Print what a self-test found, check by check; True if all of it was well."""
    try:
        result = dict(json.loads(done.stdout.splitlines()[-1]))
    except (IndexError, ValueError, TypeError):
        print(f"It ended with {done.returncode} and said:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}", flush=True)
        return False
    for check in result.get("checks", []):
        print(f"{'ok  ' if check['ok'] else 'FAIL'}  {check['name']}  {check['detail']}", flush=True)
    return bool(result.get("ok")) and done.returncode == 0


def _first_window(program: Path, home: Path, user: int | None, more: dict[str, str]) -> bool:
    """The best of a few starts counts: the first of them reads the disk."""
    print("\n== first window", flush=True)
    totals = []
    for _ in range(STARTS):
        done = _run([str(program), "--profile-start", "--workspace", str(home / "wörk")], home, user, more)
        if done.returncode or not done.stdout.strip():
            print(
                f"It ended with {done.returncode} and said:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}", flush=True
            )
            return False
        facts = json.loads(done.stdout.splitlines()[-1])
        totals.append(float(facts["total"]))
        print(f"{facts['total']:.0f} ms  {json.dumps(facts)}", flush=True)
    return min(totals) <= FIRST_WINDOW_MS


def _no_one_left(program: Path) -> bool:
    """Whether all processes of the program have ended; Linux only, others are asked nothing."""
    left = []
    for link in Path("/proc").glob("[0-9]*/exe"):
        with contextlib.suppress(OSError):
            if link.resolve() == program:
                left.append(link.parent.name)
    if left:
        print(f"FAIL  processes that did not end: {', '.join(left)}", flush=True)
    return not left


def _run(command: list[str], home: Path, user: int | None, more: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    other = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    return within(
        command, capture_output=True, encoding="utf-8", errors="replace", env=environment(home, more), cwd="/",
        stdin=subprocess.DEVNULL, **other,
    )  # fmt: skip


def within(command: list[str], **more: Any) -> "subprocess.CompletedProcess[str]":
    """Run a command; one that takes too long is ended, and what it said until then is kept."""
    try:
        return subprocess.run(command, timeout=LONGEST, **more)
    except subprocess.TimeoutExpired as error:
        said = (error.stderr or b"").decode("utf-8", "replace")
        return subprocess.CompletedProcess(command, 124, "", f"{said}\nIt took longer than {LONGEST} s and was ended.")


@contextlib.contextmanager
def _display() -> Iterator[str | None]:
    """A virtual display of its own, by its name; None where there is no Xvfb."""
    tool = shutil.which("Xvfb")
    if tool is None:
        yield None
        return
    reading, writing = os.pipe()
    command = [tool, "-displayfd", str(writing), "-screen", "0", "1440x900x24", "-nolisten", "tcp", "-noreset", "-ac"]
    server = subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
