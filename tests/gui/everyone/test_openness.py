"""A window for everyone: names for all controls, the order of Tab, contrast of words, and text at twice the size.

Every tab, sheet and dialog is walked through, few times because each walk makes all tabs anew; and every check is seen
to fail when what it looks for is broken.

    LLMSTUDIO_RECORD=1 pytest tests/gui/everyone/test_openness.py -k order

writes the orders of Tab anew, after somebody looked at what changed.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui import keyboard
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.history import History
from llmstudio.gui.window import Window
from tests.end_to_end import looks
from tests.gui.everyone import accessible, stage

pytestmark = pytest.mark.usefixtures("tested_machine")
PAGES = [*stage.KEYS, "manual"]
ORDERS = Path(__file__).with_name("orders.json")


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    window = Window(session, qapp)
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    stage.rest(window, qtbot)
    window.theme.set_mode("light")
    window.theme.set_zoom(1.0)
    window.close_for_good()
    window.deleteLater()


# -- what is looked for


def badly_named(root: QWidget) -> list[str]:
    """All that is wrong with names below a widget."""
    return [*accessible.unnamed(root), *accessible.wordless(root), *accessible.unlabelled(root)]


def cut(root: QWidget) -> list[str]:
    """Words that are cut, lines that are too low, and buttons that stand out of what they are in."""
    return [*looks.clipped(root), *accessible.squeezed(root), *looks.outside(root)]


def region(window: Window, widget: QWidget) -> int:
    """Rail 0, header 1, banners and page 2, job strip 3, status bar 4."""
    parts = (window.rail, window.headers, window.stack, window.strip, window.status)
    return next((at for at, part in enumerate(parts) if part is widget or part.isAncestorOf(widget)), 2)


def described(widget: QWidget) -> str:
    """As in "data.import_button" or "Search models"."""
    return widget.objectName() or accessible.name_of(widget)


@contextmanager
def nameless(button: Button) -> Iterator[None]:
    """As if somebody had forgotten its name."""
    words, tip, name = button.text(), button.toolTip(), button.accessibleName()
    button.setText("")
    button.setToolTip("")
    button.setAccessibleName("")
    yield
    button.setText(words.replace("&&", "&"))
    button.setToolTip(tip)
    button.setAccessibleName(name)


# -- the walks


def test_names_and_order_of_a_new_workspace(window: Window, qtbot: QtBot) -> None:
    found = {}
    for key in PAGES:
        stage.show(window, key, qtbot)
        assert badly_named(window) == [], key
        order = accessible.tab_order(window.rail)
        regions = [region(window, widget) for widget in order]
        assert regions == sorted(regions), key
        found[key] = [described(widget) for widget in order if region(window, widget) in (1, 2)]
    window.show_welcome()
    stage.rest(window, qtbot)
    assert badly_named(window) == []
    if os.environ.get("LLMSTUDIO_RECORD"):
        ORDERS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(ORDERS.read_text(encoding="utf-8"))


def test_names_and_contrast_of_a_filled_workspace(window: Window, qtbot: QtBot) -> None:
    stage.fill(window.session)
    for key in PAGES:
        stage.show(window, key, qtbot)
        assert badly_named(window) == [], key
        assert accessible.faint(window) == [], key
        parts = (window.headers, window.pages[key])
        buttons = [one for part in parts for one in part.findChildren(Button) if one.isVisible()]
        with nameless(buttons[0]):
            assert len(accessible.unnamed(window)) == 1, key
    window.session.notices.toast("Exported", ("Open", lambda: None), note="tokenizer.json")
    window.open_palette()
    assert badly_named(window) == []
    window.palette_box.dismiss()
    window.bell.click()
    assert badly_named(window) == []
    window.findChildren(History)[-1].dismiss()
    window.theme.set_mode("dark")
    for key in PAGES:
        stage.show(window, key, qtbot)
        assert accessible.faint(window) == [], key


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_names_and_contrast_of_every_sheet_and_dialog(window: Window, qtbot: QtBot, mode: str) -> None:
    stage.fill(window.session)
    window.theme.set_mode(mode)
    for name, open_it in stage.DIALOGS.items():
        dialog = open_it(window, qtbot)
        assert dialog.accessibleName(), name
        assert badly_named(dialog) == [], name
        assert accessible.faint(dialog) == [], name
        with nameless(dialog.findChildren(Button)[-1]):
            assert len(accessible.unnamed(dialog)) == 1, name
        dialog.reject()


def test_no_words_are_cut_when_they_become_twice_as_large(window: Window, qtbot: QtBot) -> None:
    stage.fill(window.session)
    window.resize(1920, 1080)
    for key in PAGES:
        stage.show(window, key, qtbot)
    window.theme.set_zoom(2.0)
    for size in ((1920, 1080), (1280, 800)):
        window.resize(*size)
        for key in PAGES:
            window.show_tab(key)
            stage.settle(window, qtbot)
            assert cut(window) == [], (key, size)
    window.resize(1600, 1000)
    for name, open_it in stage.DIALOGS.items():
        dialog = open_it(window, qtbot)
        qtbot.wait(10)
        assert looks.clipped(dialog) + accessible.squeezed(dialog) == [], name
        dialog.reject()


# -- the checks are seen to fail


def test_an_icon_without_words_and_a_wrong_label_are_missed(window: Window, qtbot: QtBot) -> None:
    page = stage.show(window, "settings", qtbot)
    assert accessible.wordless(window) == []
    window.bell.setToolTip("")
    assert accessible.wordless(window) != []
    label = next(label for label in page.findChildren(QLabel) if label.buddy() is not None and label.text())
    label.setText("Something else")
    assert accessible.unlabelled(page) != []


def test_another_order_is_seen(window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.show(window, "settings", qtbot)
    before = accessible.tab_order(window.rail)
    monkeypatch.setattr(keyboard, "go_on", lambda *_: False)  # the order in which things were made
    after = accessible.tab_order(window.rail)
    assert {described(one) for one in after} == {described(one) for one in before}
    assert [region(window, one) for one in after] != sorted(region(window, one) for one in after)


def test_ink_too_close_to_its_ground_is_seen(window: Window, qtbot: QtBot) -> None:
    page = stage.show(window, "settings", qtbot)
    label = next(label for label in page.findChildren(QLabel) if label.isVisible() and len(label.text()) > 3)
    label.setStyleSheet("color: #D8D8D8")
    assert any(repr(label.text()) in line for line in accessible.faint(window))


def test_words_that_are_cut_are_seen(window: Window, qtbot: QtBot) -> None:
    page = stage.show(window, "settings", qtbot)
    button = next(button for button in page.findChildren(QAbstractButton) if button.isVisible() and button.text())
    button.setToolTip("")
    button.setStyleSheet("max-width: 20px; max-height: 8px; min-height: 0px;")
    qtbot.waitUntil(lambda: cut(window) != [])
