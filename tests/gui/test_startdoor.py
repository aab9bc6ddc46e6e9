"""What stands before the first window where a workspace cannot be opened."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.base.errors import UserError
from llmstudio.gui import app, startdoor
from llmstudio.gui.theme import Theme
from tests.gui.conftest import AnsweringDialogs

ERROR = UserError("/x cannot be written.", "Choose another folder.")


class Scripted(AnsweringDialogs):
    """Answers one after the other."""

    def __init__(self, theme: Theme, answers: list[str], folders: list[Path | None]) -> None:
        super().__init__(theme)
        self.answers, self.folders = answers, folders
        self.texts: list[str] = []

    def confirm(self, title: str, text: str, choices: object) -> str:  # type: ignore[override]
        self.texts.append(text)
        return self.answers.pop(0)

    def open_folder(self, title: str, start: Path | None = None) -> Path | None:
        return self.folders.pop(0)


def test_cause_and_remedy_are_told_and_another_folder_is_taken(theme: Theme, tmp_path: Path) -> None:
    dialogs = Scripted(theme, ["choose", "choose"], [None, tmp_path])
    assert startdoor.ask(dialogs, ERROR, Path("/x")) == tmp_path
    assert dialogs.texts == ["/x cannot be written. Choose another folder."] * 2


def test_trying_again_and_giving_up(theme: Theme) -> None:
    assert startdoor.ask(Scripted(theme, ["again"], []), ERROR, Path("/x")) == Path("/x")
    assert startdoor.ask(Scripted(theme, [""], []), ERROR, Path("/x")) is None


def test_where_nobody_sits_the_error_is_left_to_the_terminal(theme: Theme, tmp_path: Path) -> None:
    assert not startdoor.somebody_there()
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="not a folder"):
        app._opened(tmp_path / "file")


def test_the_application_goes_on_in_the_folder_that_was_chosen(
    theme: Theme, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tested_machine: None
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setattr(startdoor, "somebody_there", lambda: True)
    told: list[str] = []

    def ask(_dialogs: object, error: UserError, _root: Path) -> Path:
        told.append(error.message)
        return tmp_path / "good"

    monkeypatch.setattr(startdoor, "ask", ask)
    studio = app._opened(tmp_path / "file")
    assert studio is not None
    assert studio._window.session.workspace.root == tmp_path / "good"
    assert told == [f"{tmp_path / 'file'} is a file, not a folder."]
    studio._window.close_for_good()
    monkeypatch.setattr(startdoor, "ask", lambda *_: None)
    assert app._opened(tmp_path / "file") is None


@pytest.mark.parametrize("stamp", ['{"version": 99}'])
def test_a_workspace_of_a_later_version_is_such_a_case(tmp_path: Path, stamp: str) -> None:
    (tmp_path / "workspace.json").write_text(stamp)
    with pytest.raises(UserError, match="later version"):
        app._opened(tmp_path)
