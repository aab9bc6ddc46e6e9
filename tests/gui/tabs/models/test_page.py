"""The Models tab as a person uses it."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.models.page import ModelsPage
from llmstudio.store import catalog
from tests.gui.tabs.desk import keep_model, make_session


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> Any:
    session = make_session(tmp_path)
    for title in ("Alpha", "Beta"):
        keep_model(session, title)
    session.theme.apply()
    made = ModelsPage(session)
    qtbot.addWidget(made)
    made.resize(1080, 700)
    made.fit("L")
    made.show()
    made.shown()
    qtbot.waitUntil(lambda: made.presenter.state.soundness.state == "sound", timeout=5000)
    yield made
    session.background.close()


def test_list_and_page_show_the_model(page: ModelsPage) -> None:
    assert page.detail_card.name.full_text == "Beta"
    assert page.list_card.foot.full_text.startswith("2 models in")
    assert page.detail_card.verdict.full_text == "Every file matches its hash"
    assert not page.detail_card.trouble.isVisible()


def test_arrows_in_the_list_look_at_another(page: ModelsPage, qtbot: QtBot) -> None:
    page.list_card.list.setFocus()
    QTest.keyClick(page.list_card.list, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: page.detail_card.name.full_text == "Alpha")


def test_search_leaves_what_matches_and_says_if_nothing_does(page: ModelsPage) -> None:
    assert page.search()
    QTest.keyClicks(page.list_card.search, "alp")
    assert page.list_card.list.count() == 1
    QTest.keyClicks(page.list_card.search, "zzz")
    assert page.list_card.nothing.isVisible()
    assert page.escape()
    assert page.list_card.list.count() == 2


def test_write_with_it_goes_to_the_playground(page: ModelsPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.session.go_requested) as told:
        QTest.mouseClick(page.detail_card.write, Qt.MouseButton.LeftButton)
    assert told.args == ["playground", {"model": "beta"}]


def test_rename_and_copy_ask_for_a_name(page: ModelsPage, qtbot: QtBot) -> None:
    dialogs: Any = page.session.dialogs
    dialogs.text = "Delta"
    page.rename()
    qtbot.waitUntil(lambda: page.detail_card.name.full_text == "Delta")
    dialogs.text = "Epsilon"
    page.copy()
    qtbot.waitUntil(lambda: page.detail_card.name.full_text == "Epsilon")
    dialogs.text = None
    page.rename()
    assert page.detail_card.name.full_text == "Epsilon"


def test_damage_is_a_card_and_holds_writing_back(page: ModelsPage, qtbot: QtBot) -> None:
    kept = catalog.find(page.session.workspace, "model", "Beta")
    (kept.path / "tokenizer.json").write_text("changed", encoding="utf-8")
    page.presenter.check_files()
    qtbot.waitUntil(page.detail_card.trouble.isVisible)
    assert "tokenizer.json" in page.detail_card.trouble.evidence.text()
    assert not page.detail_card.write.isEnabled()


def test_trash_empties_the_tab_and_undo_fills_it(page: ModelsPage, qtbot: QtBot) -> None:
    for _ in range(2):
        qtbot.waitUntil(lambda: page.presenter.state.detail is not None)
        page.presenter.trash()
        qtbot.waitUntil(lambda: page.presenter.state.detail is None or bool(page.presenter.state.detail))
    qtbot.waitUntil(page.empty.isVisible)
    action = page.session.notices.history[0].action
    assert action is not None
    action.run()
    qtbot.waitUntil(lambda: page.detail_card.name.full_text == "Alpha" and page.detail_card.isVisible())


def test_small_windows_show_list_then_page(page: ModelsPage) -> None:
    page.fit("S")
    assert page.list_card.isVisible()
    assert not page.detail_card.isVisible()
    QTest.mouseClick(
        page.list_card.list.viewport(),
        Qt.MouseButton.LeftButton,
        pos=page.list_card.list.visualItemRect(page.list_card.list.item(1)).center(),
    )
    assert page.detail_card.isVisible()
    assert page.escape()
    assert page.list_card.isVisible()


def test_the_menu_and_the_commands_offer_the_same(page: ModelsPage) -> None:
    actions = page.detail_card.menu.actions()
    words = {action.text() for action in actions if action.isVisible()}
    assert words == {"Evaluate", "Rename", "Make a copy", "Check the files", "Move to the trash"}
    page.fit("S")
    assert words | {"Export", "Fine-tune"} == {action.text() for action in actions if action.isVisible()}
    assert all(command.enabled() == "" for command in page.commands())
    assert page.detail_card.more.accessibleName()
