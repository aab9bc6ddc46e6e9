"""The window looks as it did: twenty-five pictures of its tabs, empty and filled, in both themes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.window import Window
from tests.gui.everyone import stage
from tests.gui.looks import album

pytestmark = pytest.mark.usefixtures("tested_machine")
EMPTY = ("data", "tokenizer", "train", "finetune", "playground", "evaluate", "models", "runs", "server")
FILLED = ("data", "tokenizer", "train", "playground", "evaluate", "models", "runs", "server")
DARK = ("data", "tokenizer", "train", "evaluate", "models", "runs")


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    window = Window(session, qapp)
    window.setWindowTitle("LLM Studio")
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(window.isVisible)
    yield window
    stage.rest(window, qtbot)
    window.theme.set_mode("light")
    window.close_for_good()
    window.deleteLater()


def look(window: Window, name: str, qtbot: QtBot, aside: Path) -> str:
    """Compare the window as it is now with the picture of this name."""
    stage.settle(window, qtbot)
    window.toasts.clear()
    window.setFocus()
    taken = [album.take(window)]

    def still() -> bool:
        """Plots find their place after they were drawn."""
        taken.append(album.take(window))
        return album.differing(taken[-1], taken[-2]) == 0

    qtbot.wait(60)
    qtbot.waitUntil(still, timeout=10_000)
    return album.check(name, taken[-1], aside)


def looks_of(window: Window, keys: tuple[str, ...], part: str, qtbot: QtBot, aside: Path) -> list[str]:
    """What is wrong with the pictures of some tabs."""
    found = []
    for key in keys:
        stage.show(window, key, qtbot)
        if key == "train" and part != "empty":
            window.session.go("train", run=_finished(window))
        found.append(look(window, f"{key}-{part}", qtbot, aside))
    return [fault for fault in found if fault]


def _finished(window: Window) -> str:
    from llmstudio.store import run

    return next(state.id for state in run.list_runs(window.session.workspace) if state.status == "finished")


def test_looks_of_a_new_workspace(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    window.show_welcome()
    found = [look(window, "welcome-light", qtbot, tmp_path)]
    found += looks_of(window, EMPTY, "empty", qtbot, tmp_path)
    window.session.go("manual", page="train")
    found.append(look(window, "manual-light", qtbot, tmp_path))
    window.theme.set_mode("dark")
    window.show_welcome()
    found.append(look(window, "welcome-dark", qtbot, tmp_path))
    assert [fault for fault in found if fault] == []


def test_looks_of_a_filled_workspace(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    stage.fill(window.session)
    found = looks_of(window, FILLED, "light", qtbot, tmp_path)
    window.theme.set_mode("dark")
    found += looks_of(window, DARK, "dark", qtbot, tmp_path)
    assert found == []


def test_a_button_that_vanished_is_seen(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    page = stage.show(window, "settings", qtbot)
    before = album.take(window)
    assert album.differing(before, album.take(window)) == 0
    button = next(one for one in page.findChildren(QWidget) if one.isVisible() and one.width() > 100 > one.height())
    button.hide()
    assert album.differing(before, album.take(window)) > album.MOST


def test_the_kept_pictures_are_few_and_small() -> None:
    kept = list(album.HERE.glob("*.png"))
    assert 20 <= len(kept) <= 30
    assert sum(path.stat().st_size for path in kept) < 3_000_000
