"""The archives beside this file: workspaces as earlier versions wrote them."""

import zipfile
from pathlib import Path

FOLDER = Path(__file__).parent


def archives() -> list[Path]:
    """All of them, oldest first."""
    return sorted(FOLDER.glob("format-*.zip"))


def unpack(archive: Path, folder: Path) -> Path:
    """A fresh copy of one; the workspace's folder."""
    root = folder / archive.stem
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(root)
    return root
