"""The Settings tab: sections at the left, rows at the right; every change applies at once and can be undone."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from llmstudio.base import paths
from llmstudio.config.option import describe
from llmstudio.gui import trashsheet
from llmstudio.gui.forms.form import Form
from llmstudio.gui.machineprobe import MachineProbe
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.settings import presenter
from llmstudio.gui.tabs.settings.benchmarks import BenchmarkCard
from llmstudio.gui.tabs.settings.keys import KeysCard
from llmstudio.gui.tabs.settings.network import NetworkCard
from llmstudio.gui.tabs.settings.noticescard import NoticesCard
from llmstudio.gui.tabs.settings.options import MODES, Appearance, values_of, zoom_entries
from llmstudio.gui.tabs.settings.power import PowerCard
from llmstudio.gui.tabs.settings.presenter import Fact
from llmstudio.gui.theme import ZOOMS
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.page import Command, TabPage
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.sections import Sections
from llmstudio.gui.widgets.text import ElidedLabel, Label

FORM = 664
SIDE = 200


class SettingsPage(TabPage):
    """Sections and their rows."""

    key = "settings"
    title = "Settings"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.probe = MachineProbe(session, self)
        self.search_field = QLineEdit()
        self.search_field.setPlaceholderText("Search settings")
        self.search_field.setAccessibleName("Search settings")
        self.sections = Sections(self.theme)
        self.nothing = Label("Nothing found", "caption", "muted")
        self.picker = Picker(
            self.theme, "Section", [Entry(key, title) for key, title, _ in presenter.SECTIONS], name="settings.section"
        )
        self.stack = QStackedWidget()
        self._pages: dict[str, QWidget] = {}
        self._before: dict[str, Any] = values_of(self.theme)
        self._make_sections()
        self._lay_out()
        self._connect()
        self._filter("")
        self._show_machine()

    # -- construction

    def _make_sections(self) -> None:
        self._pages = {
            "appearance": self._appearance(),
            "machine": self._machines(),
            "folders": self._folders(),
            "network": NetworkCard(self.session),
            "notices": NoticesCard(self.session),
            "keys": KeysCard(self.session),
            "about": self._about(),
        }
        for page in self._pages.values():
            area = ScrollPage(margin=0)
            area.add(page)
            area.body.addStretch(1)
            area.body.setContentsMargins(0, 0, 0, 8)
            self.stack.addWidget(area)

    def _appearance(self) -> Card:
        card = Card("Appearance", padding=24)
        self.form = Form(
            self.session,
            describe(Appearance),
            prefix="settings",
            pickers={"font": "text", "zoom": "search"},
            head=False,
        )
        families = [name for name in QFontDatabase.families() if not name.startswith(".")]
        self.form.set_entries("theme", [Entry(key, words) for key, words in MODES.items()])
        self.form.set_entries("font", [Entry("System", "System"), *(Entry(name, name) for name in families)])
        self.form.set_entries("zoom", [Entry(key, words) for key, words in zoom_entries(ZOOMS)])
        self.form.set_values(values_of(self.theme))
        self.form.changed.connect(self._apply)
        card.add(self.form)
        return card

    def _machines(self) -> QWidget:
        both = QWidget()
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        self.benchmarks = BenchmarkCard(self.session)
        column.addWidget(self._machine())
        column.addWidget(PowerCard(self.session))
        column.addWidget(self.benchmarks)
        return both

    def _machine(self) -> Card:
        card = Card("This machine", padding=24)
        self.machine_grid = QGridLayout()
        self.test = Button("Test again", "second", icon="regenerate", theme=self.theme, run=self.probe.begin)
        self.told = ElidedLabel("", "caption", "muted")
        foot = QHBoxLayout()
        foot.setSpacing(12)
        foot.addWidget(self.test)
        foot.addWidget(self.told, 1)
        card.add(self.machine_grid)
        card.add(line())
        card.add(foot)
        return card

    def _folders(self) -> Card:
        card = Card("Folders", padding=24)
        grid = QGridLayout()
        _set_columns(grid, self.theme.px(168))
        log = paths.user_log()
        rows = presenter.folder_facts(self.session.workspace.root, self.session.settings.path, log)
        for row, (fact, folder) in enumerate(rows):
            open_it = Button("Open", "link", run=partial(open_folder, folder))
            open_it.setAccessibleName(f"Open the folder of {fact.label}")
            _add_fact(grid, row, fact, open_it)
        card.add(grid)
        card.add(line())
        foot = QHBoxLayout()
        self.other = Button("Open another workspace", "second", icon="folder", theme=self.theme, run=self._workspace)
        foot.addWidget(self.other)
        self.trash = Button("Open the trash", "second", icon="trash", theme=self.theme, run=self._trash)
        foot.addWidget(self.trash)
        foot.addStretch(1)
        card.add(foot)
        return card

    def _about(self) -> Card:
        card = Card("About", padding=24)
        grid = QGridLayout()
        _set_columns(grid, self.theme.px(168))
        rows = presenter.about_facts()
        for row, fact in enumerate(rows):
            _add_fact(grid, row, fact)
        card.add(grid)
        card.add(line())
        card.add(Label("What it is built with", "caption-strong", "muted"))
        libraries = QGridLayout()
        _set_columns(libraries, self.theme.px(168))
        found = presenter.library_facts()
        for row, fact in enumerate(found):
            _add_fact(libraries, row, fact, compact=True)
        card.add(libraries)
        card.add(line())
        foot = QHBoxLayout()
        text = presenter.as_text([*rows, *found])
        foot.addWidget(Button("Copy", "second", icon="copy", theme=self.theme, run=lambda: self._copy(text)))
        foot.addStretch(1)
        card.add(foot)
        return card

    def _lay_out(self) -> None:
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(24, 8, 24, 16)
        self._row.setSpacing(16)
        self._side = QFrame()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(8)
        side.addWidget(self.search_field)
        side.addWidget(self.sections, 1)
        side.addWidget(self.nothing)
        self._side.setFixedWidth(self.theme.px(SIDE))
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.picker)
        right.addWidget(self.stack, 1)
        self.stack.setMaximumWidth(self.theme.px(FORM))
        self.stack.setMinimumWidth(self.theme.px(320))
        self.picker.setMaximumWidth(self.theme.px(FORM))
        self._row.addWidget(self._side, 0)
        self._row.addLayout(right, 1000)
        self._row.addStretch(1)
        self.picker.hide()

    def _connect(self) -> None:
        self.search_field.textChanged.connect(self._filter)
        self.sections.currentItemChanged.connect(self._chosen)
        self.picker.chosen.connect(self.show_section)
        self.probe.changed.connect(self._show_machine)
        self.theme.changed.connect(self._take_over)

    # -- what every tab has

    def shown(self) -> None:
        """Memory and disk change while one is elsewhere."""
        self._show_machine()

    def open(self, **args: object) -> None:
        """`section`: a key of `presenter.SECTIONS`; `run`: a benchmark to show."""
        section = "machine" if "run" in args else args.get("section")
        self.benchmarks.choose(str(args.get("run") or ""))
        if isinstance(section, str):
            self.show_section(section)

    def fit(self, size_class: str) -> None:
        """In small windows the sections are a picker above the rows."""
        self.size_class = size_class
        small = size_class == "S"
        edge = 16 if small else 24
        self._row.setContentsMargins(edge, 0 if small else 8, edge, 16)
        self._side.setVisible(not small)
        self.picker.setVisible(small)

    def search(self) -> bool:
        """Ctrl+F."""
        if self.size_class == "S":
            return False
        self.search_field.setFocus()
        self.search_field.selectAll()
        return True

    def commands(self) -> list[Command]:
        """Every section, and the test."""
        sections = [
            Command(f"settings.{key}", f"Settings: {title}", "", partial(self.show_section, key), icon="settings")
            for key, title, _ in presenter.SECTIONS
        ]
        busy = "The test is running." if self.probe.running else ""
        return [*sections, Command("settings.test", "Test this machine again", "", self._test, lambda: busy, "chip")]

    # -- intents

    def show_section(self, key: str) -> None:
        """Bring a section to the front."""
        keys = list(self._pages)
        if key not in keys:
            return
        self.stack.setCurrentIndex(keys.index(key))
        self.picker.set_current(key)
        self.sections.mark(key)

    def _test(self) -> None:
        self.show_section("machine")
        self.probe.begin()

    def _workspace(self) -> None:
        folder = self.session.dialogs.open_folder("Open a workspace", self.session.workspace.root.parent)
        if folder is not None and folder != self.session.workspace.root:
            self.session.workspace_requested.emit(folder)

    def _trash(self) -> None:
        trashsheet.show(self.session)

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.session.notices.toast("Versions and licences are copied")

    # -- appearance

    def _apply(self, name: str) -> None:
        before, wanted = dict(self._before), self.form.values()
        self._put(wanted)
        if name and before.get(name) != wanted.get(name):
            title = self.form.infos[name].title
            self.session.notices.toast(f"{title} is changed", ("Undo", lambda: self._put(before)), tone="info")

    def _put(self, values: dict[str, Any]) -> None:
        now = values_of(self.theme)
        puts: dict[str, Callable[[Any], object]] = {
            "theme": self.theme.set_mode,
            "font": self.theme.set_family,
            "zoom": lambda key: self.theme.set_zoom(int(key) / 100),
            "reduced_motion": self.theme.set_reduced_motion,
        }
        for name, put in puts.items():
            if values.get(name) != now[name]:
                put(values[name])

    def _take_over(self) -> None:
        """The theme was changed, here or by Ctrl and plus."""
        now = values_of(self.theme)
        self._before = now
        if self.form.values() != now:
            self.form.blockSignals(True)
            self.form.set_values(now)
            self.form.blockSignals(False)

    # -- showing

    def _filter(self, query: str) -> None:
        found = presenter.matching(query)
        self.sections.fill([(key, title) for key, title, _ in presenter.SECTIONS if key in found])
        self.nothing.setVisible(not found)
        if found:
            current = list(self._pages)[self.stack.currentIndex()]
            self.show_section(current if current in found else found[0])

    def _chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.show_section(str(item.data(Qt.ItemDataRole.UserRole)))

    def _show_machine(self) -> None:
        _clear(self.machine_grid)
        _set_columns(self.machine_grid, self.theme.px(168))
        for row, fact in enumerate(presenter.machine_facts(presenter.known())):
            _add_fact(self.machine_grid, row, fact)
        self.test.setEnabled(not self.probe.running and not self.session.read_only)
        words = "Testing, about ten seconds" if self.probe.running else self.probe.failure
        self.told.setText(words or presenter.tested(presenter.known()))
        self.told.set_role("danger" if self.probe.failure and not self.probe.running else "muted")


def open_folder(folder: Path) -> None:
    """Show a folder in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def _set_columns(grid: QGridLayout, label: int) -> None:
    grid.setColumnMinimumWidth(0, label)
    grid.setColumnStretch(1, 3)
    grid.setColumnStretch(2, 4)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(0)


def _add_fact(grid: QGridLayout, row: int, fact: Fact, extra: QWidget | None = None, *, compact: bool = False) -> None:
    grid.setRowMinimumHeight(row, 28 if compact else 40)
    middle = Qt.AlignmentFlag.AlignVCenter
    value = ElidedLabel(fact.value, "body", where=Qt.TextElideMode.ElideMiddle)
    grid.addWidget(Label(fact.label), row, 0, middle)
    grid.addWidget(value, row, 1, middle)
    grid.addWidget(ElidedLabel(fact.note, "caption", "muted"), row, 2, middle)
    if extra is not None:
        grid.addWidget(extra, row, 3, middle)


def _clear(grid: QGridLayout) -> None:
    while (item := grid.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
