"""The window: rail, header, banners, the tabs, job strip and status bar, and what holds them together.

It knows the tabs only by the registry and makes each when it is first shown.
"""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from llmstudio.base.errors import UserError
from llmstudio.gui import closing, helping, icons, keyboard, windowactions
from llmstudio.gui.actions import Action
from llmstudio.gui.announcing import Announcer
from llmstudio.gui.jobwatch import JobWatch
from llmstudio.gui.machinewatch import MachineWatch, open_folder
from llmstudio.gui.notices import Notice
from llmstudio.gui.offers import Offers
from llmstudio.gui.session import Session
from llmstudio.gui.shortcuts import Shortcuts
from llmstudio.gui.tabs import registry
from llmstudio.gui.widgets.banner import Banner
from llmstudio.gui.widgets.button import icon_button
from llmstudio.gui.widgets.commandpalette import CommandPalette
from llmstudio.gui.widgets.focusring import FocusRing
from llmstudio.gui.widgets.headerbar import HeaderBar
from llmstudio.gui.widgets.history import History
from llmstudio.gui.widgets.jobstrip import JobRow, JobStrip
from llmstudio.gui.widgets.page import TabPage
from llmstudio.gui.widgets.rail import FOLDED, WIDTHS, Rail
from llmstudio.gui.widgets.statusbar import StatusBar
from llmstudio.gui.widgets.toast import ToastHost

SMALLEST = QSize(840, 520)
FIRST_SIZE = QSize(1280, 800)
RECENT = "palette.recent"
MODEL_ENDINGS = (".gguf", ".safetensors")
STATUS_SMALL = {"device", "precision", "memory"}
STATUS_ALL = STATUS_SMALL | {"workspace", "network", "server"}


def size_class(width: float, height: float) -> str:
    """S, M, L or X for a window of logical pixels."""
    if width < 1000 or height < 600:
        return "S"
    return "M" if width < 1200 else "L" if width < 1600 else "X"


def _holds_something(place: Path) -> bool:
    """Whether a folder has one that is not hidden; looks no further than the first."""
    return any(not child.name.startswith(".") and child.is_dir() for child in place.iterdir())


