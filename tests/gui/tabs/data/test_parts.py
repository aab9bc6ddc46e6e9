"""Pages of the Data tab are made when they are first wanted, fitted to the window as it is by then."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.data.parts import Parts


def test_only_the_overview_is_made_at_first(qtbot: QtBot, session: Session) -> None:
    parts = Parts(session)
    qtbot.addWidget(parts)
    parts.fit("L")
    assert list(parts.pages) == ["overview"]
    assert parts.current() == "overview"


def test_a_page_is_made_once_told_of_and_fitted(qtbot: QtBot, session: Session) -> None:
    parts = Parts(session)
    qtbot.addWidget(parts)
    parts.fit("S")
    assert list(parts.pages) == ["overview", "statistics"]
    made: list[str] = []
    parts.made.connect(made.append)
    parts.show_part("split")
    assert (parts.current(), made) == ("split", ["split"])
    assert parts.split.body.contentsMargins().left() == 16
    parts.show_part("overview")
    parts.show_part("split")
    assert made == ["split"]
