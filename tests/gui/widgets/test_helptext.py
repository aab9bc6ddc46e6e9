"""A page of the manual: our own pictures and nothing else, links that are told and not followed, and a look."""

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.helptext import HelpText

IMAGE = QTextDocument.ResourceType.ImageResource.value
TABLE = "| a | b |\n|---|---|\n| 1 | 2 |\n"
TEXT = f"# Title\n\nSee [Train](train.md#loss) and `code`.\n\n## Loss\n\n{'Words. ' * 400}\n\n{TABLE}"


@pytest.fixture
def page(theme: Theme, qtbot: QtBot) -> HelpText:
    page = HelpText(theme)
    qtbot.addWidget(page)
    page.resize(600, 300)
    page.show()
    page.show_page("Title", TEXT)
    return page


def test_a_link_is_told_and_not_followed(page: HelpText, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.followed) as told:
        page.anchorClicked.emit(QUrl("train.md#loss"))
    assert told.args == ["train.md#loss"]
    assert "Title" in page.toPlainText()


def test_links_are_reached_by_tab_and_followed_by_enter(page: HelpText, qtbot: QtBot) -> None:
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_Tab)
    with qtbot.waitSignal(page.followed):
        qtbot.keyClick(page, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    "name",
    [
        "file:///etc/passwd",
        "http://example.com/a.png",
        "//evil/share.png",
        "pictures/../../themes/light.toml",
        "pictures/nothing.png",
        "../app.svg",
    ],
)
def test_nothing_but_our_own_pictures_is_loaded(page: HelpText, name: str) -> None:
    found = page.loadResource(IMAGE, QUrl(name))
    assert isinstance(found, QImage)
    assert found.isNull()


def test_our_own_pictures_fit_the_page(page: HelpText) -> None:
    found = page.loadResource(IMAGE, QUrl("pictures/train-setup.png"))
    assert isinstance(found, QImage)
    assert 0 < found.width() <= page.lineWrapColumnOrWidth()


def test_a_heading_can_be_gone_to(page: HelpText) -> None:
    page.show_page("Title", TEXT + "\n\n## End\n\nThe end.\n" + "More. " * 900, "end")
    assert page.verticalScrollBar().value() > 0
    assert not page.go_to("nonsense")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_links_have_the_accent_of_the_theme(page: HelpText, theme: Theme, mode: str) -> None:
    theme.set_mode(mode)
    block, found = page.document().begin(), []
    while block.isValid():
        parts = block.begin()
        while not parts.atEnd():
            if parts.fragment().charFormat().isAnchor():
                found.append(parts.fragment().charFormat().foreground().color())
            parts += 1
        block = block.next()
    theme.set_mode("light")
    assert len(found) == 1
    assert found[0].name().upper() == {"light": "#2554B4", "dark": "#8AB0FB"}[mode]


def test_the_title_is_its_name(page: HelpText) -> None:
    assert page.accessibleName() == "Title"
