"""Hears what Python code asks of the network beyond this machine; the self-test listens so to all it starts.

A library in C that opens a connection by itself is not heard here: the packaged application is tried without any
network besides.
"""

import ipaddress
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from llmstudio.base import jsonl

VARIABLE = "LLMSTUDIO_NETWORK_NOTES"  # names the file in which a process that was started notes what it asks
_LOCAL_NAMES = {"localhost", "ip6-localhost", ""}


def listen(heard: Callable[[str], None]) -> None:
    """Call `heard` with every foreign address or name from now on. (A hook of Python cannot be taken out again.)"""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith("socket."):
            asked = foreign(event, arguments)
            if asked is not None:
                heard(asked)

    sys.addaudithook(hook)


def note_if_asked() -> None:
    """Where the environment names a file, say there that this process listens, and then all it asks for."""
    place = os.environ.get(VARIABLE)
    if not place:
        return
    path, number = Path(place), os.getpid()
    jsonl.append(path, {"process": number})
    listen(lambda asked: jsonl.append(path, {"process": number, "asked": asked}))


def foreign(event: str, arguments: tuple[Any, ...]) -> str | None:
    """The other machine that an event of Python's audit speaks of; None where it is none, or this machine."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = str(address[0]) if isinstance(address, tuple) else ""
    elif event == "socket.getaddrinfo":
        name = arguments[0]
        host = name.decode(errors="replace") if isinstance(name, bytes) else str(name or "")
    else:
        return None
    return None if _is_here(host) else host


def _is_here(host: str) -> bool:
    if host in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
