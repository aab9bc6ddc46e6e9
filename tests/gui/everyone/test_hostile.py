"""Names, texts and messages of others are shown as they are: no widget takes them for markup."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.jobstrip import JobView
from llmstudio.gui.window import Window
from llmstudio.store.run import RunState
from tests.end_to_end import looks
from tests.gui.everyone import hostile, stage
from tests.gui.everyone.hostile import BIDI, BROKEN, LINES, LONG, MARKUP
from tests.gui.everyone.stage import Names

pytestmark = pytest.mark.usefixtures("tested_machine")
GUI = Path(__file__).resolve().parents[3] / "llmstudio" / "gui"
SHOWING = {"data", "tokenizer", "train", "finetune", "evaluate", "models", "runs"}  # tabs that show names of things


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    window = Window(session, qapp)
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(window.isVisible)
    yield window
    stage.rest(window, qtbot)
    window.close_for_good()
    window.deleteLater()


def named(text: str) -> Names:
    """Everything is called so."""
    return Names(text, text, text, text, text, text, text, text)


def test_markup_is_shown_as_it_is_on_every_tab(window: Window, qtbot: QtBot) -> None:
    stage.fill(window.session, named(MARKUP))
    runs = sorted(path.name for path in window.session.workspace.runs.iterdir())
    showing = set()
    for key in stage.KEYS:
        stage.show(window, key, qtbot)
        if key in ("train", "runs"):
            window.session.go(key, run=runs[-1])
            stage.settle(window, qtbot)
        assert hostile.believing(window) == [], key
        if hostile.shown(window.pages[key], MARKUP[:20]):
            showing.add(key)
    assert showing >= SHOWING - {"finetune", "tokenizer"}, showing
    for name, open_it in stage.DIALOGS.items():
        dialog = open_it(window, qtbot)
        assert hostile.believing(dialog) == [], name
        dialog.reject()


def test_markup_is_shown_as_it_is_by_what_floats_and_tells(window: Window, qtbot: QtBot) -> None:
    window.show_tab("data")
    stage.settle(window, qtbot)
    session = window.session
    session.notices.toast(MARKUP, (MARKUP, lambda: None), note=MARKUP)
    session.notices.error(UserError(MARKUP, MARKUP), MARKUP)
    session.notices.error(ValueError(MARKUP), MARKUP)
    state = RunState(id="r", kind="pretrain", title=MARKUP, status="running", stage=MARKUP)
    state.done, state.total, state.unit = 1, 3, MARKUP
    window.strip.show_jobs([JobView(state, 30.0, "")])
    window.mini.show_job(JobView(state, 30.0, ""))
    window.rail.set_live({"train"})
    assert hostile.believing(window) == []
    assert hostile.shown(window, MARKUP)
    window.bell.click()
    assert hostile.believing(window) == []
    window.open_palette()
    assert hostile.believing(window) == []
    window.palette_box.dismiss()
    session.dialogs.details(MARKUP, MARKUP)
    assert hostile.believing(stage.sheets(session)[-1]) == []
    stage.sheets(session)[-1].reject()


def test_odd_names_break_no_layout(window: Window, qtbot: QtBot) -> None:
    """Endless, written backwards, half a character, over several lines: all in one."""
    text = BIDI + BROKEN + LINES + LONG
    stage.fill(window.session, replace(named(text), text=stage.USUAL.text))  # texts are cleaned when they are imported
    window.session.notices.toast(text, note=text)
    for key in sorted(SHOWING):
        stage.show(window, key, qtbot)
        assert window.minimumSizeHint().width() <= 1280, key
        assert looks.outside(window) == [], key


def test_widgets_that_believe_are_seen(window: Window, qtbot: QtBot) -> None:
    plain = QWidget(window)
    label, editor = QLabel(MARKUP, plain), QTextEdit(plain)
    editor.setHtml(MARKUP)
    plain.setToolTip(MARKUP)
    found = hostile.believing(plain)
    assert len(found) == 4, found
    label.clear()
    assert len(hostile.believing(plain)) == 3


# -- what the source may say


@cache
def _calls() -> list[tuple[str, ast.Call, str]]:
    found = []
    for path in sorted(GUI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                found.append((path.relative_to(GUI).as_posix(), node, called))
    return found


def test_tips_are_escaped_where_they_are_not_our_own_words() -> None:
    found = {
        f"{path}:{node.lineno}"
        for path, node, called in _calls()
        if called in ("setToolTip", "setStatusTip", "setWhatsThis")
        and path != "widgets/text.py"
        and not (isinstance(node.args[-1], ast.Constant) or ast.unparse(node.args[-1]).startswith("plain_tip("))
    }
    assert found == set()


def test_rich_text_is_made_in_one_place_only() -> None:
    rich = {"setHtml", "insertHtml", "appendHtml", "setMarkdown", "insertMarkdown", "QMessageBox", "QErrorMessage"}
    assert {path for path, _, called in _calls() if called in rich} <= {"widgets/helptext.py"}


def test_labels_with_words_are_ours() -> None:
    """Qt's own label guesses; without words it holds a picture."""
    found = {f"{path}:{node.lineno}" for path, node, called in _calls() if called == "QLabel" and node.args}
    assert found == set()
