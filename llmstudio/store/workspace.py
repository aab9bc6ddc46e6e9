"""The folder that holds everything a person makes: its layout, its version, and the lock that binds windows."""

import errno
import os
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.base.locks import FileLock

VERSION = 2
"""2: every run that has ended carries a summary. `store.upgrade` brings earlier ones here."""
LOCK = ".lock"
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)
FOLDERS = ("datasets", "tokenizers", "models", "runs", "chats", "exports", "trash")


@dataclass(frozen=True)
class Workspace:
    """An open workspace. Made by `open`; `read_only` if another window has it, or if it is `unwritable`.

    `backup` is what was saved before it was upgraded just now.
    """

    root: Path
    read_only: bool = False
    unwritable: bool = False
    backup: Path | None = field(default=None, compare=False)
    _lock: FileLock | None = field(default=None, repr=False, compare=False)

    @staticmethod
    def open(root: Path, *, window: bool = False) -> "Workspace":
        """Open the workspace at `root`, making it if it is not there. Only windows take its lock, and they may look at
        one that cannot be written. One of an earlier format is upgraded, after a backup.

        Raises `UserError` if the place is no folder, cannot be written, was made by a later version, or cannot be
        upgraded.
        """
        root = Path(os.path.abspath(root.expanduser()))  # noqa: PTH100 - resolve() would follow links
        _make_layout(root)
        lock = FileLock(root / LOCK)
        try:
            taken = lock.acquire() if window else _touch(lock.path)
        except OSError as error:
            if window and error.errno in _REFUSED:
                return Workspace(root, read_only=True, unwritable=True)
            raise files.explain(error, root) or error from error
        if window and not taken:
            return Workspace(root, read_only=True)
        try:
            backup = _upgraded(root, lock)
        except BaseException:
            lock.release()
            raise
        if window:
            _sweep(root)
        return Workspace(root, backup=backup, _lock=lock if window else None)

    def close(self) -> None:
        """Give the window's lock back; no error if there is none."""
        if self._lock is not None:
            self._lock.release()

    @property
    def datasets(self) -> Path:
        """One folder for each dataset."""
        return self.root / "datasets"

    @property
    def tokenizers(self) -> Path:
        """One folder for each tokenizer."""
        return self.root / "tokenizers"

    @property
    def models(self) -> Path:
        """One folder for each model."""
        return self.root / "models"

    @property
    def runs(self) -> Path:
        """One folder for each run."""
        return self.root / "runs"

    @property
    def chats(self) -> Path:
        """One folder for each conversation."""
        return self.root / "chats"

    @property
    def exports(self) -> Path:
        """Where exports go unless the user says otherwise."""
        return self.root / "exports"

    @property
    def trash(self) -> Path:
        """What was deleted and can be brought back."""
        return self.root / "trash"


def _make_layout(root: Path) -> None:
    _refuse_odd_bytes(root)
    with files.disk_faults(root):
        if root.exists() and not root.is_dir():
            raise UserError(f"{root} is a file, not a folder.", "Choose a folder for the workspace.")
        _refuse_later_version(root / "workspace.json")
        try:
            for name in FOLDERS:
                (root / name).mkdir(parents=True, exist_ok=True)
        except FileNotFoundError as error:  # a place that lets nobody make folders, such as /proc
            raise UserError(f"{root} cannot be made there.", "Choose another folder.") from error
        except (NotADirectoryError, FileExistsError) as error:
            raise UserError(
                f"{root} cannot hold a workspace: a file is in the way.", "Choose another folder."
            ) from error
        if not (root / "workspace.json").exists():
            created = datetime.now(UTC).isoformat(timespec="seconds")
            files.write_json(
                root / "workspace.json", {"version": VERSION, "id": secrets.token_hex(8), "created": created}
            )


def _upgraded(root: Path, lock: FileLock) -> Path | None:
    """Bring a workspace of an earlier format here; the backup. Nobody else may have a window on it meanwhile."""
    from llmstudio.store import upgrade  # seldom needed, and it stands on this module

    if not upgrade.needed(root):
        return None
    mine = not lock.held
    if not lock.acquire():
        raise UserError(
            f"The workspace {root} is of an earlier format, and a window has it open.",
            "Close that window; the workspace is upgraded then, after a backup.",
        )
    try:
        return upgrade.run_steps(root)
    finally:
        if mine:
            lock.release()


def _refuse_odd_bytes(root: Path) -> None:
    """Only Linux lets bytes into a path that are no UTF-8, and the database cannot open such files."""
    try:
        str(root).encode("utf-8")
    except UnicodeEncodeError as error:
        shown = os.fsencode(root).decode("utf-8", "replace")
        raise UserError(f"The path {shown} is not UTF-8.", "Rename the folder, or choose another one.") from error


def _refuse_later_version(path: Path) -> None:
    try:
        facts = files.read_json(path) if path.exists() else {}
    except UserError:  # a damaged stamp holds nothing of worth
        if path.is_dir():
            raise UserError(f"{path} is a folder, not a file.", "Move it away, or choose another folder.") from None
        path.unlink(missing_ok=True)
        return
    version = facts.get("version", VERSION) if isinstance(facts, dict) else VERSION
    if isinstance(version, int) and version > VERSION:
        raise UserError(
            f"The workspace {path.parent} was made by a later version of LLM Studio.",
            "Update LLM Studio, or choose another folder.",
        )


def _touch(path: Path) -> bool:
    """Opens the lock file for writing, which shows that the place can be written even when the disk is full."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o666))
    return True


def _sweep(root: Path) -> None:
    for name in FOLDERS:
        files.sweep(root / name)
