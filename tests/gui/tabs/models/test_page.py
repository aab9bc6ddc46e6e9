"""The Models tab as a person uses it."""

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.models.detailcard import TEMPLATE
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
    assert words == {"Evaluate", "Serve", "Rename", "Make a copy", "Check the files", "Move to the trash"}
    page.fit("S")
    assert words | {"Export", "Fine-tune"} == {action.text() for action in actions if action.isVisible()}
    assert all(command.enabled() == "" for command in page.commands())
    assert page.detail_card.more.accessibleName()


def test_the_header_offers_the_ways_in(page: ModelsPage) -> None:
    assert [button.accessibleName() for button in page.header().buttons] == ["Starting models", "Import a model"]
    assert page.header().buttons[-1].property("kind") == "primary"
    page.work.troubled.emit(True)  # a remedy is primary now
    assert page.header().buttons[-1].property("kind") == "second"


def test_an_empty_page_has_its_own_way_in(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    session.theme.apply()
    made = ModelsPage(session)
    qtbot.addWidget(made)
    made.show()
    made.shown()
    qtbot.waitUntil(lambda: made.presenter.state.loaded)
    assert made.empty.isVisible()
    assert [button.accessibleName() for button in made.header().buttons] == ["Starting models"]
    dialogs: Any = session.dialogs
    dialogs.sheets = []
    dialogs.sheet = dialogs.sheets.append
    QTest.mouseClick(made.empty.button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(made.empty.link, Qt.MouseButton.LeftButton)
    assert [type(sheet).__name__ for sheet in dialogs.sheets] == ["ImportSheet", "StartingSheet"]
    session.background.close()


def test_a_starting_model_is_looked_up_in_the_import_sheet(page: ModelsPage) -> None:
    page.session.settings.set("network.offline", True)
    dialogs: Any = page.session.dialogs
    sheets: list[Any] = []
    dialogs.sheet = sheets.append
    page.show_starting()
    sheets[0].take()
    assert sheets[1].path.text() == "HuggingFaceTB/SmolLM2-135M"


def test_a_dropped_file_is_looked_at(page: ModelsPage, tmp_path: Path) -> None:
    sheets: list[Any] = []
    dialogs: Any = page.session.dialogs
    dialogs.sheet = sheets.append
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "small.gguf"))])
    copy, none, left = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPoint(5, 5), copy, data, left, none)
    page.dragEnterEvent(enter)
    assert enter.isAccepted()
    page.dropEvent(QDropEvent(QPointF(5, 5), copy, data, left, none))
    assert sheets[0].path.text() == str(tmp_path / "small.gguf")


def test_the_buttons_lead_to_the_other_tabs(page: ModelsPage, qtbot: QtBot) -> None:
    card = page.detail_card
    for button, tab in ((card.write, "playground"), (card.tune, "finetune")):
        with qtbot.waitSignal(page.session.go_requested) as told:
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert told.args == [tab, {"model": "beta"}]
    for words, tab in (("Evaluate", "evaluate"), ("Serve", "server")):
        with qtbot.waitSignal(page.session.go_requested) as told:
            next(action for action in card.menu.actions() if action.text() == words).trigger()
        assert told.args == [tab, {"model": "beta"}]
    sheets: list[Any] = []
    dialogs: Any = page.session.dialogs
    dialogs.sheet = sheets.append
    QTest.mouseClick(card.export, Qt.MouseButton.LeftButton)
    assert sheets[0].windowTitle() == "Export Beta"


def test_adapters_are_named_before_their_base_goes(page: ModelsPage, qtbot: QtBot) -> None:
    keep_model(page.session, "Moods", parts="adapter", base={"id": "beta", "title": "Beta"})
    page.session.changed("model")
    qtbot.waitUntil(lambda: len(page.presenter.state.models) == 3)
    page.presenter.choose("beta")
    qtbot.waitUntil(lambda: page.presenter.state.detail is not None and bool(page.presenter.state.detail.dependants))
    dialogs: Any = page.session.dialogs
    asked: list[str] = []
    dialogs.confirm = lambda title, text, choices: asked.append(f"{title} {text}") or ""
    page.trash()
    assert "Move Beta to the trash? Moods stands on it" in asked[0]
    assert catalog.exists(page.session.workspace, "model", "Beta")
    dialogs.confirm = lambda *_args: "trash"
    page.trash()
    assert not catalog.exists(page.session.workspace, "model", "Beta")


def test_cut_off_tensors_are_named(page: ModelsPage, qtbot: QtBot) -> None:
    kept = catalog.find(page.session.workspace, "model", "Beta")
    head = json.dumps({"layer.0": {"dtype": "F32", "shape": [1000], "data_offsets": [0, 4000]}}).encode()
    (kept.path / "model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + b"0" * 90)
    page.presenter.check_files()
    qtbot.waitUntil(page.detail_card.trouble.isVisible)
    assert "1 of 1 tensors is cut off: layer.0" in page.detail_card.trouble.evidence.text()
    assert not page.detail_card.export.isEnabled()


def test_a_chat_template_that_waits_is_told_and_can_be_read(page: ModelsPage, qtbot: QtBot) -> None:
    assert not page.detail_card.template.isVisible()
    keep_model(page.session, "Foreign", chat={"template": "jinja", "source": "<|im_start|>"})
    page.session.changed("model")
    page.open(model="foreign")
    qtbot.waitUntil(page.detail_card.template.isVisible)
    words = "Its own chat template is off until you have read it; ChatML is used."
    assert page.detail_card.template.text.full_text == words
    sheets: list[Any] = []
    page.session.dialogs.sheet = sheets.append  # type: ignore[assignment,method-assign]
    page.detail_card.template.action.click()
    qtbot.addWidget(sheets[0])
    sheets[0].decided.emit(True)
    qtbot.waitUntil(lambda: not page.detail_card.template.isVisible())
    assert TEMPLATE in {action.text() for action in page.detail_card.menu.actions() if action.isVisible()}
