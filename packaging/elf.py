"""Reads from Linux programs and libraries which others they need, with binutils' readelf."""

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

MAGIC = b"\x7fELF"
_NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")
_GLIBC = re.compile(r"Name: GLIBC_(\d+)\.(\d+)")


def files(folder: Path) -> list[Path]:
    """Every program and library below a folder; links are not followed."""
    found = []
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root) / name
            if not path.is_symlink() and path.is_file() and _is_elf(path):
                found.append(path)
    return sorted(found)


def needed(paths: Iterable[Path]) -> dict[str, set[str]]:
    """The names of libraries that files ask for, and the names of the files that ask."""
    found: dict[str, set[str]] = {}
    for path in paths:
        for soname in _NEEDED.findall(_readelf("-d", path)):
            found.setdefault(soname, set()).add(path.name)
    return found


def missing(folder: Path) -> dict[str, set[str]]:
    """What the files below a folder need and the folder does not hold, with who needs it."""
    here = {path.name for path in folder.rglob("*") if ".so" in path.name}
    return {soname: who for soname, who in needed(files(folder)).items() if soname not in here}


def unreached(entries: dict[str, str]) -> set[str]:
    """Which libraries of the system nobody asks for any more, once others were left out.

    `entries`: name inside the application -> file on this machine. Libraries that were taken from the system lie on
    the top; all that lies deeper is reached.
    """
    by_name = {Path(name).name: name for name in entries}
    reached = {
        name for name in entries if "/" in name or not re.match(r"lib.*\.so", name) or name.startswith("libpython")
    }
    waiting = list(reached)
    while waiting:
        path = Path(entries[waiting.pop()])
        if not path.is_file() or not _is_elf(path):
            continue
        for soname in needed([path]):
            name = by_name.get(soname)
            if name is not None and name not in reached:
                reached.add(name)
                waiting.append(name)
    return set(entries) - reached


def strip(paths: Iterable[Path]) -> None:
    """Take out what only a debugger reads."""
    for path in paths:
        subprocess.run(["strip", "--strip-unneeded", str(path)], check=True, capture_output=True)


def glibc(paths: Iterable[Path]) -> tuple[int, int]:
    """The oldest C library that all the files can live with."""
    versions = [(2, 0)]
    for path in paths:
        versions += [(int(major), int(minor)) for major, minor in _GLIBC.findall(_readelf("-V", path))]
    return max(versions)


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == MAGIC


def _readelf(option: str, path: Path) -> str:
    quiet = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(["readelf", option, "-W", str(path)], capture_output=True, text=True, env=quiet, check=True)
    return done.stdout
