"""Everything the command palette offers: what can be done here and on other tabs, kept things, settings and help.

Kept things whose list takes longer to read (runs, chats) are read in the background and join while it is open.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from llmstudio.gui import glossary, jobwords, manual
from llmstudio.gui.actions import Action
from llmstudio.gui.tabs import registry
from llmstudio.store import catalog, chats
from llmstudio.store.run import RunState
from llmstudio.store.runlist import RunList

if TYPE_CHECKING:
    from llmstudio.gui.window import Window

KEPT_TABS: dict[catalog.KeptKind, tuple[str, str]] = {
    "dataset": ("data", "Data"),
    "tokenizer": ("tokenizer", "Tokenizers"),
    "model": ("models", "Models"),
}
RUN_TABS = frozenset({"train", "finetune", "evaluate"})
MOST_RUNS = 500
# Commands of tabs that were not made yet, as the tabs themselves name them: (id, title, icon).
WELL_KNOWN: dict[str, tuple[tuple[str, str, str], ...]] = {
    "data": (("data.import", "Import text", "import"), ("data.paste", "Import what is on the clipboard", "text")),
    "tokenizer": (
        ("tokenizer.train", "Train a tokenizer", "plus"),
        ("tokenizer.compare", "Compare two tokenizers", "compare"),
    ),
    "train": (("train.new", "New run", "plus"),),
    "finetune": (("finetune.new", "New fine-tuning", "plus"),),
    "evaluate": (("evaluate.new", "New evaluation", "plus"),),
    "models": (("models.import", "Import a model", "import"), ("models.starting", "Starting models", "search")),
    "runs": (("runs.export", "Export the table of runs", "export"),),
    "server": (("server.start", "Start the server", "play"),),
    "settings": (("settings.test", "Test this machine again", "chip"),),
}


class Offers(QObject):
    """The palette's entries for one window; `more` when kept things that were read meanwhile join them."""

    more = Signal()

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._runs, self._chats = RunList(window.session.workspace), chats.Shelf(window.session.workspace)
        self._read: list[Action] = []
        self._reading = False

    def all(self) -> list[Action]:
        """All there is now; begins to read what takes longer."""
        self._begin_reading()
        groups = (self._window.actions_now(), self._elsewhere(), self.kept(), self._read, settings(self._window))
        found = [action for group in (*groups, help_pages(self._window), terms(self._window)) for action in group]
        return list({action.id: action for action in reversed(found)}.values())[::-1]

    def kept(self) -> list[Action]:
        """Datasets, tokenizers and models to open."""
        found = []
        for kind, (tab, title) in KEPT_TABS.items():
            for thing in catalog.list_kept(self._session.workspace, kind):
                run = partial(self._session.go, tab, **{kind: thing.id})
                found.append(Action(f"{kind}.{thing.id}", thing.title, run, (), title, tab))
        return found

    # -- what takes longer

    def _begin_reading(self) -> None:
        if not self._reading:
            self._reading = True
            self._session.background.run(_look, self._runs, self._chats, done=self._take, failed=self._fail, owner=self)

    def _take(self, found: "tuple[list[RunState], list[tuple[str, str]]]") -> None:
        self._reading = False
        runs, talks = found
        read = [self._of_run(state) for state in runs]
        for name, title in talks:
            go = partial(self._session.go, "playground", chat=name)
            read.append(Action(f"chat.{name}", title, go, (), "Chats", "playground"))
        grew = {action.id for action in read} != {action.id for action in self._read}
        self._read = read
        if grew:
            self.more.emit()

    def _fail(self, _error: Exception) -> None:
        self._reading = False  # the next time the palette opens it is tried again

    def _of_run(self, state: RunState) -> Action:
        tab = jobwords.tab_of(state.kind)
        go = partial(self._session.go, tab if tab in RUN_TABS else "runs", run=state.id)
        return Action(f"run.{state.id}", state.title, go, (), "Runs", "runs")

    # -- other tabs

    def _elsewhere(self) -> Iterable[Action]:
        """Commands of tabs that are not in front: chosen, the tab comes to the front first."""
        front = self._window.current_page()
        for tab in registry.TABS:
            page = self._window.pages.get(tab.key)
            if page is None:
                for name, title, icon in WELL_KNOWN.get(tab.key, ()):
                    yield Action(name, title, partial(self._do, tab.key, name), (), tab.title, icon)
            elif page is not front:
                for command in page.commands():
                    run = partial(self._do, tab.key, command.id)
                    yield Action(command.id, command.title, run, (), tab.title, command.icon, command.enabled)

    def _do(self, tab: str, name: str) -> None:
        self._window.show_tab(tab)
        for command in self._window.pages[tab].commands():
            if command.id == name:
                reason = command.enabled()
                if reason:
                    self._session.notices.toast(f"{command.title}: not now", note=reason, tone="info")
                else:
                    command.run()
                return


def _look(runs: RunList, talks: chats.Shelf) -> tuple[list[RunState], list[tuple[str, str]]]:
    """In the background: the newest runs that are worth opening, and all chats (id, title)."""
    found = [state for state in runs.refresh() if jobwords.tab_of(state.kind) in RUN_TABS]
    return found[:MOST_RUNS], [(talk.id, talk.title) for talk in talks.look().chats]


def settings(window: "Window") -> list[Action]:
    """Each section of the settings, and each of its rows."""
    from llmstudio.gui.tabs.settings import presenter  # with its libraries: not while the window opens

    def go(section: str) -> Callable[[], None]:
        return partial(window.session.go, "settings", section=section)

    found = []
    for section, title, _ in presenter.SECTIONS:
        found.append(Action(f"settings.{section}", f"Settings: {title}", go(section), (), "Settings", "settings"))
        for row in presenter.ROWS.get(section, ()):
            found.append(Action(f"settings.{section}.{row}", row, go(section), (), f"Settings: {title}", "settings"))
    return found


def help_pages(window: "Window") -> list[Action]:
    """Each page of the manual."""
    go = window.session.go
    return [
        Action(f"help.{page}", f"Help: {title}", partial(go, "manual", page=page), (), "Manual", "help")
        for page, title in manual.pages()
    ]


def terms(window: "Window") -> list[Action]:
    """Each term of the glossary, by its title; other names are found too."""
    go = window.session.go
    found = []
    for term in glossary.terms():
        where = ", ".join(["Glossary", *term.names[1:]])
        run = partial(go, "manual", page=glossary.TOPIC, place=term.key)
        found.append(Action(f"term.{term.key}", f"What is: {term.title}", run, (), where, "help"))
    return found
