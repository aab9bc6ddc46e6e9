"""All tabs as they are, in the real window: names for all the keyboard reaches, and no clipped words."""

import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QLabel, QScrollArea, QWidget
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


def reached(window: Window) -> list[QWidget]:
    """What the keyboard can reach now."""
    found = []
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
            inner = isinstance(widget.parentWidget(), QAbstractScrollArea) and widget.focusProxy() is not None
            if not inner and not isinstance(widget, QScrollArea):
                found.append(widget)
    return found


@pytest.mark.parametrize("full", [False, True], ids=["empty", "filled"])
def test_everything_the_keyboard_reaches_has_a_name(window: Window, qtbot: QtBot, full: bool) -> None:
    if full:
        fill(window.session)
    for key in KEYS:
        window.show_tab(key)
        rest(window, qtbot)
        for widget in reached(window):
            interface = QAccessible.queryAccessibleInterface(widget)
            name = interface.text(QAccessible.Text.Name) if interface is not None else widget.accessibleName()
            assert name.strip(), looks._name(widget)


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


def test_labels_never_guess_rich_text(window: Window, qtbot: QtBot) -> None:
    fill(window.session)
    for key in KEYS:
        window.show_tab(key)
        rest(window, qtbot)
    guessing = [
        label for label in window.findChildren(QLabel) if label.textFormat() != Qt.TextFormat.PlainText and label.text()
    ]
    assert [looks._name(label) for label in guessing] == []


def test_tab_leads_into_every_page_and_out_again(window: Window, qtbot: QtBot) -> None:
    for key in KEYS:
        window.show_tab(key)
        rest(window, qtbot)
        window.rail.setFocus()
        qtbot.waitUntil(window.rail.hasFocus)
        walk_around(window, qtbot)


def walk_around(window: Window, qtbot: QtBot) -> None:
    """Press Tab until the rail has the keyboard again."""
    seen: list[QWidget] = [window.rail]
    while len(seen) < 120:
        qtbot.keyClick(seen[-1], Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None, f"Tab on {looks._name(seen[-1])} leads nowhere"
        if focused is window.rail:
            return
        if focused is seen[-1]:  # a text field that takes tabs as text: Ctrl+Tab leaves it
            qtbot.keyClick(focused, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
            focused = QApplication.focusWidget() or focused
        assert focused is not seen[-1], f"Tab is caught in {looks._name(focused)}"
        seen.append(focused)
    pytest.fail(f"Tab never comes back: {[looks._name(widget) for widget in seen[-6:]]}")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_tab_can_be_painted_in_both_themes(window: Window, qtbot: QtBot, mode: str) -> None:
    fill(window.session)
    window.theme.set_mode(mode)
    for key in KEYS:
        window.show_tab(key)
        rest(window, qtbot)
        picture = window.grab().toImage()
        ground = window.theme.colour("window")
        assert picture.pixelColor(window.rail.width() + 4, picture.height() // 2) == ground, key
    window.theme.set_mode("light")


def test_zoom_keeps_all_words(window: Window, qtbot: QtBot) -> None:
    window.resize(1600, 1000)
    window.theme.set_zoom(1.25)
    for key in KEYS:
        window.show_tab(key)
        rest(window, qtbot)
        qtbot.wait(20)
        assert looks.clipped(window) == [], key
    window.theme.set_zoom(1.0)


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
