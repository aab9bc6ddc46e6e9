"""The Evaluate tab: which data, the table of models measured on it, and the comparison of those ticked."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from llmstudio.base.errors import UserError
from llmstudio.gui import icons
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.evaluate import exporting, presenter, shelf
from llmstudio.gui.tabs.evaluate.deeds import EvaluationDeeds
from llmstudio.gui.tabs.evaluate.details import Details
from llmstudio.gui.tabs.evaluate.newsheet import NewSheet
from llmstudio.gui.tabs.evaluate.presenter import MAIN, MOST_TICKED, SECONDS, Measure, Row, Table, Ticks
from llmstudio.gui.tabs.evaluate.shelf import Found
from llmstudio.gui.tabs.evaluate.table import ModelsTable
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.empty import Empty
from llmstudio.gui.widgets.page import Command, Header, TabPage
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.segmented import PageTabs

REFRESH_MS = 500
PARTS = [("figures", "Figures"), ("compare", "Comparison")]


class EvaluatePage(TabPage):
    """Shows evaluations; reading them happens in the background."""

    key = "evaluate"
    title = "Evaluate"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found = Found()
        self.ticks = Ticks()
        self._wanted_run = ""
        self._asked: dict[str, str] = {}  # what a new evaluation should begin with
        self._reading = self._again = False
        self._stale = True
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        theme = self.theme
        self.table = ModelsTable(theme)
        self.details = Details(self.session)
        self.deeds = EvaluationDeeds(self.session, self)
        self.empty = Empty(
            theme,
            "evaluate",
            "Nothing measured yet",
            "See how good a model is on rows it has never met.",
            action="New evaluation",
            action_icon="plus",
        )
        self.picker = Picker(theme, "Data", icon="data", placeholder="No data", name="evaluate.data")
        self.picker.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.measures = Button(
            "Measures", "quiet", icon="filter", theme=theme, run=self._choose_measures, tip="Which figures are shown"
        )
        self.export = Button("Export", icon="export", theme=theme, run=self.export_table, name="evaluate.export_button")
        self.new = Button(
            "New evaluation", "primary", icon="plus", theme=theme, run=self.new_evaluation, name="evaluate.new_button"
        )
        self.parts = PageTabs(theme, PARTS)
        for widget in (self.picker, self.measures, self.export, self.new):
            widget.setParent(self)
            widget.hide()

    def _lay_out(self) -> None:
        self.table_card = Card(padding=0)
        self.table_card.add(self.table, 1)
        self.content = QWidget()
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.theme.px(16))
        column.addWidget(self.parts)
        column.addWidget(self.table_card)
        column.addWidget(self.details, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.content)
        self._outer = QVBoxLayout(self)
        self._outer.addWidget(self.stack)
        self.fit("L")

    def _connect(self) -> None:
        session = self.session
        self.empty.action_requested.connect(self.new_evaluation)
        self.picker.chosen.connect(lambda _key: self.render_all())
        self.table.ticked.connect(self.tick)
        self.table.opened.connect(self._compare)
        self.table.menu_requested.connect(self._show_menu)
        self.table.rename_requested.connect(self.deeds.rename)
        self.table.trash_requested.connect(self.deeds.trash)
        self.parts.chosen.connect(lambda _key: self._show_parts())
        session.runs_changed.connect(self._changed)
        session.models_changed.connect(self._changed)
        session.datasets_changed.connect(self._changed)
        session.jobs.changed.connect(self._changed)
        session.jobs.events.connect(lambda run, _batch: self._moved(run))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.read)
        self.theme.changed.connect(lambda: self.fit(self.size_class))

    # -- the frame's hooks

    def header(self) -> Header:
        """Data, measures, export, new."""
        if not self.found.tables:
            return Header()
        small = self.size_class == "S"
        buttons = [self.export] if self.session.read_only else [self.export, self.new]
        return Header(picker=self.picker, buttons=buttons if small else [self.measures, *buttons])

    def shown(self) -> None:
        """Read what changed while another tab was in front."""
        if self._stale:
            self.read()

    def open(self, **args: object) -> None:
        """`run` shows an evaluation; `model` or `dataset` begins a new one with it."""
        if args.get("run"):
            self._wanted_run = str(args["run"])
            self.read()
        if args.get("model") or args.get("dataset"):
            self._asked = {name: str(args[name]) for name in ("model", "dataset") if args.get(name)}
            self.read()

    def fit(self, size_class: str) -> None:
        """Table over cards; in the smallest windows one or the other."""
        self.size_class = size_class
        px = self.theme.px
        margin = px(16 if size_class == "S" else 24)
        top, bottom = (8, 24) if size_class in ("L", "X") else (0, 16)
        self._outer.setContentsMargins(margin, px(top), margin, px(bottom))
        self.picker.setFixedWidth(px({"S": 176, "M": 232}.get(size_class, 264)))
        self.details.fit(size_class)
        self._show_parts()
        self._fit_table()
        self.header_changed.emit()

    def _fit_table(self) -> None:
        """As high as its rows, but never more than its share."""
        most = {"S": 16_777_215, "X": 440}.get(self.size_class, 244)
        high = min(self.theme.px(most), self.table.wanted_height()) if self.size_class != "S" else most
        self.table_card.setMaximumHeight(high)
        self.table_card.setMinimumHeight(0 if self.size_class == "S" else high)

    def _show_parts(self) -> None:
        small = self.size_class == "S"
        part = self.parts.current() or "figures"
        self.parts.setVisible(small)
        self.table_card.setVisible(not small or part == "figures")
        self.details.setVisible(not small or part == "compare")

    def commands(self) -> list[Command]:
        """What the palette offers here."""

        def some() -> str:
            return "" if self.found.tables else "Nothing was measured yet"

        def writable() -> str:
            return "Another window has this workspace" if self.session.read_only else ""

        return [
            Command("evaluate.new", "New evaluation", "", self.new_evaluation, writable, "plus"),
            Command("evaluate.export", "Export the table of figures", "Ctrl+E", self.export_table, some, "export"),
            Command("evaluate.measures", "Choose which figures are shown", "", self._choose_measures, some, "filter"),
            self._deed("rename", "Rename the evaluation", self.deeds.rename, "edit"),
            self._deed("trash", "Move the evaluation to the trash", self.deeds.trash, "trash"),
        ]

    def _deed(self, name: str, words: str, deed: Callable[[Row], object], icon: str) -> Command:
        """What is done to the evaluation of the marked row."""

        def act() -> None:
            row = self.table.current_row()
            if row is not None:
                deed(row)

        return Command(f"evaluate.{name}", words, "", act, lambda: self.deeds.obstacle(self.table.current_row()), icon)

    def _show_menu(self, row: Row, place: QPoint) -> None:
        menu = QMenu(self)
        for words, icon, run in self.deeds.offers(row):
            action = menu.addAction(icons.icon(icon, "text", 16, theme=self.theme), words)
            action.triggered.connect(lambda _checked=False, act=run: act())
        menu.aboutToHide.connect(menu.deleteLater)
        if menu.actions():
            menu.popup(place)

    # -- reading

    def read(self) -> None:
        """Read the evaluations in the background; a wish during a reading is granted after it."""
        if self._reading:
            self._again = True
            return
        self._reading, self._stale = True, False
        self.session.background.run(
            shelf.read, self.session.workspace, done=self._take, failed=self._failed, owner=self
        )

    def _failed(self, error: Exception) -> None:
        self._reading = self._again = False
        self.session.notices.error(error, "Reading the evaluations")

    def _take(self, found: Found) -> None:
        self._reading = False
        had = bool(self.found.tables)
        self.found = found
        self.picker.set_entries(_entries(found.tables))
        self._go_to_run()
        if not self.picker.current() and found.tables:
            self.picker.set_current(found.tables[0].key)
        self.render_all()
        if bool(found.tables) != had:
            self.header_changed.emit()
        if self._asked:
            self._begin_asked()
        if self._again:
            self._again = False
            self.read()

    def _go_to_run(self) -> None:
        """Show the table of the run that was asked for."""
        for table in self.found.tables:
            if self._wanted_run and any(row.run == self._wanted_run for row in table.rows):
                self.picker.set_current(table.key)
                if not table.live:
                    self._wanted_run = ""

    def _changed(self) -> None:
        self._stale = True
        if self.isVisible():
            self.read()

    def _moved(self, run: str) -> None:
        table = self.current()
        mine = run == self._wanted_run or (table is not None and any(row.run == run for row in table.rows))
        if self.isVisible() and mine and not self._timer.isActive():
            self._timer.start()

    # -- what is shown

    def current(self) -> Table | None:
        """The table chosen."""
        key = self.picker.current()
        return next((table for table in self.found.tables if table.key == key), None)

    def render_all(self) -> None:
        """Show table and comparison."""
        table = self.current()
        self.stack.setCurrentWidget(self.content if table is not None else self.empty)
        if table is None:
            return
        self.ticks.settle(table)
        rows = [replace(row, slot=self.ticks.slot(row.key)) for row in table.rows]
        self.table.show_table(rows, self.shown_measures(table), presenter.best(table))
        self._fit_table()
        self.details.show_rows(table, self.ticked(rows), self.found.noun(table.dataset))
        self.export.setEnabled(any(row.state == "done" for row in rows))

    def ticked(self, rows: list[Row]) -> list[Row]:
        """The compared rows by slot."""
        return sorted((row for row in rows if row.ticked), key=lambda row: row.slot)

    def tick(self, key: str) -> None:
        """Compare a row, or no longer."""
        table = self.current()
        row = table.row(key) if table is not None else None
        if row is None or row.state != "done":
            return
        if not self.ticks.toggle(key):
            self.session.notices.toast(f"{MOST_TICKED} models can be compared at once", tone="info")
            return
        self.render_all()

    def _compare(self, row: Row) -> None:
        """Enter: compare this row too, and look at the comparison."""
        if self.ticks.slot(row.key) < 0:
            self.tick(row.key)
        if self.size_class == "S":
            self.parts.set_current("compare")
        else:
            self.details.bars.bars.setFocus()

    # -- measures

    def shown_measures(self, table: Table) -> list[Measure]:
        """The columns: those chosen for the task, or its main ones."""
        kept = self.session.settings.get(f"evaluate.measures.{table.task}")
        wanted = kept if isinstance(kept, list) else [*MAIN.get(table.task, ()), SECONDS]
        return [measure for measure in table.measures if measure.key in wanted] or list(table.measures[:4])

    def _choose_measures(self) -> None:
        table = self.current()
        if table is None:
            return
        menu = QMenu(self)
        now = {measure.key for measure in self.shown_measures(table)}
        for measure in table.measures:
            action = QAction(measure.title, menu)
            action.setCheckable(True)
            action.setChecked(measure.key in now)
            action.toggled.connect(lambda on, key=measure.key: self._show_measure(key, on))
            menu.addAction(action)
        menu.aboutToHide.connect(menu.deleteLater)
        place = self.measures if self.measures.isVisible() else self.table
        menu.popup(place.mapToGlobal(place.rect().bottomLeft()))

    def _show_measure(self, key: str, on: bool) -> None:
        table = self.current()
        if table is None:
            return
        now = [measure.key for measure in self.shown_measures(table)]
        chosen = [*now, key] if on else [name for name in now if name != key]
        self.session.settings.set(f"evaluate.measures.{table.task}", chosen)
        self.render_all()

    # -- deeds

    def new_evaluation(self) -> None:
        """Open the sheet."""
        table = self.current()
        ticked = [row.entry.get("id", "") for row in table.rows if self.ticks.slot(row.key) >= 0] if table else []
        self._open_sheet([str(name) for name in ticked], table.dataset if table else "")

    def _begin_asked(self) -> None:
        asked, self._asked = self._asked, {}
        table = self.current()
        dataset = asked.get("dataset", "") or (table.dataset if table else "")
        self._open_sheet([asked["model"]] if asked.get("model") else [], dataset)

    def _open_sheet(self, ticked: list[str], dataset: str) -> None:
        if self.session.read_only:
            return
        sheet = NewSheet(self.session, self.found.models, self.found.datasets, ticked=ticked, dataset=dataset)
        sheet.started.connect(self._started)
        self.session.dialogs.sheet(sheet)

    def _started(self, run: str) -> None:
        self._wanted_run = run
        self.read()

    def export_table(self) -> None:
        """Write the table as CSV, JSON or Markdown, or the page as PNG."""
        table = self.current()
        if table is None:
            return
        path = self.session.dialogs.save_file("Export the figures", exporting.file_name(table), exporting.FILTERS)
        if path is None:
            return
        try:
            exporting.write(path, table, self)
        except (OSError, UserError) as error:
            self.session.notices.error(error, f"Exporting {path.name}")
        else:
            self.session.notices.toast(f"Exported {path.name}")


def _entries(tables: tuple[Table, ...]) -> list[Entry]:
    """Tables to choose from; what is told of the rows stands with those that would read alike."""
    words = [table.words for table in tables]
    return [
        Entry(table.key, name if words.count(name) == 1 else f"{name}, {table.subject}", table.subject, "data")
        for table, name in zip(tables, words, strict=True)
    ]