class Window(QWidget):
    """The main window of one session."""

    closed = Signal()

    def __init__(self, session: Session, app: QApplication) -> None:
        super().__init__()
        self.session = session
        self.theme = session.theme
        self.pages: dict[str, TabPage] = {}
        self.size_class = ""
        self._bars: dict[str, HeaderBar] = {}
        self._welcome: QWidget | None = None
        self._leaving = False
        self.setWindowTitle(f"LLM Studio – {session.workspace.root.name}")
        self.setWindowIcon(icons.app_icon())
        self.setMinimumSize(SMALLEST)
        self.setAcceptDrops(True)
        self._make_parts()
        self._lay_out()
        session.dialogs.attach(self)
        session.dialogs.help = partial(helping.explain_widget, session)
        self.toasts = ToastHost(self.theme, self, session.dialogs.details)
        self.watch = JobWatch(session, self.strip, self.mini, self.rail, self)
        self.machine = MachineWatch(session, self.status, self._show_disk_low)
        self._add_bell()
        self.announcer = Announcer(session, self)
        self.shortcuts = Shortcuts(self, self._guarded)
        self.offers = Offers(self)
        self.ring = FocusRing(self.theme, app, self)
        self.palette_box = CommandPalette(self.theme, self, self._run_action)
        self.offers.more.connect(lambda: self.palette_box.offer(self.offers.all()))
        self._connect()
        self._make_shortcuts()

    # -- construction

    def _make_parts(self) -> None:
        groups = [
            [(tab.key, tab.title, tab.key) for tab in registry.TABS if tab.group == group]
            for group in (registry.ROAD, registry.SHELF, registry.FOOT)
        ]
        self.rail = Rail(self.theme, groups)
        self.headers = QStackedWidget()
        self.headers.setObjectName("header-area")
        self.stack = QStackedWidget()
        self.stack.setObjectName("page-area")
        self.strip = JobStrip(self.theme)
        self.status = StatusBar(self.theme)
        self.mini = JobRow(self.theme, compact=True)
        self.mini.hide()
        self.status.slot.addWidget(self.mini)
        self.read_only_banner = Banner(
            self.theme,
            self.session.why_read_only,
            "info",
            action="Try again",
        )
        self.disk_banner = Banner(
            self.theme,
            "Less than 1 GB is left on this disk. Free some space; the last checkpoint is safe.",
            "danger",
            action="Free space",
        )
        self.read_only_banner.setVisible(self.session.read_only)
        self.disk_banner.hide()

    def _lay_out(self) -> None:
        self.banners = QVBoxLayout()
        self.banners.setContentsMargins(24, 0, 24, 0)
        self.banners.setSpacing(8)
        for banner in (self.read_only_banner, self.disk_banner):
            self._add_banner(banner)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.headers)
        right.addLayout(self.banners)
        right.addWidget(self.stack, 1)
        right.addWidget(self.strip)
        upper = QHBoxLayout()
        upper.setSpacing(0)
        upper.addWidget(self.rail)
        upper.addLayout(right, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(upper, 1)
        outer.addWidget(self.status)

    def _add_bell(self) -> None:
        self.bell = icon_button(self.theme, "bell", "Notices", self._open_history, name="status.notices")
        self.status.add_widget(self.bell)

    def _connect(self) -> None:
        session = self.session
        self.rail.chosen.connect(self.show_tab)
        session.go_requested.connect(self.go)
        session.notices.posted.connect(self._show_notice)
        session.banner_requested.connect(self._add_banner)
        self.read_only_banner.action_requested.connect(lambda: session.workspace_requested.emit(session.workspace.root))
        self.disk_banner.action_requested.connect(lambda: open_folder(session.workspace.root))
        self.theme.changed.connect(self._refit)
        self.watch.crowded.connect(self._fit_status)

    # -- tabs

    def open_first(self) -> None:
        """Show the welcome page where nothing exists yet, else the tab last shown."""
        if self._empty():
            self.show_welcome()
            return
        last = str(self.session.settings.get("window.tab", registry.TABS[0].key))
        known = {tab.key for tab in registry.TABS}
        self.show_tab(last if last in known else registry.TABS[0].key)

    def _empty(self) -> bool:
        ws = self.session.workspace
        places = (ws.datasets, ws.tokenizers, ws.models, ws.runs)
        return not any(_holds_something(place) for place in places)

    def show_welcome(self) -> None:
        """The page for a new workspace; later it is reached through the palette."""
        if self._welcome is None:
            self._welcome = registry.load(registry.WELCOME)(self.session)
            self.stack.addWidget(self._welcome)
            self._fit_page(self._welcome)
        self.headers.hide()
        self.rail.set_current("")
        self._front(self._welcome)
        self._make_shortcuts()
        self.session.tab_shown.emit("")

    def page(self, key: str) -> TabPage:
        """The page of a tab, made when first asked for."""
        if key not in self.pages:
            page = registry.load(registry.find(key).page)(self.session)
            bar = HeaderBar(page)
            self.pages[key], self._bars[key] = page, bar
            self.stack.addWidget(page)
            self.headers.addWidget(bar)
            self._fit_page(page)
            bar.fit(self.size_class or "L")
        return self.pages[key]

    def show_tab(self, key: str) -> None:
        """Bring a tab to the front."""
        page = self.page(key)
        self.headers.show()
        self.headers.setCurrentWidget(self._bars[key])
        self.headers.setFixedHeight(self._bars[key].height())
        self.rail.set_current(key)
        self._front(page)
        page.shown()
        if key in self.rail.items:
            self.session.settings.set("window.tab", key)
        self._make_shortcuts()
        self.session.tab_shown.emit(key)

    def go(self, key: str, args: dict[str, object]) -> None:
        """Bring a tab to the front and tell it what to open."""
        self.show_tab(key)
        if args:
            try:
                self.pages[key].open(**args)
            except UserError as error:  # what was to be opened is gone meanwhile
                self.session.notices.error(error, "Opening it")

    def current_page(self) -> TabPage | None:
        """The tab in front; None while the welcome page is."""
        page = self.stack.currentWidget()
        return page if isinstance(page, TabPage) and page in self.pages.values() else None

    def _front(self, page: QWidget) -> None:
        before = self.current_page()
        if before is not None and before is not page:
            before.hidden()
        self.stack.setCurrentWidget(page)

    # -- sizes

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the class of the new size."""
        super().resizeEvent(event)
        self._refit()

    def toggle_rail(self) -> None:
        """Fold the rail to icons, or unfold it."""
        self.session.settings.set("window.folded", not self.rail.folded)
        self._fold()

    def _refit(self) -> None:
        found = size_class(self.width() / self.theme.zoom, self.height() / self.theme.zoom)
        if found != self.size_class:
            self.size_class = found
            for page in [*self.pages.values(), *([self._welcome] if self._welcome else [])]:
                self._fit_page(page)
            self.watch.set_small(found == "S")
            self._fit_status()
        for bar in self._bars.values():
            bar.fit(found)
            self.headers.setFixedHeight(bar.height())
        self._fit_banners()
        self._fold()

    def _fit_status(self, crowded: bool = False) -> None:
        small = self.size_class == "S"
        self.status.set_shown({"memory"} if small and crowded else STATUS_SMALL if small else STATUS_ALL)

    def _fold(self) -> None:
        wanted = bool(self.session.settings.get("window.folded", False))
        width = WIDTHS[self.size_class or "L"]
        self.rail.set_width(FOLDED if wanted else width)

    def _fit_page(self, page: QWidget) -> None:
        found = self.size_class or size_class(self.width(), self.height())
        page.setProperty("sizeClass", found)
        if isinstance(page, TabPage):
            page.size_class = found
            page.fit(found)

    # -- banners and notices

    def _add_banner(self, banner: Banner) -> None:
        self.banners.addWidget(banner)
        banner.turned.connect(self._fit_banners)

    def _fit_banners(self) -> None:
        """Room below them, where there is one."""
        items = (self.banners.itemAt(at) for at in range(self.banners.count()))
        there = [item.widget() for item in items if item is not None]
        some = any(one is not None and one.isVisibleTo(self) for one in there)
        margin = 16 if self.size_class == "S" else 24
        self.banners.setContentsMargins(margin, 0, margin, 8 if some else 0)

    def _show_disk_low(self, low: bool) -> None:
        if low != self.disk_banner.isVisibleTo(self):
            self.disk_banner.setVisible(low)

    def _show_notice(self, notice: Notice) -> None:
        self.toasts.bottom = self.status.height() + (self.strip.height() if self.strip.isVisible() else 0)
        if not notice.quiet:
            self.toasts.show_notice(notice)
        count = self.session.notices.unseen
        self.bell.setAccessibleName(f"Notices, {count} not looked at")

    def _open_history(self) -> None:
        notices = self.session.notices
        notices.mark_seen()
        self.bell.setAccessibleName("Notices")
        self.toasts.clear()
        box = History(self.theme, self, notices.history, self.session.dialogs.details, notices.forget)
        box.closed.connect(box.deleteLater)
        height = min(96 + 64 * len(notices.history), 420)
        box.open_at(self.bell, width=self.theme.px(376), height=height, align_right=True)

    # -- actions

    def actions_now(self) -> list[Action]:
        """Everything one can do at this moment."""
        return windowactions.table(self)

    def open_palette(self) -> None:
        """Ctrl+K."""
        recent = [str(key) for key in self.session.settings.get(RECENT, [])]
        self.palette_box.open_with(self.offers.all(), recent)

    def _run_action(self, action: Action) -> None:
        recent = [action.id, *(key for key in self.session.settings.get(RECENT, []) if key != action.id)]
        self.session.settings.set(RECENT, recent[:12])
        QTimer.singleShot(0, lambda: self._guarded(action))

    def _guarded(self, action: Action) -> None:
        if action.enabled():
            return
        try:
            action.run()
        except UserError as error:
            self.session.notices.error(error, action.title)

    def _make_shortcuts(self) -> None:
        self.shortcuts.renew(self.actions_now())

    # -- files dropped anywhere

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and folders can be dropped on any tab."""
        if event.mimeData().hasUrls() and not self.session.read_only:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """They are imported as text, or as a model where their names say so."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths and paths[0].lower().endswith(MODEL_ENDINGS):
            self.session.go("models", path=paths[0])
        elif paths:
            self.session.go("data", paths=paths)

    # -- the end

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing is safe: ask while a job runs."""
        if not self._leaving and not closing.may_close(self):
            event.ignore()
            return
        closing.remember_geometry(self)
        self.session.jobs.leave()
        self.session.background.close()
        closing.keep_settings(self.session.settings)
        self.session.workspace.close()
        event.accept()
        self.closed.emit()

    def close_for_good(self) -> None:
        """Close without asking again."""
        self._leaving = True
        self.close()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes on in the order the eye takes; but what vanished with the keyboard leaves it to its page."""
        banners = (self.read_only_banner, self.disk_banner)
        regions = (self.rail, self.headers, *banners, self.stack, self.strip, self.status)
        return (
            keyboard.left_to(self.stack.currentWidget())
            or keyboard.go_on(self, regions, forward)
            or super().focusNextPrevChild(forward)
        )

    def restore(self) -> None:
        """Take the size of last time, inside the screen of today."""
        screen = self.screen().availableSize()
        size = closing.last_size(self.session.settings, FIRST_SIZE, screen)
        self.resize(size)
        if self.session.settings.get("window.maximized") is True or closing.fills(size, screen):
            self.setWindowState(Qt.WindowState.WindowMaximized)
