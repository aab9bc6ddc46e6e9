"""The table of the window's actions, with those of the tab in front, of live jobs, and of kept things."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QGridLayout, QWidget

from llmstudio.gui import helping, jobwords, whatsnew, wholes
from llmstudio.gui.actions import Action, of_command
from llmstudio.gui.tabs import registry
from llmstudio.gui.tour import Tour
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.sheet import Sheet
from llmstudio.gui.widgets.text import Label

if TYPE_CHECKING:
    from llmstudio.gui.window import Window

FRAME = frozenset({"primary", "escape", "search", "pause", "palette"})


def table(window: "Window") -> list[Action]:
    """All actions that have a meaning now, the most particular first."""
    return [*_of_page(window), *_of_jobs(window), *_of_tabs(window), *_of_window(window), *_of_view(window)]


@cache
def written(key: str) -> str:
    """The one way to write a key: "ctrl+k" and "Ctrl+K" are the same."""
    return QKeySequence(key).toString()


def by_precedence(actions: Sequence[Action]) -> list[Action]:
    """Keys of the frame that ask the tab in front (Ctrl+Enter, Esc) go before the tab's own use of them, which only
    tells them in the palette."""
    return sorted(actions, key=lambda action: action.id not in FRAME)


def _of_page(window: "Window") -> list[Action]:
    page = window.current_page()
    return [of_command(command, page.title) for command in page.commands()] if page is not None else []


def _of_tabs(window: "Window") -> list[Action]:
    numbered = [tab for tab in registry.TABS if tab.group != registry.FOOT]
    found = []
    for tab in registry.TABS:
        key = f"Ctrl+{numbered.index(tab) + 1}" if tab in numbered else "Ctrl+,"
        run = _shower(window, tab.key)
        found.append(Action(f"tab.{tab.key}", f"Go to {tab.title}", run, (key,), "Tabs", tab.key))
    return found


def _shower(window: "Window", key: str) -> Callable[[], None]:
    return lambda: window.show_tab(key)


def _of_jobs(window: "Window") -> list[Action]:
    jobs = window.session.jobs
    found = []
    for state in wholes.told(jobs.live()):
        if wholes.at_work(state, jobs.live()).kind not in jobwords.PAUSABLE:
            continue
        run_id = state.id

        def pause(run_id: str = run_id) -> None:
            window.watch.pause(run_id)

        where = ", ".join(part for part in ("Running", jobwords.percent(state)) if part)
        found.append(Action(f"pause.{run_id}", f"Pause {state.title}", pause, (), where, "pause"))
    return found


def _of_window(window: "Window") -> list[Action]:
    return [
        Action("palette", "Find a command", window.open_palette, ("Ctrl+K",), "", "search", listed=False),
        Action("primary", "The primary button", lambda: primary(window), ("Ctrl+Return", "Ctrl+Enter"), listed=False),
        Action("escape", "Close or stop", lambda: escape(window), ("Esc",), listed=False),
        Action("search", "Search on this tab", lambda: search(window), ("Ctrl+F",), "", "search", listed=False),
        Action("pause", "Pause or resume the training", lambda: pause_or_resume(window), ("Ctrl+P",), listed=False),
        Action("region", "Next part of the window", lambda: next_region(window, 1), ("F6",), listed=False),
        Action("region.back", "Part before", lambda: next_region(window, -1), ("Shift+F6",), listed=False),
        _undo(window),
        Action("trash", "Open the trash", lambda: open_trash(window), (), "Deleted things", "trash"),
        Action("help", "Help for this place", lambda: helping.explain_here(window), ("F1",), "Help", "help"),
        Action("manual", "Open the manual", lambda: window.session.go("manual"), ("Shift+F1",), "Help", "help"),
        Action("news", "What's new", lambda: window.session.go("manual", page=whatsnew.PAGE), (), "Help", "sparkle"),
        Action("keys", "All keys", lambda: show_keys(window), ("Ctrl+/",), "Help", "help"),
        _first_model(window),
        Action("welcome", "Show the first page", window.show_welcome, (), "Help", "sparkle"),
    ]


def _first_model(window: "Window") -> Action:
    session = window.session

    def busy() -> str:
        if session.read_only:
            return "Another window has this workspace"
        return "It is under way" if any(state.kind == "quickstart" for state in session.jobs.live()) else ""

    note = "From bundled stories, about three minutes"
    return Action("first_model", "Build my first model", lambda: Tour.begin(session), (), note, "play", busy)


def _undo(window: "Window") -> Action:
    notices = window.session.notices

    def nothing() -> str:
        return "" if notices.undoable() else "Nothing was done that can be undone"

    return Action("undo", "Undo", notices.undo, ("Ctrl+Z",), notices.undoable(), "undo", nothing)


def _of_view(window: "Window") -> list[Action]:
    theme = window.theme
    return [
        Action("rail", "Fold or unfold the rail", window.toggle_rail, ("Ctrl+B",), "View", "compare"),
        Action("larger", "Larger", lambda: theme.zoom_by(1), ("Ctrl++", "Ctrl+="), "View", "plus"),
        Action("smaller", "Smaller", lambda: theme.zoom_by(-1), ("Ctrl+-",), "View", "search"),
        Action("size", "Usual size", lambda: theme.zoom_by(0), ("Ctrl+0",), "View", "search"),
        Action("theme.light", "Use the light theme", lambda: theme.set_mode("light"), (), "View", "eye"),
        Action("theme.dark", "Use the dark theme", lambda: theme.set_mode("dark"), (), "View", "eye"),
        Action("theme.system", "Follow the system's theme", lambda: theme.set_mode("system"), (), "View", "eye"),
    ]


# -- what the actions do


def primary(window: "Window") -> None:
    """Ctrl+Enter."""
    press = getattr(window.stack.currentWidget(), "primary", None)  # a tab's, or the first page's
    if press is not None:
        press()


def escape(window: "Window") -> None:
    """Esc: the topmost thing closes, or writing stops; a training never stops by it."""
    page = window.current_page()
    if page is not None and page.escape():
        return
    window.toasts.close_top()


def search(window: "Window") -> None:
    """Ctrl+F: the search field of the tab, else the palette."""
    page = window.current_page()
    if page is None or not page.search():
        window.open_palette()


def pause_or_resume(window: "Window") -> None:
    """Ctrl+P: pause the training that runs."""
    live = window.session.jobs.live()
    for state in live:
        if wholes.at_work(state, live).kind in jobwords.PAUSABLE and state.status == "running":
            window.watch.pause(state.id)
            return
    page = window.current_page()
    for command in page.commands() if page is not None else []:
        if command.id.endswith("resume") and not command.enabled():
            command.run()
            return


def next_region(window: "Window", step: int) -> None:
    """F6: rail, header, page, job strip, status bar, round and round."""
    regions: list[QWidget] = [window.rail, window.headers, window.stack, window.strip, window.status]
    regions = [region for region in regions if region.isVisible()]
    now = QApplication.focusWidget()
    at = next((i for i, region in enumerate(regions) if now is region or (now and region.isAncestorOf(now))), -step)
    for offset in range(1, len(regions) + 1):
        region = regions[(at + step * offset) % len(regions)]
        if _focus_into(region):
            return


def _focus_into(region: QWidget) -> bool:
    from_here: QWidget = region
    for _ in range(2000):
        if _takes_focus(from_here, region):
            from_here.setFocus()
            return True
        following = from_here.nextInFocusChain()
        if following is None or following is region:
            break
        from_here = following
    return False


def _takes_focus(widget: QWidget, region: QWidget) -> bool:
    inside = widget is region or region.isAncestorOf(widget)
    policy = widget.focusPolicy().value & 1  # the bit for Tab
    return inside and bool(policy) and widget.isVisible() and widget.isEnabled()


def open_trash(window: "Window") -> None:
    """What was deleted."""
    from llmstudio.gui import trashsheet  # with the tables: not while the window opens

    trashsheet.show(window.session)


def show_keys(window: "Window") -> None:
    """Ctrl+/: every key that works here."""
    sheet = Sheet(window.theme, "Keys")
    page = ScrollPage(margin=0, gap=0)
    inside = QWidget()
    grid = QGridLayout(inside)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setColumnStretch(0, 1)
    rows = [(action.title, action.keys[0]) for action in table(window) if action.keys]
    for at, (title, key) in enumerate([*rows, ("Return a row to the proposal", "Ctrl+Backspace")]):
        grid.addWidget(Label(title), at, 0)
        native = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
        grid.addWidget(Label(native, "strong", "muted"), at, 1)
    page.add(inside)
    page.body.addStretch(1)
    sheet.add(page, 1)
    sheet.add_button("Close", "primary")
    window.session.dialogs.sheet(sheet)
