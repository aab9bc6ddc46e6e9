"""The Runs tab: the table of all trainings, the curves of those ticked, and what was different about them."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.gui import icons
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.runs import presenter
from llmstudio.gui.tabs.runs.compare import DifferencesCard, OverlayCard
from llmstudio.gui.tabs.runs.deeds import RunDeeds, copy_words
from llmstudio.gui.tabs.runs.presenter import Row, Ticks
from llmstudio.gui.tabs.runs.shelf import Follower, Shelf
from llmstudio.gui.tabs.runs.table import RunsTable
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.empty import Empty
from llmstudio.gui.widgets.page import Command, Header, TabPage
from llmstudio.gui.widgets.plotexport import safe_cell
from llmstudio.gui.widgets.searchfield import SearchField
from llmstudio.gui.widgets.segmented import PageTabs
from llmstudio.gui.widgets.text import Label

REFRESH_MS = 500
TICKED_FIRST = 3
PARTS = [("runs", "Runs"), ("curves", "Curves"), ("settings", "Settings that differ")]


class RunsPage(TabPage):
    """Shows the runs; reading them happens in the background, a portion at a time."""

    key = "runs"
    title = "Runs"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.shelf = Shelf(session.workspace)
        self.ticks = Ticks()
        self.rows: list[Row] = []
        self._followers: dict[str, Follower] = {}
        self._reading = False
        self._again = False
        self._stale = True
        self._looked = False
        self._wanted = ""  # a run to select once it is read
        self.deeds = RunDeeds(session, self)
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        theme, session = self.theme, self.session
        self.table = RunsTable(theme)
        self.overlay = OverlayCard(session)
        self.differences = DifferencesCard(theme)
        self.empty = Empty(
            theme,
            "runs",
            "No runs yet",
            "Each training you start is kept here with its curve.",
            action="Open Train",
        )
        self.filter = SearchField(theme, "Filter by name, state or tag", name="runs.filter")
        self.filter.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)  # the header keeps this width
        self.export = Button(
            "Export", "quiet", icon="export", theme=theme, run=self.export_csv, name="runs.export_button"
        )
        self.copy = Button(
            "Copy settings to Train", icon="copy", theme=theme, run=self.copy_settings, name="runs.copy_button"
        )
        self.nothing = Label("No run matches the filter.", "body", "muted")
        self.parts = PageTabs(theme, PARTS)
        for widget in (self.filter, self.export, self.copy):
            widget.setParent(self)
            widget.hide()

    def _lay_out(self) -> None:
        gap = self.theme.px(16)
        self.table_card = Card(padding=0)
        self.table_card.add(self.table, 1)
        self.table_card.add(self.nothing)
        self.nothing.setContentsMargins(16, 0, 16, 16)
        self.below = QWidget()
        below = QHBoxLayout(self.below)
        below.addWidget(self.overlay, 1)
        below.addWidget(self.differences)
        self.content = QWidget()
        column = QVBoxLayout(self.content)
        column.addWidget(self.parts)
        column.addWidget(self.table_card, 4)
        column.addWidget(self.below, 5)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.content)
        self._outer = QVBoxLayout(self)
        self._outer.addWidget(self.stack)
        for layout in (below, column):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(gap)
        self.fit("L")

    def _connect(self) -> None:
        session = self.session
        self.filter.textChanged.connect(lambda _text: self.render_all())
        self.table.ticked.connect(self.tick)
        self.table.opened.connect(lambda row: session.go(row.tab, run=row.id))
        self.table.picked.connect(lambda _row: self._enable())
        self.table.menu_requested.connect(self._show_menu)
        self.table.rename_requested.connect(self.deeds.rename)
        self.table.trash_requested.connect(self.deeds.trash)
        self.overlay.run_clicked.connect(lambda run: self.table.select_where(lambda row: row.id == run))
        self.differences.copy_requested.connect(self._copy_from)
        self.empty.action_requested.connect(lambda: session.go("train"))
        self.parts.chosen.connect(lambda _key: self._show_parts())
        session.runs_changed.connect(self._changed)
        session.jobs.changed.connect(self._changed)
        session.jobs.events.connect(lambda run, _batch: self._run_moved(run))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._refresh_live)
        self.theme.changed.connect(lambda: self.fit(self.size_class))  # lengths follow the zoom

    # -- the frame's hooks

    def header(self) -> Header:
        """Filter, export, copy."""
        if not self.rows:
            return Header()
        buttons = [self.export] if self.session.read_only else [self.export, self.copy]
        return Header(picker=self.filter, buttons=buttons)

    def shown(self) -> None:
        """Read what changed while another tab was in front."""
        if self._stale:
            self.read()

    def open(self, **args: object) -> None:
        """`run` selects a run and shows its curve, once it is read."""
        self._wanted = str(args.get("run", ""))
        self._show_wanted()

    def _show_wanted(self) -> None:
        row = next((row for row in self.rows if row.id == self._wanted), None)
        if row is None:
            return
        self._wanted = ""
        if self.filter.text() and not presenter.matching([row], self.filter.text()):
            self.filter.clear()
        if len(row.points) > 1 and self.ticks.slot(row.id) < 0:
            self.tick(row.id)
        self.table.select_where(lambda other: other.id == row.id)

    def fit(self, size_class: str) -> None:
        """Two rows of cards, or one part at a time in small windows."""
        self.size_class = size_class
        px = self.theme.px
        margin = px(16 if size_class == "S" else 24)
        top, bottom = (8, 24) if size_class in ("L", "X") else (0, 16)
        self._outer.setContentsMargins(margin, px(top), margin, px(bottom))
        self.differences.setFixedWidth(px({"M": 320, "X": 440}.get(size_class, 376)))
        if size_class == "S":
            self.differences.setMaximumWidth(16_777_215)
            self.differences.setMinimumWidth(0)
        self.filter.setFixedWidth(px(200 if size_class == "S" else 264))
        self.table.fit(size_class)
        self._show_parts()

    def _show_parts(self) -> None:
        small = self.size_class == "S"
        part = self.parts.current() or "runs"
        self.parts.setVisible(small)
        self.table_card.setVisible(not small or part == "runs")
        self.below.setVisible(not small or part != "runs")
        self.overlay.setVisible(not small or part == "curves")
        self.differences.setVisible(not small or part == "settings")

    def commands(self) -> list[Command]:
        """What the palette offers here."""

        def chosen() -> str:
            return "" if self.table.current_row() is not None else "Choose a run first"

        def of_row(deed: Callable[[Row], object]) -> Callable[[], object]:
            return lambda: deed(self.table.current_row())

        return [
            Command("runs.copy", "Copy the settings of this run", run=self.copy_settings, enabled=chosen, icon="copy"),
            Command("runs.rename", "Rename this run", run=of_row(self.deeds.rename), enabled=chosen, icon="edit"),
            Command("runs.tag", "Tag this run", run=of_row(self.deeds.tag), enabled=chosen, icon="tag"),
            Command("runs.trash", "Move this run to the trash", run=of_row(self.deeds.trash), enabled=chosen,
                    icon="trash"),
            Command("runs.export", "Export the table of runs", run=self.export_csv, icon="export"),
        ]  # fmt: skip

    def search(self) -> bool:
        """Ctrl+F."""
        self.filter.setFocus()
        self.filter.selectAll()
        return True

    # -- reading

    def read(self) -> None:
        """Read the runs in the background; a wish during a reading is granted after it."""
        if self._reading:
            self._again = True
            return
        self._reading, self._stale = True, False
        self._next(self.shelf.portions())

    def _next(self, portions: Iterator[list[Row]]) -> None:
        def done(rows: list[Row] | None) -> None:
            if rows is None:
                self._finish_reading()
                return
            self._take(rows)
            self._next(portions)

        self.session.background.run(next, portions, None, done=done, failed=self._failed, owner=self)

    def _failed(self, error: Exception) -> None:
        self._finish_reading()
        self.session.notices.error(error, "Reading the runs")

    def _finish_reading(self) -> None:
        self._reading = False
        if self._again:
            self._again = False
            self.read()

    def _take(self, rows: list[Row]) -> None:
        known = {row.id for row in rows}
        had = bool(self.rows)
        self.rows = rows
        self.ticks.keep(known)
        self._followers = {run: old for run, old in self._followers.items() if run in known}
        self.render_all()
        self._show_wanted()
        self._tick_first()
        if bool(rows) != had:
            self.header_changed.emit()

    def _tick_first(self) -> None:
        """The newest runs with a curve are ticked on the first look, so that there is something to see."""
        if self._looked or not self.rows:
            return
        self._looked = True
        for row in [row for row in self.rows if len(row.points) > 1][:TICKED_FIRST]:
            if self.ticks.slot(row.id) < 0:
                self.tick(row.id)

    def _changed(self) -> None:
        self._stale = True
        if self.isVisible():
            self.read()

    def _run_moved(self, run_id: str) -> None:
        if self.isVisible() and not self._timer.isActive() and any(row.id == run_id for row in self.rows):
            self._timer.start()

    def _refresh_live(self) -> None:
        live = {state.id: state for state in self.session.jobs.live()}
        self.rows = [presenter.row_of(live[row.id]) if row.id in live else row for row in self.rows]
        for run_id in set(self.ticks.ids()) & live.keys() & self._followers.keys():
            self._followers[run_id].poll()
        self.render_all()

    # -- what is shown

    def render_all(self) -> None:
        """Show rows, curves and differences."""
        self.stack.setCurrentWidget(self.content if self.rows else self.empty)
        self.rows = [replace(row, slot=self.ticks.slot(row.id)) for row in self.rows]
        found = presenter.matching(self.rows, self.filter.text())
        if found != self.table.rows_model.rows:
            self.table.set_rows(found, key=lambda row: row.id)
        self.nothing.setVisible(bool(self.rows) and not found)
        self.render_ticked()
        self._enable()

    def render_ticked(self) -> None:
        """Show the curves and the differences of the ticked runs."""
        ticked = self.ticked_rows()
        self.overlay.show_runs(ticked, {run: follower.series for run, follower in self._followers.items()})
        self.differences.show_runs(ticked)

    def ticked_rows(self) -> list[Row]:
        """The ticked runs by slot."""
        by_id = {row.id: row for row in self.rows}
        return [by_id[run] for run in self.ticks.ids() if run in by_id]

    def _enable(self) -> None:
        row = self.table.current_row()
        self.copy.setEnabled(row is not None)
        self.copy.setText(copy_words(row) if row is not None else "Copy settings to Train")

    def tick(self, run_id: str) -> None:
        """Tick or untick a run; its curves are read in the background."""
        if not self.ticks.toggle(run_id):
            self.session.notices.toast(f"{presenter.MOST_TICKED} runs can be compared at once", tone="info")
            return
        if self.ticks.slot(run_id) >= 0 and run_id not in self._followers:
            folder = self.session.workspace.runs / run_id
            self.session.background.run(Follower.load, folder, done=self._followed, owner=self)
        self.render_all()

    def _followed(self, follower: Follower) -> None:
        self._followers[follower.id] = follower
        self.render_ticked()

    # -- what can be done

    def _show_menu(self, row: Row, place: QPoint) -> None:
        menu = QMenu(self)
        for words, icon, run in self.deeds.offers(row):
            action = menu.addAction(icons.icon(icon, "text", 16, theme=self.theme), words)
            action.triggered.connect(lambda _on=False, run=run: run())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def copy_settings(self) -> None:
        """Take the settings of the selected run to the form of a new one of its kind."""
        row = self.table.current_row()
        if row is not None:
            self.deeds.copy_settings(row)

    def _copy_from(self, run_id: str) -> None:
        for row in self.rows:
            if row.id == run_id:
                self.deeds.copy_settings(row)

    def export_csv(self) -> None:
        """Write the rows that are shown as CSV."""
        path = self.session.dialogs.save_file("Export runs", "runs.csv", "CSV table (*.csv)")
        if path is None:
            return
        out = io.StringIO()
        rows = presenter.csv_rows(self.table.rows_model.rows)
        csv.writer(out, lineterminator="\r\n").writerows([[safe_cell(cell) for cell in row] for row in rows])
        try:
            files.write_text(path, out.getvalue())
        except (OSError, UserError) as error:
            self.session.notices.error(error, f"Exporting {path.name}")
        else:
            self.session.notices.toast(f"Exported {path.name}")
