"""The sheet of a foreign chat template: it shows the text, and what is decided is kept."""

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.data import chat_trust
from llmstudio.gui import templates
from llmstudio.gui.session import Session
from llmstudio.gui.templates import TemplateSheet
from llmstudio.gui.widgets.button import Button
from llmstudio.store import catalog
from tests.gui.tabs.desk import keep_model, make_session

CHAT = {"template": "jinja", "source": "<b>{{ '<|im_start|>' }}</b>", "end": ["<|im_end|>"]}


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Any:
    session = make_session(tmp_path)
    session.theme.apply()
    yield session
    session.background.close()


def opened(session: Session, model: str) -> list[TemplateSheet]:
    found: list[TemplateSheet] = []
    session.dialogs.sheet = found.append  # type: ignore[assignment,method-assign]
    templates.show_template(session, model)
    return found


def press(sheet: TemplateSheet, name: str) -> None:
    button = sheet.findChild(Button, name)
    assert button is not None
    button.click()


def told(session: Session, model: str) -> dict[str, Any]:
    return catalog.find(session.workspace, "model", model).manifest["chat"]  # type: ignore[no-any-return]


def test_it_is_read_accepted_and_turned_off_again(desk: Session, qtbot: QtBot) -> None:
    kept = keep_model(desk, "Foreign", chat=CHAT)
    (sheet,) = opened(desk, kept.id)
    qtbot.addWidget(sheet)
    assert sheet.text.toPlainText() == CHAT["source"]  # as text, not as markup
    assert sheet.note.text() == "Off: ChatML is used instead."
    with qtbot.waitSignal(desk.models_changed):
        press(sheet, "template.accept")
    assert chat_trust.is_accepted(told(desk, kept.id))
    (sheet,) = opened(desk, kept.id)
    qtbot.addWidget(sheet)
    assert sheet.findChild(Button, "template.accept") is None
    press(sheet, "template.turn_off")
    assert chat_trust.is_off(told(desk, kept.id))


def test_where_nothing_is_to_be_decided_nothing_can_be(desk: Session, qtbot: QtBot) -> None:
    same = {**CHAT, "stand_in": {"template": "chatml", "same": True}}
    (sheet,) = opened(desk, keep_model(desk, "Same", chat=same).id)
    qtbot.addWidget(sheet)
    assert sheet.note.text() == "ChatML writes exactly the same and is used instead."
    locked = TemplateSheet(desk.theme, "X", CHAT, locked=True)
    qtbot.addWidget(locked)
    for one in (sheet, locked):
        assert one.findChild(Button, "template.accept") is None
    assert opened(desk, keep_model(desk, "Plain").id) == []
    assert opened(desk, keep_model(desk, "Built in", chat={"template": "alpaca"}).id) == []
