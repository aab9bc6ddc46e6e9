"""The filled tab in the real window: nothing is cut off, everything has a name, Tab leads through."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.evaluate.page import EvaluatePage
from llmstudio.gui.window import Window
from tests.end_to_end import looks
from tests.gui.reaching import reached, walk_around
from tests.gui.tabs import evaluate_fixtures as fixtures

SIZES = [(1280, 800), (1024, 700), (853, 533)]
pytestmark = pytest.mark.usefixtures("tested_machine")


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    fixtures.texts(session.workspace)
    fixtures.instructions(session.workspace)
    fixtures.moods(session.workspace)
    window = Window(session, qapp)
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    window.show_tab("evaluate")
    rest(window, qtbot)
    yield window
    window.close_for_good()
    window.deleteLater()


def rest(window: Window, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.session.background.busy(), timeout=20_000)
    qtbot.wait(20)


def page_of(window: Window) -> EvaluatePage:
    page = window.page("evaluate")
    assert isinstance(page, EvaluatePage)
    return page


def told(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else widget.accessibleName()


def views(page: EvaluatePage) -> Iterator[str]:
    """Every way to look at the tab at its size."""
    for table in page.found.tables:
        page.picker.set_current(table.key)
        page.render_all()
        yield table.task
        for kind in [entry.key for entry in page.details.curves.kind.entries]:
            page.details.curves.kind.set_current(kind)
            page.details.curves.kind.chosen.emit(kind)
            yield f"{table.task} {kind}"
        if page.size_class != "L":
            page.parts.set_current("compare")
            for part in ("bars", "curves", "rows"):
                page.details.parts.set_current(part)
                yield f"{table.task} {part}"
            page.parts.set_current("figures")


@pytest.mark.parametrize("size", SIZES, ids=["L", "M", "S"])
def test_nothing_is_cut_off_and_everything_has_a_name(window: Window, qtbot: QtBot, size: tuple[int, int]) -> None:
    window.resize(*size)
    for name in views(page_of(window)):
        rest(window, qtbot)
        assert looks.clipped(window) == [], name
        assert looks.outside(window) == [], name
        assert [looks._name(widget) for widget in reached(window) if not told(widget).strip()] == [], name


def test_tab_leads_through_the_filled_page(window: Window, qtbot: QtBot) -> None:
    window.rail.setFocus()
    qtbot.waitUntil(window.rail.hasFocus)
    walk_around(window, qtbot)


def test_dark_and_the_keys_of_the_palette(window: Window, qtbot: QtBot) -> None:
    window.theme.set_mode("dark")
    rest(window, qtbot)
    picture = window.grab().toImage()
    assert picture.pixelColor(window.rail.width() + 4, picture.height() // 2) == window.theme.colour("window")
    window.theme.set_mode("light")
    actions = {action.id: action for action in window.actions_now()}
    assert {"evaluate.new", "evaluate.export", "evaluate.measures"} <= set(actions)
