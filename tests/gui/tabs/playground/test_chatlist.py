"""The card with the kept chats."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.chatlist import ChatListCard
from llmstudio.gui.theme import Theme
from llmstudio.store import conversation
from llmstudio.store.chats import Damaged


def test_headings_cannot_be_chosen_and_chats_can(theme: Theme, qtbot: QtBot) -> None:
    card = ChatListCard(theme)
    qtbot.addWidget(card)
    card.resize(216, 400)
    card.show()
    talks = [conversation.said(conversation.begun(model_title="Pell"), "user", text) for text in ("<b>One</b>", "Two")]
    card.show_chats([*talks, replace(talks[0], id="old", updated="2020-01-01T00:00:00+00:00")], talks[1].id)
    assert card.list.item(0).text() == "Today"
    assert card.list.item(0).flags() == Qt.ItemFlag.NoItemFlags
    assert card.list.item(3).text() == "January 2020"
    assert card.list.currentItem().text() == "Two"
    assert card.list.item(1).data(Qt.ItemDataRole.AccessibleTextRole) == "<b>One</b>, 1 turn, Pell"
    with qtbot.waitSignal(card.chosen) as told:
        card.list.setCurrentRow(1)
    assert told.args == [talks[0].id]
    with qtbot.assertNotEmitted(card.chosen):
        card.show_chats(talks, talks[1].id)
    assert not card.grab().isNull()


def test_emptiness_and_damage_are_told(theme: Theme, qtbot: QtBot) -> None:
    card = ChatListCard(theme)
    qtbot.addWidget(card)
    card.show_chats((), "")
    assert card.nothing.text() == "Each chat is kept here."
    card.show_chats((), "", "bell")
    assert card.nothing.text() == "No chat holds “bell”."
    card.show_chats((), "", "", [Damaged(Path("chats/x/chat.json"), "it is no <conversation>")])
    assert card.foot.full_text == "1 chat cannot be read"
    assert "&lt;conversation&gt;" in card.foot.toolTip()
