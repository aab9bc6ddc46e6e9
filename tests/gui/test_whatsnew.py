"""What is new is told once after an update, and never on the first start."""

import re

from pytestqt.qtbot import QtBot

from llmstudio import __version__
from llmstudio.gui import manual, whatsnew
from llmstudio.gui.session import Session


def test_the_first_start_tells_nothing(session: Session) -> None:
    assert not whatsnew.tell(session, "0.1.0")
    assert not whatsnew.tell(session, "0.1.0")
    assert session.notices.history == []


def test_an_update_is_told_once_and_leads_to_the_page(session: Session, qtbot: QtBot) -> None:
    session.settings.set(whatsnew.SEEN, "0.1.0")
    assert whatsnew.tell(session, "0.2.0")
    assert not whatsnew.tell(session, "0.2.0")
    (notice,) = session.notices.history
    assert notice.text == "LLM Studio is now version 0.2.0"
    assert notice.action is not None
    with qtbot.waitSignal(session.go_requested) as gone:
        notice.action.run()
    assert gone.args == ["manual", {"page": whatsnew.PAGE}]


def test_the_page_begins_with_this_version() -> None:
    versions = re.findall(r"^## (.+)$", manual.read(whatsnew.PAGE), flags=re.MULTILINE)
    assert versions[0] == __version__
