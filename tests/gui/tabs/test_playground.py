"""All parts of the Playground in the real window: names for all the keyboard reaches, nothing cut off, Tab leads on."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground import exchange
from llmstudio.gui.tabs.playground.page import PlaygroundPage
from llmstudio.gui.tabs.playground.versions import Alternative, Token
from llmstudio.gui.window import Window
from llmstudio.store import conversation
from llmstudio.store.chats import Shelf
from tests.end_to_end import looks
from tests.gui.tabs.chat_fixtures import CHATML
from tests.gui.tabs.desk import keep_model

SIZES = [(1280, 800), (1024, 700), (853, 533)]
PARTS = ["write", "chat", "tasks", "compare"]
HOSTILE = "<b>X</b><img src='http://example.org/x.png'> & so"
pytestmark = pytest.mark.usefixtures("tested_machine")


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    keep_model(session, "<b>X <img src=x.png> & so", chat=CHATML)
    keep_model(session, "Harbour 135M, a model with quite a long name")
    talk = conversation.said(conversation.begun(system=HOSTILE, model_title=HOSTILE), "user", HOSTILE)
    talk = conversation.said(talk, "assistant", HOSTILE, facts={"model": HOSTILE, "tokens": 1, "reason": "length"})
    shelf = Shelf(session.workspace)
    shelf.save(talk)
    token = Token(1, HOSTILE, 0.5, 0.5, (Alternative(2, HOSTILE, 0.4, 0.4),))
    shelf.save_tokens(talk, talk.leaf, exchange.pack([token]))
    window = Window(session, qapp)
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    window.show_tab("playground")
    yield window
    window.close_for_good()
    window.deleteLater()


def show(window: Window, part: str, qtbot: QtBot) -> PlaygroundPage:
    """A part with something in it."""
    page = window.page("playground")
    assert isinstance(page, PlaygroundPage)
    page.open(part="chat" if part == "compare" else part)
    page._compare(part == "compare") if part in ("chat", "compare") else None
    if page.chat.presenter.shelf.shown:
        page.chat.presenter.open(page.chat.presenter.shelf.shown[0].id)
    page.tasks.presenter.take_sample()
    qtbot.wait(20)
    return page


def reached(window: Window) -> list[QWidget]:
    found = []
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
            inner = isinstance(widget.parentWidget(), QAbstractScrollArea) and widget.focusProxy() is not None
            if not inner and type(widget) is not QScrollArea:
                found.append(widget)
    return found


@pytest.mark.parametrize("part", PARTS)
def test_everything_the_keyboard_reaches_has_a_name(window: Window, qtbot: QtBot, part: str) -> None:
    show(window, part, qtbot)
    for widget in reached(window):
        interface = QAccessible.queryAccessibleInterface(widget)
        name = interface.text(QAccessible.Text.Name) if interface is not None else widget.accessibleName()
        assert name.strip(), looks._name(widget)


@pytest.mark.parametrize("size", SIZES, ids=["L", "M", "S"])
def test_no_words_are_cut_off_at_any_size(window: Window, qtbot: QtBot, size: tuple[int, int]) -> None:
    window.resize(*size)
    for part in PARTS:
        show(window, part, qtbot)
        assert looks.clipped(window) == [], part
        assert looks.outside(window) == [], part


def test_zoom_keeps_all_words(window: Window, qtbot: QtBot) -> None:
    window.resize(1600, 1000)
    window.theme.set_zoom(1.25)
    for part in PARTS:
        show(window, part, qtbot)
        assert looks.clipped(window) == [], part
    window.theme.set_zoom(1.0)


def test_markup_from_outside_stays_text(window: Window, qtbot: QtBot) -> None:
    for part in PARTS:
        show(window, part, qtbot)
    guessing = [
        label for label in window.findChildren(QLabel) if label.textFormat() != Qt.TextFormat.PlainText and label.text()
    ]
    assert [looks._name(label) for label in guessing] == []
    page = show(window, "chat", qtbot)
    assert page.chat.card.transcript.turns[1].text.toPlainText() == HOSTILE
    assert page.chat.card.title.text() == conversation.title_of(HOSTILE)


@pytest.mark.parametrize("part", PARTS)
def test_tab_leads_through_the_part_and_out_again(window: Window, qtbot: QtBot, part: str) -> None:
    page = show(window, part, qtbot)
    window.rail.setFocus()
    qtbot.waitUntil(window.rail.hasFocus)
    seen: list[QWidget] = [window.rail]
    while len(seen) < 80:
        QTest.keyClick(seen[-1], Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused is seen[-1]:
            QTest.keyClick(focused, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
            focused = QApplication.focusWidget() or focused
        if focused is window.rail:
            break
        assert focused is not seen[-1], f"Tab is caught in {looks._name(focused)}"
        seen.append(focused)
    else:
        pytest.fail(f"Tab never comes back: {[looks._name(widget) for widget in seen[-6:]]}")
    assert page.segments in seen
    ways: dict[str, list[QWidget]] = {
        "write": [page.write.card.writing],
        "chat": [page.chat.list.list, page.chat.card.transcript, page.chat.card.composer.field],
        "tasks": [page.tasks.text.tasks, page.tasks.text.field, page.tasks.text.line],
        "compare": [page.compare.columns[0].picker, page.compare.columns[1].picker, page.compare.composer.field],
    }
    order = [seen.index(widget) for widget in ways[part]]
    assert order == sorted(order), "in the order the eye takes"


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_part_can_be_painted_in_both_themes(window: Window, qtbot: QtBot, mode: str) -> None:
    window.theme.set_mode(mode)
    for part in PARTS:
        show(window, part, qtbot)
        picture = window.grab().toImage()
        assert picture.pixelColor(window.rail.width() + 4, picture.height() // 2) == window.theme.colour("window")
    window.theme.set_mode("light")
