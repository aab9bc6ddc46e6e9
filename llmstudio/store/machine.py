"""What the last probe measured of this machine: kept with the person's cache, not with a workspace that may travel."""

import platform
from pathlib import Path
from typing import Any

from llmstudio.base import files, paths
from llmstudio.base.disk import DISK
from llmstudio.base.errors import UserError


def default_path() -> Path:
    """The file of this machine."""
    return paths.user_cache() / f"machine-{files.slug(platform.node())}.json"


def load(path: Path | None = None, *, stamp: str = "") -> dict[str, Any] | None:
    """The facts of the last probe; None if there is none, it is unreadable, or it was taken under another `stamp`.

    The stamp names what makes a probe stale, such as the versions of torch and of the driver.
    """
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
    with files.disk_faults(place):
        DISK.mkdir(place.parent)
    files.write_json(place, {**facts, "stamp": stamp})
