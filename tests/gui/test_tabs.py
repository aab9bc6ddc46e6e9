"""All tabs as they are, in the real window: no clipped words at any size, no window that flashes up, no torch."""

import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.tabs import registry
from llmstudio.gui.widgets.page import TabPage
from llmstudio.gui.window import Window
from tests.data.corpus import make_dataset
from tests.end_to_end import looks

KEYS = [tab.key for tab in registry.TABS]
SIZES = [(1280, 800), (1024, 700), (853, 533)]
pytestmark = pytest.mark.usefixtures("tested_machine")


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    window = Window(session, qapp)
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.close_for_good()
    window.deleteLater()


def rest(window: Window, qtbot: QtBot) -> None:
    """Until nothing is under way in the background."""
    qtbot.waitUntil(lambda: not window.session.background.busy(), timeout=20_000)


def fill(session: Session) -> None:
    """A small dataset, so that tabs show what they show with data."""
    texts = [f"Story {at}. The boat came home, and Mira laughed at <b>the</b> bell." for at in range(40)]
    make_dataset(session.workspace.datasets / "stories", texts)
    session.changed("dataset")


@pytest.mark.parametrize("size", SIZES, ids=["L", "M", "S"])
def test_no_words_are_cut_off_at_any_size(window: Window, qtbot: QtBot, size: tuple[int, int]) -> None:
    fill(window.session)
    window.resize(*size)
    for key in KEYS:
        window.show_tab(key)
        rest(window, qtbot)
        qtbot.wait(20)
        assert looks.clipped(window) == [], key
        assert looks.outside(window) == [], key


class Doorkeeper(QObject):
    """Notes every window that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at what is shown, and let it pass."""
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(looks._name(watched))
        return False


def test_making_a_tab_flashes_no_window_up(window: Window, qapp: QApplication, qtbot: QtBot) -> None:
    fill(window.session)
    keeper = Doorkeeper()
    qapp.installEventFilter(keeper)
    for key in KEYS:
        window.show_tab(key)
        rest(window, qtbot)
    qapp.removeEventFilter(keeper)
    assert keeper.seen == []


def test_every_page_says_who_it_is_and_brings_no_torch(window: Window) -> None:
    for key in KEYS:
        page = window.page(key)
        assert isinstance(page, TabPage)
        assert page.objectName() == key
    # Other tests of this process may have loaded it; what tabs import is looked at by name.
    ours = [name for name in sys.modules if name.startswith("llmstudio.gui.tabs")]
    assert ours
    assert not any(hasattr(sys.modules[name], "torch") for name in ours)
