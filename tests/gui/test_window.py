"""The window: tabs made when first shown, sizes, keys, banners, notices, drops, and a safe end."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs import registry
from llmstudio.gui.widgets.banner import Banner
from llmstudio.gui.window import Window, size_class
from llmstudio.store.run import RunState
from tests.gui.conftest import AnsweringDialogs
from tests.gui.fakes import PAGES, PlainTab


class Hello(QWidget):
    """Stands for the welcome page."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        QLabel("Hello", self)


@pytest.fixture(autouse=True)
def plain_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tabs with nothing in them: what is tested is the frame."""
    names = {f"test:{key}": cls for key, cls in PAGES.items()} | {"test:welcome": Hello}
    monkeypatch.setattr(registry, "TABS", tuple(replace(tab, page=f"test:{tab.key}") for tab in registry.TABS))
    monkeypatch.setattr(registry, "WELCOME", "test:welcome")
    monkeypatch.setattr(registry, "load", names.__getitem__)


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    window = Window(session, qapp)
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.close_for_good()
    window.deleteLater()


def tab(window: Window, key: str) -> PlainTab:
    page = window.page(key)
    assert isinstance(page, PlainTab)
    return page


def test_tabs_are_made_when_first_shown(window: Window) -> None:
    assert window.pages == {}
    window.show_tab("train")
    assert list(window.pages) == ["train"]
    assert window.current_page() is tab(window, "train")
    assert tab(window, "train").times_shown == 1
    assert window.rail.current() == "train"


def test_a_new_workspace_begins_with_the_welcome_page(window: Window, session: Session) -> None:
    window.open_first()
    assert window.current_page() is None
    assert not window.headers.isVisible()
    session.go("data")
    assert window.headers.isVisible()
    assert window.rail.current() == "data"


def test_the_tab_last_shown_comes_back(window: Window, session: Session) -> None:
    (session.workspace.runs / "2026-a-run").mkdir()
    session.settings.set("window.tab", "runs")
    window.open_first()
    assert window.rail.current() == "runs"
    session.settings.set("window.tab", "nonsense")
    window.open_first()
    assert window.rail.current() == "data"


def test_going_somewhere_opens_it(window: Window, session: Session) -> None:
    session.go("playground", model="m1")
    assert tab(window, "playground").opened == [{"model": "m1"}]


@pytest.mark.parametrize(
    ("width", "height", "found"),
    [(853, 533, "S"), (1280, 599, "S"), (1024, 700, "M"), (1280, 800, "L"), (1920, 1080, "X")],
)
def test_sizes(width: int, height: int, found: str) -> None:
    assert size_class(width, height) == found


def test_small_windows_fold_the_rail_and_tell_the_pages(window: Window) -> None:
    window.show_tab("data")
    assert not window.rail.folded
    window.resize(853, 533)
    assert window.rail.folded
    assert tab(window, "data").classes[-1] == "S"
    assert tab(window, "data").size_class == "S"
    assert not window.status.buttons["workspace"].isVisible()
    window.resize(1280, 800)
    assert tab(window, "data").classes[-1] == "L"
    assert window.status.buttons["workspace"].isVisible()


def test_keys_change_tabs_and_fold_the_rail(window: Window, qtbot: QtBot) -> None:
    window.show_tab("data")
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(window, Qt.Key.Key_3, control)
    assert window.rail.current() == "train"
    qtbot.keyClick(window, Qt.Key.Key_Comma, control)
    assert window.rail.current() == "settings"
    qtbot.keyClick(window, Qt.Key.Key_B, control)
    assert window.rail.folded
    qtbot.keyClick(window, Qt.Key.Key_B, control)
    assert not window.rail.folded


def test_control_enter_is_the_primary_button(window: Window, qtbot: QtBot) -> None:
    window.show_tab("train")
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: tab(window, "train").pressed == 1)


def test_the_shortcut_of_a_tab_works_on_that_tab_only(window: Window, qtbot: QtBot) -> None:
    window.show_tab("train")
    qtbot.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    window.show_tab("data")
    qtbot.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert (tab(window, "train").pressed, tab(window, "data").pressed) == (1, 1)


def test_esc_asks_the_tab_first_and_then_closes_a_notice(window: Window, session: Session, qtbot: QtBot) -> None:
    window.show_tab("train")
    session.notices.toast("Something")
    assert window.toasts._toasts
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert tab(window, "train").escaped == 1
    assert not window.toasts._toasts


def test_zoom_by_keys(window: Window, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert window.theme.zoom == 1.1
    qtbot.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert window.theme.zoom == 1.0


def test_f6_walks_through_the_regions(window: Window, qtbot: QtBot) -> None:
    window.show_tab("data")
    window.rail.setFocus()
    qtbot.waitUntil(window.rail.hasFocus)
    seen = []
    for _ in range(4):
        qtbot.keyClick(window, Qt.Key.Key_F6)
        focused = QApplication.focusWidget()
        seen.append(next(r for r in (window.rail, window.headers, window.stack, window.status)
                         if focused is r or r.isAncestorOf(focused)))  # fmt: skip
    assert seen == [window.headers, window.stack, window.status, window.rail]


def test_the_palette_runs_actions_and_remembers_them(window: Window, session: Session, qtbot: QtBot) -> None:
    window.show_tab("data")
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.palette_box.isVisible()
    qtbot.keyClicks(window.palette_box.field, "go to runs")
    qtbot.keyClick(window.palette_box.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.rail.current() == "runs")
    assert session.settings.get("palette.recent")[0] == "tab.runs"


def test_an_action_that_fails_is_told(window: Window, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise UserError("There is nothing to export.", "Train a model first.")

    action = replace(window.actions_now()[0], run=refuse)
    window._guarded(action)
    assert session.notices.history[0].text == "There is nothing to export."


def test_notices_are_shown_and_kept_behind_the_bell(window: Window, session: Session) -> None:
    session.notices.toast("Exported")
    assert len(window.toasts._toasts) == 1
    assert "1 not looked at" in window.bell.accessibleName()
    window.bell.click()
    assert not window.toasts._toasts
    assert session.notices.unseen == 0


def test_a_full_disk_is_told_while_it_is_true(window: Window) -> None:
    window._show_disk_low(True)
    assert window.disk_banner.isVisible()
    window._show_disk_low(False)
    assert not window.disk_banner.isVisible()


def test_what_is_gone_meanwhile_is_told(window: Window, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_args: object) -> None:
        raise UserError("This run is gone.", "It may have been deleted.")

    monkeypatch.setattr(window.page("train"), "open", refuse)
    session.go("train", run="r1")
    assert session.notices.history[0].text == "This run is gone."


def test_dropped_files_go_to_data_and_weights_to_models(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "ü stories.txt"))])
    drop = QDropEvent(
        QPointF(10, 10), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(drop)
    assert tab(window, "data").opened == [{"paths": [str(tmp_path / "ü stories.txt")]}]
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "small.GGUF"))])
    window.dropEvent(drop)
    assert tab(window, "models").opened == [{"path": str(tmp_path / "small.GGUF")}]


def test_closing_over_a_job_asks_and_may_be_refused(window: Window, session: Session) -> None:
    dialogs = session.dialogs
    assert isinstance(dialogs, AnsweringDialogs)
    state = RunState("r1", "pretrain", "Pell", status="running")
    session.jobs.live = lambda: [state]  # type: ignore[method-assign]
    dialogs.answer = "stay"
    assert not window.close()
    assert dialogs.asked == ["Close the window?"]
    assert window.isVisible()
    dialogs.answer = "keep_running"
    assert window.close()


def test_a_click_lands_where_it_should(window: Window, qtbot: QtBot) -> None:
    window.show_tab("data")
    item = window.rail.items["models"]
    qtbot.mouseClick(item, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    assert window.rail.current() == "models"


def test_every_widget_the_keyboard_reaches_has_a_name(window: Window) -> None:
    window.show_tab("data")
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
            assert widget.accessibleName(), widget


def test_keys_that_mean_the_same_everywhere_are_made_once(window: Window) -> None:
    window.show_tab("data")
    before = dict(window.shortcuts.made)
    window.show_tab("train")
    window.show_tab("data")
    assert window.shortcuts.made[("Ctrl+K",)] is before[("Ctrl+K",)]
    assert set(window.shortcuts.made) == set(before) == set(window.shortcuts.bound)
    assert len(window.actions()) == len(before)
    assert window.shortcuts.bound[("Ctrl+D",)].title == "Do it in Data"


def test_below_a_banner_there_is_room(window: Window, session: Session, qtbot: QtBot) -> None:
    def room() -> int:
        return window.banners.contentsMargins().bottom()

    window.show_tab("data")
    assert room() == 0
    banner = Banner(session.theme, "Step 1 of 4")
    session.banner_requested.emit(banner)
    qtbot.waitUntil(lambda: room() == 8)
    banner.hide()
    assert room() == 0
