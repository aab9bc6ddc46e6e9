"""The palette offers everything: commands of all tabs, kept things, settings, the manual and its terms."""

from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from llmstudio.config.option import describe
from llmstudio.gui import actions, glossary, manual, offers
from llmstudio.gui.actions import Action
from llmstudio.gui.session import Session
from llmstudio.gui.tabs import registry
from llmstudio.gui.tabs.settings import options, presenter
from llmstudio.gui.window import Window
from llmstudio.store import catalog
from llmstudio.store.chats import Shelf
from llmstudio.store.conversation import Conversation
from tests.gui.tabs import run_fixtures
from tests.gui.tabs.desk import keep_model


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    window = Window(session, qapp)
    window.resize(1280, 800)
    window.show()
    window.show_tab("settings")
    yield window
    qtbot.waitUntil(lambda: not session.background.busy())
    window.close_for_good()
    window.deleteLater()


def found(window: Window) -> dict[str, Action]:
    listed = [action for action in window.offers.all() if action.listed]
    assert max(Counter(action.id for action in listed).values()) == 1
    return {action.id: action for action in listed}


def test_pages_terms_settings_and_tabs_are_there(window: Window) -> None:
    ids = set(found(window))
    assert {f"help.{page}" for page, _ in manual.pages()} <= ids
    assert {f"term.{term.key}" for term in glossary.terms()} <= ids
    assert {f"tab.{tab.key}" for tab in registry.TABS} <= ids
    assert {f"settings.{section}" for section, *_ in presenter.SECTIONS} <= ids


def test_rows_of_the_settings_are_named_as_in_their_forms() -> None:
    for section, declared in (("appearance", options.Appearance), ("network", options.NetworkUse)):
        assert presenter.ROWS[section] == tuple(info.title for info in describe(declared))
    assert set(presenter.ROWS) <= {section for section, *_ in presenter.SECTIONS}


def test_a_term_is_found_by_its_other_names(window: Window) -> None:
    best = actions.find("what is nucleus", found(window).values(), [])
    assert best[0].id == "term.top-p"
    best[0].run()
    assert window.pages["manual"].page == "glossary"  # type: ignore[attr-defined]


@pytest.mark.parametrize("tab", list(offers.WELL_KNOWN))
def test_what_is_offered_of_a_tab_not_made_yet_is_what_the_tab_offers(window: Window, tab: str) -> None:
    known = {command.id: (command.title, command.icon) for command in window.page(tab).commands()}
    for name, title, icon in offers.WELL_KNOWN[tab]:
        assert known[name] == (title, icon)


def test_a_command_of_another_tab_brings_it_to_the_front(window: Window, qtbot: QtBot) -> None:
    assert "models" not in window.pages
    found(window)["models.starting"].run()
    assert window.rail.current() == "models"
    window.show_tab("settings")
    offered = found(window)["models.export"]  # the tab is made now: all its commands are there
    assert offered.enabled() != ""
    assert offered.where == "Models"
    window.offers._do("models", "models.export")
    assert window.session.notices.history[0].text == "Export this model: not now"


def test_kept_things_can_be_opened(window: Window, session: Session) -> None:
    with catalog.keep(session.workspace, "dataset", "Small stories") as keeping:
        (keeping.folder / "x.txt").write_text("x")
    keep_model(session, "Writer")
    assert [(action.title, action.where) for action in window.offers.kept()] == [
        ("Small stories", "Data"),
        ("Writer", "Models"),
    ]


def test_runs_and_chats_join_while_it_is_open(window: Window, session: Session, qtbot: QtBot) -> None:
    folder = run_fixtures.make_run(session.workspace, name="Stories, wider")
    now = "2026-03-04T14:06:00+00:00"
    Shelf(session.workspace).save(Conversation("boats", "About boats", created=now, updated=now))
    with qtbot.waitSignal(window.offers.more):
        window.open_palette()
    ids = found(window)
    assert ids[f"run.{folder.name}"].title == "Stories, wider"
    window.palette_box.field.setText("about boats")
    assert window.palette_box.found()[0].where == "Chats"
    with qtbot.waitSignal(session.go_requested) as gone:
        window.palette_box.found()[0].run()
    assert gone.args[0] == "playground"
    window.palette_box.dismiss()
