"""A widget that vanishes with the keyboard leaves it to its page."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea, QStackedWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui import keyboard
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.popover import Popover


class Host(QWidget):
    """A button outside of a page, and a page with two."""

    def __init__(self) -> None:
        super().__init__()
        self.page = QWidget()
        self.outside, self.first, self.second = (QPushButton(words) for words in ("outside", "first", "second"))
        inner = QVBoxLayout(self.page)
        inner.addWidget(self.first)
        inner.addWidget(self.second)
        column = QVBoxLayout(self)
        column.addWidget(self.page)
        column.addWidget(self.outside)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """As the window does."""
        return keyboard.left_to(self.page) or super().focusNextPrevChild(forward)


class Pages(QWidget):
    """A tab with a stack of two pages, and a button outside of it."""

    def __init__(self) -> None:
        super().__init__()
        self.tab, self.stack, self.outside = QWidget(), QStackedWidget(), QPushButton("outside")
        self.first, self.second = QPushButton("first"), QWidget()
        self.first.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.start = QPushButton("start", self.first)
        self.other, self.main = QPushButton("other"), QPushButton("main")
        inner = QVBoxLayout(self.second)
        for button in (self.other, self.main):
            inner.addWidget(button)
        for page in (self.first, self.second):
            self.stack.addWidget(page)
        QVBoxLayout(self.tab).addWidget(self.stack)
        column = QVBoxLayout(self)
        column.addWidget(self.tab)
        column.addWidget(self.outside)


@pytest.fixture
def host(qapp: QApplication, qtbot: QtBot) -> Host:
    host = Host()
    qtbot.addWidget(host)
    host.show()
    qtbot.waitUntil(host.isActiveWindow)
    return host


@pytest.mark.parametrize("vanish", [lambda one: one.hide(), lambda one: one.setEnabled(False)])
@pytest.mark.parametrize("which", ["second", "outside"])
def test_the_page_takes_what_vanished(host: Host, which: str, vanish: Callable[[QWidget], None]) -> None:
    widget: QPushButton = getattr(host, which)
    widget.setFocus()
    vanish(widget)
    assert QApplication.focusWidget() is host.page
    QTest.keyClick(host.page, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is host.first


@pytest.fixture
def pages(qapp: QApplication, qtbot: QtBot) -> Pages:
    pages = Pages()
    qtbot.addWidget(pages)
    pages.show()
    qtbot.waitUntil(pages.isActiveWindow)
    return pages


@pytest.mark.parametrize("had", ["start", "first", "tab"])
def test_a_page_that_comes_gives_the_keyboard_to_its_main_thing(pages: Pages, had: str) -> None:
    getattr(pages, had).setFocus()
    keyboard.turn_to(pages.stack, pages.second, pages.main)
    assert QApplication.focusWidget() is pages.main
    pages.other.setFocus()
    keyboard.turn_to(pages.stack, pages.second, pages.main)  # it is there already
    assert QApplication.focusWidget() is pages.other


def test_a_page_that_comes_takes_the_keyboard_from_nobody_else(pages: Pages) -> None:
    pages.outside.setFocus()
    keyboard.turn_to(pages.stack, pages.second, pages.main)
    assert QApplication.focusWidget() is pages.outside


def test_tab_goes_on_as_ever(host: Host) -> None:
    host.first.setFocus()
    QTest.keyClick(host.first, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is host.second


def test_without_a_page_nothing_is_kept() -> None:
    assert not keyboard.left_to(None)


@pytest.fixture
def late(host: Host) -> Host:
    """A host whose page got another button after everything else was made."""
    host.third = QPushButton("third")  # type: ignore[attr-defined]
    layout = host.page.layout()
    assert layout is not None
    layout.addWidget(host.third)  # type: ignore[attr-defined]
    return host


def press(host: Host, forward: bool = True) -> QWidget | None:
    """What has the keyboard after a Tab."""
    assert keyboard.go_on(host, (host.page, host.outside), forward)
    return QApplication.focusWidget()


def test_tab_goes_by_region_however_late_a_thing_was_made(late: Host, qtbot: QtBot) -> None:
    third: QPushButton = late.third  # type: ignore[attr-defined]
    qtbot.waitUntil(third.isVisible)
    late.second.setFocus()
    assert [press(late) for _ in range(3)] == [third, late.outside, late.first]
    assert [press(late, forward=False) for _ in range(2)] == [late.outside, third]


def test_from_a_page_tab_goes_into_it(host: Host) -> None:
    host.page.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    host.page.setFocus()
    assert press(host) is host.first
    host.page.setFocus()
    assert press(host, forward=False) is host.outside


def test_inside_a_popover_tab_goes_round(host: Host, theme: Theme, qtbot: QtBot) -> None:
    popover = Popover(theme, host)
    one, two = QPushButton("one"), QPushButton("two")
    for button in (one, two):
        popover.body.addWidget(button)
    popover.open_at(host.first)
    one.setFocus()
    assert [press(host) for _ in range(2)] == [two, one]
    popover.dismiss()


def test_without_anything_to_go_to_it_is_left_to_qt(host: Host) -> None:
    host.page.hide()
    host.outside.setFocus()
    assert not keyboard.go_on(host, (host.page, host.outside), forward=True)


def test_what_tab_reaches_in_another_scroll_area_comes_into_view(qapp: QApplication, qtbot: QtBot) -> None:
    host, area, inside = QWidget(), QScrollArea(), QWidget()
    qtbot.addWidget(host)
    before, deep = QPushButton("before"), QPushButton("deep")
    inner = QVBoxLayout(inside)
    inner.addSpacing(900)
    inner.addWidget(deep)
    area.setWidget(inside)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    column = QVBoxLayout(host)
    column.addWidget(before)
    column.addWidget(area)
    host.resize(300, 200)
    host.show()
    qtbot.waitUntil(host.isActiveWindow)
    before.setFocus()
    assert deep.visibleRegion().isEmpty()
    assert keyboard.go_on(host, [host], True)
    assert QApplication.focusWidget() is deep
    assert deep.visibleRegion().boundingRect() == deep.rect()
