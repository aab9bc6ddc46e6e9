"""What stands before the first window: a workspace that cannot be opened is told, and another one can be chosen."""

from pathlib import Path

from PySide6.QtGui import QGuiApplication

from llmstudio.base.errors import UserError
from llmstudio.gui.dialogs import Dialogs

UNSEEN = frozenset({"offscreen", "minimal"})  # platforms of Qt that nobody sits before


def somebody_there() -> bool:
    """Whether a person could answer."""
    return QGuiApplication.platformName() not in UNSEEN


def ask(dialogs: Dialogs, error: UserError, root: Path) -> Path | None:
    """Tell why the workspace at `root` cannot be opened; the folder to try next, or None to end the program."""
    while True:
        answer = dialogs.confirm(
            "Where should your work be kept?",
            str(error),
            [
                ("choose", "Choose another folder", "primary"),
                ("again", "Try again", "second"),
                ("", "Quit", "second"),
            ],
        )
        if answer == "again":
            return root
        if answer != "choose":
            return None
        folder = dialogs.open_folder("Choose a folder for your work", Path.home())
        if folder is not None:
            return folder
