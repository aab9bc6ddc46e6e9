"""What a person set up, as one JSON file: written whole, keys of later versions kept, a damaged file put aside."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from llmstudio.base import files, paths
from llmstudio.base.disk import DISK
from llmstudio.base.errors import UserError


def default_path() -> Path:
    """Where a person's settings are kept: in their own folder, not in a workspace that may travel."""
    named = os.environ.get("LLMSTUDIO_CONFIG")
    return (Path(named) if named else paths.user_config()) / "settings.json"


class Settings:
    """Reads once, writes at every change. `damaged` names the file put aside, if the settings could not be read.

    A window sets `later`: it is given each writing to do elsewhere, since a disk may take longer than a frame.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged: Path | None = None
        self.later: Callable[[Callable[[], None]], object] | None = None
        self._unwritten = False
        self._guard = threading.Lock()
        self._values = self._read()

    def _read(self) -> dict[str, Any]:
        if not self.path.exists():
            return {}
        try:
            values = files.read_json(self.path)
        except UserError:
            values = None
        if isinstance(values, dict):
            return values
        self._put_aside()
        return {}

    def _put_aside(self) -> None:
        aside = self.path.with_name(f"{self.path.name}.bad-{time.time_ns() // 1_000_000}")
        try:
            DISK.rename(self.path, aside)
        except OSError:  # a place that cannot be written: go on with what is built in
            return
        self.damaged = aside

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, or `default`."""
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Set a key to a JSON value and write the file, or have it written `later`. Raises `UserError` if it cannot
        be written.
        """
        if self._values.get(key) == value and key in self._values:
            return
        self._values = {**self._values, key: value}  # a new one: the old may be on its way to the disk
        self._unwritten = True
        if self.later is not None:
            self.later(self.flush)
        else:
            self.flush()

    def flush(self) -> None:
        """Write what is not on the disk yet. Any thread may call it; the newest values win."""
        with self._guard:
            if not self._unwritten:
                return
            self._unwritten = False
            with files.disk_faults(self.path):
                DISK.mkdir(self.path.parent)
            files.write_json(self.path, self._values)

    def keys(self) -> tuple[str, ...]:
        """All keys, known to this version or not."""
        return tuple(self._values)
