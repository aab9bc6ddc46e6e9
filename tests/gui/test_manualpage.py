"""The manual in the window: pages, links, a search, the page before, and the way back to work."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from llmstudio.gui import manual
from llmstudio.gui.manualpage import FIRST, ManualPage
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.sections import KEY
from llmstudio.gui.window import Window


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    window = Window(session, qapp)
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    window.show_tab("settings")
    yield window
    qtbot.waitUntil(lambda: not session.background.busy())
    window.close_for_good()
    window.deleteLater()


@pytest.fixture
def page(window: Window) -> ManualPage:
    window.session.go("manual", page="train")
    page = window.current_page()
    assert isinstance(page, ManualPage)
    return page


def test_it_lies_over_the_tabs_and_leads_back(window: Window, page: ManualPage) -> None:
    assert window.rail.current() == ""
    assert page.text.accessibleName() == "Train"
    assert page.escape()
    assert window.rail.current() == "settings"
    assert window.session.settings.get("window.tab") == "settings"


def test_every_page_is_listed_and_shown(page: ManualPage) -> None:
    listed = [str(page.list.item(row).data(KEY)) for row in range(page.list.count())]
    assert listed == [name for name, _ in manual.pages()]
    for row, name in enumerate(listed):
        page.list.setCurrentRow(row)
        assert page.page == name
        assert len(page.text.toPlainText()) > 100


def test_links_lead_to_pages_and_places_and_nowhere_else(page: ManualPage) -> None:
    page.follow("glossary.md#perplexity")
    assert page.page == "glossary"
    assert page.text.verticalScrollBar().value() > 0
    for target in ("https://example.com", "file:///etc/passwd", "../../README.md"):
        page.follow(target)
        assert page.page == "glossary"
    page.go_back()
    assert page.page == "train"
    assert not page.back.isEnabled()


def test_a_search_finds_places(page: ManualPage, qtbot: QtBot) -> None:
    assert page.search()
    page.search_field.setText("perplexity")
    assert page.lists.currentWidget() is page.found
    page.found.itemActivated.emit(page.found.item(0))
    assert page.page == "glossary"
    page.search_field.setText("qqq")
    assert page.found.item(0).text() == "Nothing found"
    page.found.itemActivated.emit(page.found.item(0))  # leads nowhere
    page.search_field.clear()
    assert page.lists.currentWidget() is page.list


def test_an_unknown_page_is_the_first(page: ManualPage) -> None:
    page.open(page="nonsense")
    assert page.page == FIRST


def test_small_windows_have_a_picker(page: ManualPage) -> None:
    page.fit("S")
    assert page.side.isHidden()
    assert not page.picker.isHidden()
    assert not page.search()
    page.picker.chosen.emit("glossary")
    assert page.page == "glossary"
