"""Tab goes in the order the eye takes: rail, header, page from top to bottom, status; the order of each tab is kept.

    LLMSTUDIO_RECORD=1 pytest tests/gui/everyone/test_keyboard_order.py

writes the orders anew, after somebody looked at what changed.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui import keyboard
from llmstudio.gui.session import Session
from llmstudio.gui.window import Window
from tests.gui.everyone import accessible, stage

pytestmark = pytest.mark.usefixtures("tested_machine")
KEPT = Path(__file__).with_name("orders.json")
KEYS = [*stage.KEYS, "manual"]


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    window = Window(session, qapp)
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    stage.rest(window, qtbot)
    window.close_for_good()
    window.deleteLater()


def region(window: Window, widget: QWidget) -> int:
    """Rail 0, header 1, banners and page 2, job strip 3, status bar 4."""
    parts = (window.rail, window.headers, window.stack, window.strip, window.status)
    return next((at for at, part in enumerate(parts) if part is widget or part.isAncestorOf(widget)), 2)


def described(widget: QWidget) -> str:
    """As in "data.import_button" or "Search models"."""
    return widget.objectName() or accessible.name_of(widget)


def test_tab_goes_through_the_parts_of_the_window_in_their_order(window: Window, qtbot: QtBot) -> None:
    stage.fill(window.session)
    for key in KEYS:
        stage.show(window, key, qtbot)
        regions = [region(window, widget) for widget in accessible.tab_order(window.rail)]
        assert regions == sorted(regions), key


def test_the_order_of_every_tab_is_the_one_kept(window: Window, qtbot: QtBot) -> None:
    found = {}
    for key in KEYS:
        stage.show(window, key, qtbot)
        order = accessible.tab_order(window.rail)
        found[key] = [described(widget) for widget in order if region(window, widget) in (1, 2)]
    if os.environ.get("LLMSTUDIO_RECORD"):
        KEPT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(KEPT.read_text(encoding="utf-8"))


def test_another_order_is_seen(window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.show(window, "settings", qtbot)
    before = accessible.tab_order(window.rail)
    monkeypatch.setattr(keyboard, "go_on", lambda *_: False)  # the order in which things were made
    after = accessible.tab_order(window.rail)
    assert {described(one) for one in after} == {described(one) for one in before}
    assert [region(window, one) for one in after] != sorted(region(window, one) for one in after)
