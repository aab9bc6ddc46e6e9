"""What a process gives up before it opens a file that may carry a program: network, children, writing elsewhere.

Each layer is there where the system offers it; the reader inside relies on none of them.
"""

import contextlib
import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SPARE_BYTES = 1 << 30
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_NO_NEW_RIGHTS = 38
# What Python announces before it does it (audit events), and what a reader of weights never needs.
_FORBIDDEN = (
    "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.startfile", "subprocess.", "pty.", "socket.",
    "ctypes.", "urllib.", "ftplib.", "http.client.", "smtplib.", "webbrowser.", "shutil.", "os.remove", "os.rename",
    "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate", "os.kill", "os.putenv", "winreg.",
)  # fmt: skip


def leave_network() -> None:
    """Move into an empty network, where the system allows it; before the first thread is started."""
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0)
    for flags in (_NEW_NETWORK, _NEW_USER | _NEW_NETWORK):
        if library.unshare(flags) == 0:
            return


def limit(size: int, seconds: int) -> None:
    """Bound memory, file size and processor time for reading `size` bytes; no children, no core files."""
    if sys.platform == "win32":
        return
    import resource  # only exists on POSIX

    bounds = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 2 * size + (1 << 24),
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
    }
    held = _held_bytes()
    if held:
        bounds[resource.RLIMIT_AS] = held + 4 * size + SPARE_BYTES
    for kind, bound in bounds.items():
        most = resource.getrlimit(kind)[1]
        low = bound if most == resource.RLIM_INFINITY else min(bound, most)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (low, low))


def _held_bytes() -> int:
    """Addresses this process holds now; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGESIZE")
    except (OSError, ValueError, IndexError):
        return 0


def refuse_deeds(folder: Path, tell: Callable[[str], None]) -> None:
    """From now on whatever would start, connect, remove or write outside `folder` ends the process."""
    inside = str(folder.resolve())

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and not _writes_elsewhere(arguments, inside):
            return
        if event == "open" or event.startswith(_FORBIDDEN):
            tell(event)
            os._exit(4)

    sys.addaudithook(watch)


def _writes_elsewhere(arguments: tuple[Any, ...], inside: str) -> bool:
    path, mode, flags = (*arguments, None, None, None)[:3]
    writes = isinstance(mode, str) and bool(set(mode) & set("wax+"))
    if isinstance(flags, int):
        writes = writes or bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND))
    if not writes or isinstance(path, int):
        return False
    name = os.path.realpath(os.fsdecode(path))
    return not name.startswith(inside + os.sep)
