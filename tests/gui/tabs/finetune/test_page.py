"""The Fine-tune tab filled, in the real window: names for all the keyboard reaches, no cut words, both themes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from llmstudio.data.tokenizers.byte import ByteTokenizer
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.finetune.page import FinetunePage
from llmstudio.gui.window import Window
from tests.end_to_end import looks
from tests.gui.reaching import reached
from tests.gui.tabs import finetune_fixtures as made
from tests.gui.tabs.run_fixtures import write

SIZES = [(1280, 800), (1024, 700), (853, 533)]
pytestmark = pytest.mark.usefixtures("tested_machine")


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    ws = session.workspace
    rows = made.moods()
    rows[7]["mood"] = None
    made.labelled_dataset(ws, "Moods", rows, label="mood")
    ByteTokenizer().save(ws.models / made.keep_model(ws, "Base"))
    window = Window(session, qapp)
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.close_for_good()
    window.deleteLater()


def page_of(window: Window) -> FinetunePage:
    page = window.page("finetune")
    assert isinstance(page, FinetunePage)
    return page


def read_rows(window: Window, qtbot: QtBot) -> None:
    window.show_tab("finetune")
    page = page_of(window)
    qtbot.waitUntil(lambda: page.setup.question is not None and not page.setup.waiting, timeout=20_000)


def show(window: Window, qtbot: QtBot, folder: Path) -> None:
    window.go("finetune", {"run": folder.name})
    page = page_of(window)
    qtbot.waitUntil(lambda: page.model is not None and page.model.id == folder.name, timeout=20_000)
    qtbot.waitUntil(lambda: not window.session.background.busy(), timeout=20_000)
    qtbot.wait(20)


def runs(window: Window) -> list[Path]:
    """One run of each task, ended in different ways."""
    ws, found = window.session.workspace, []
    for task, write_log in (("classify", made.classifying), ("instruct", made.instructing),
                            ("regress", made.regressing), ("continue", made.continuing)):  # fmt: skip
        folder = made.make_run(ws, task=task, label_column="mood" if task == "classify" else "", model="base")
        write_log(folder)
        write(folder, made.out_of_memory() if task == "regress" else made.finished(model="base"))
        found.append(folder)
    return found


def nameless(window: Window) -> list[str]:
    found = []
    for widget in reached(window):
        interface = QAccessible.queryAccessibleInterface(widget)
        name = interface.text(QAccessible.Text.Name) if interface is not None else widget.accessibleName()
        if not name.strip():
            found.append(looks._name(widget))
    return found


@pytest.mark.parametrize("size", SIZES, ids=["L", "M", "S"])
def test_nothing_is_cut_off_and_everything_has_a_name(window: Window, qtbot: QtBot, size: tuple[int, int]) -> None:
    window.resize(*size)
    read_rows(window, qtbot)
    page = page_of(window)
    for share in (0.0, 0.5, 1.0):
        bar = page.setup_view.left.verticalScrollBar()
        bar.setValue(int(bar.maximum() * share))
        qtbot.wait(20)
        assert looks.clipped(window) == []
        assert looks.outside(window) == []
    assert nameless(window) == []
    for folder in runs(window):
        show(window, qtbot, folder)
        assert looks.clipped(window) == [], folder.name
        assert looks.outside(window) == [], folder.name
        assert nameless(window) == [], folder.name


def test_dark_paints_every_task(window: Window, qtbot: QtBot) -> None:
    window.theme.set_mode("dark")
    for folder in runs(window):
        show(window, qtbot, folder)
        picture = window.grab().toImage()
        assert picture.pixelColor(window.rail.width() + 4, picture.height() // 2) == window.theme.colour("window")
    window.theme.set_mode("light")


def test_ctrl_4_and_the_palette_lead_here(window: Window) -> None:
    actions = {action.id: action for action in window.actions_now()}
    assert actions["tab.finetune"].keys == ("Ctrl+4",)
    window.show_tab("finetune")
    titles = [action.title for action in window.actions_now()]
    assert "Start fine-tuning" in titles
    assert "Fine-tune again with changes" in titles


def test_the_cards_fill_their_column_at_every_size(window: Window, qtbot: QtBot) -> None:
    read_rows(window, qtbot)
    view = page_of(window).setup_view
    for size in ((1920, 1080), (1280, 800), (1280, 780), (1024, 700)):  # the second: after there were two columns
        window.resize(*size)
        qtbot.wait(20)
        columns = (view.model_card, view.rows_card) if size[0] >= 1600 else (view.model_card,)
        assert view.rows_card.isVisible() == (len(columns) == 2)
        taken = sum(card.width() for card in columns) + view.session.theme.px(16) * (len(columns) - 1)
        assert taken >= view.cards.width() - 2, size


def test_no_help_is_cut_in_a_wide_window(window: Window, qtbot: QtBot) -> None:
    read_rows(window, qtbot)
    window.resize(1920, 1080)
    qtbot.wait(20)
    view = page_of(window).setup_view
    shown = [row for form in view.forms for row in form.rows.values() if row.help.isVisible()]
    assert len(shown) > 8
    assert [row.info.name for row in shown if row.help.text() != row.help.full_text] == []
