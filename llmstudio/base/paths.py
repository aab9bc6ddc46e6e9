"""Where the application's own resources lie, and where a person's files go."""

import os
import sys
from pathlib import Path

import platformdirs

from llmstudio.base.errors import UserError

APP = "LLM Studio"


def resource(name: str) -> Path:
    """The path of a bundled resource such as `icons/data.svg`.

    Raises UserError where the installation lacks it.
    """
    for root in _resource_roots():
        path = root / name
        if path.exists():
            return path
    raise UserError(f"The file {name} is missing from this installation.", "Install LLM Studio again.")


def _resource_roots() -> list[Path]:
    package = Path(__file__).resolve().parent.parent
    roots = [package / "_resources", package.parent / "resources"]
    frozen = getattr(sys, "_MEIPASS", None)
    return [Path(frozen) / "resources", *roots] if frozen else roots


def default_workspace() -> Path:
    """The folder that holds a person's work unless they say otherwise."""
    named = os.environ.get("LLMSTUDIO_WORKSPACE")
    return Path(named).expanduser() if named else Path.home() / APP


def user_config() -> Path:
    """Folder of settings that belong to the person rather than to a workspace."""
    return platformdirs.user_config_path(APP, appauthor=False)


def user_cache() -> Path:
    """Folder of files that can be made again."""
    return platformdirs.user_cache_path(APP, appauthor=False)


def user_log() -> Path:
    """Folder of log files."""
    return platformdirs.user_log_path(APP, appauthor=False)
