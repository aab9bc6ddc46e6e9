"""What every tab has by itself."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.widgets.page import Command, Header, TabPage
from tests.gui.fakes import DataTab


def test_a_bare_page_does_nothing_wrong(session: Session, qtbot: QtBot) -> None:
    page = TabPage(session)
    qtbot.addWidget(page)
    page.shown()
    page.hidden()
    page.open(anything=1)
    page.fit("S")
    page.primary()
    assert page.header() == Header()
    assert page.commands() == []
    assert not page.escape()
    assert not page.search()


def test_control_enter_presses_the_primary_button(session: Session, qtbot: QtBot) -> None:
    page = DataTab(session)
    qtbot.addWidget(page)
    page.show()
    page.primary()
    qtbot.waitUntil(lambda: page.pressed == 1)
    assert page.objectName() == "data"


def test_commands_can_run_unless_they_say_why_not() -> None:
    assert Command("a", "A").enabled() == ""
