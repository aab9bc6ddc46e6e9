"""What the last probe measured of this machine: kept with the person's cache, not with a workspace that may travel."""

import functools
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from llmstudio.base import files, paths
from llmstudio.base.disk import DISK
from llmstudio.base.errors import UserError


def default_path() -> Path:
    """The file of this machine."""
    return paths.user_cache() / f"machine-{files.slug(platform.node())}.json"


@functools.cache
def stamp_here() -> str:
    """What makes a probe stale when it changes: the processor, its cores, and the library that computes."""
    try:
        torch = metadata.version("torch")
    except metadata.PackageNotFoundError:
        torch = ""
    return f"torch {torch}, {os.cpu_count()} cores, {platform.machine()} {platform.processor()}".strip()


def load(path: Path | None = None, *, stamp: str = "") -> dict[str, Any] | None:
    """The facts of the last probe; None if there is none, it is unreadable, or it was taken under another `stamp`.

    The probe of the machine itself, which has no path of its own, is stale on other hardware or another torch.
    """
    stamp = stamp or ("" if path else stamp_here())
    try:
        facts = files.read_json(path or default_path())
    except UserError:
        return None
    if not isinstance(facts, dict) or (stamp and facts.get("stamp") != stamp):
        return None
    return facts


def save(facts: dict[str, Any], path: Path | None = None, *, stamp: str = "") -> None:
    """Remember what a probe measured. Raises `UserError` if the place cannot be written."""
    place = path or default_path()
    stamp = stamp or ("" if path else stamp_here())
    with files.disk_faults(place):
        DISK.mkdir(place.parent)
    files.write_json(place, {**facts, "stamp": stamp})
