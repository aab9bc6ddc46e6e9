"""The header shows what its page asks for, and gives widgets back to it."""

from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.widgets.headerbar import HeaderBar
from llmstudio.gui.widgets.page import Header
from llmstudio.gui.widgets.picker import Picker
from tests.gui.fakes import DataTab


class Changing(DataTab):
    """A tab whose header changes."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.picker = Picker(session.theme, "Dataset")
        self.now = Header("first", None, [self.go])

    def header(self) -> Header:
        return self.now


def test_the_header_follows_its_page(session: Session, qtbot: QtBot) -> None:
    page = Changing(session)
    qtbot.addWidget(page)
    bar = HeaderBar(page)
    qtbot.addWidget(bar)
    bar.resize(900, 64)
    bar.show()
    assert (bar.title.text(), bar.subtitle.full_text) == ("Data", "first")
    assert page.go.isVisible()
    page.now = Header("second", page.picker, [page.quiet], title="Other")
    page.header_changed.emit()
    assert bar.title.text() == "Other"
    assert not page.go.isVisible()
    assert page.go.parentWidget() is page
    assert page.picker.isVisible()
    order = [w for w in bar.findChildren(QWidget) if w in (page.picker, page.quiet)]
    assert page.picker.x() < page.quiet.x()
    assert len(order) == 2


def test_small_windows_have_a_lower_header(session: Session, qtbot: QtBot) -> None:
    bar = HeaderBar(DataTab(session))
    qtbot.addWidget(bar)
    bar.fit("S")
    assert bar.height() == 52
    bar.fit("X")
    assert bar.height() == 64
    assert bar.findChildren(QPushButton)
