"""The lower part of the tab: bars, curves and single rows of the ticked models, laid out for each size of window."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.evaluate import presenter_compare, presenter_rows, shelf
from llmstudio.gui.tabs.evaluate.barscard import BarsCard
from llmstudio.gui.tabs.evaluate.curvescard import CurvesCard
from llmstudio.gui.tabs.evaluate.presenter import Row, Table
from llmstudio.gui.tabs.evaluate.presenter_rows import Said
from llmstudio.gui.tabs.evaluate.rowscard import RowsCard
from llmstudio.gui.tabs.evaluate.rowssheet import RowsSheet
from llmstudio.gui.widgets.segmented import PageTabs
from llmstudio.store.evaluations import Record

PARTS = [("curves", "Plots"), ("rows", "Rows")]
SMALL = [("bars", "By label"), *PARTS]
WAITING = "The first figures come when a model is done."
UNREAD = "No rows were kept, or they are being read."


class Details(QWidget):
    """Shows what was ticked; predictions are read in the background."""

    read_done = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._table: Table | None = None
        self._rows: tuple[Row, ...] = ()
        self._noun = "label"
        self._records: dict[str, list[Record]] = {}
        self._size = "L"
        self.bars = BarsCard(session.theme)
        self.curves = CurvesCard(session.theme)
        self.rows = RowsCard(session.theme)
        self.parts = PageTabs(session.theme, PARTS, "Parts of the comparison")
        self._lay_out()
        self.parts.chosen.connect(lambda _key: self._show_parts())
        self.curves.asked.connect(self._show_cell)
        self.rows.opened.connect(self._open_row)
        self.rows.all_requested.connect(lambda part: self._open_all(part, None))

    def _lay_out(self) -> None:
        gap = self._session.theme.px(16)
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(gap // 2)
        both = QHBoxLayout()
        both.setSpacing(gap)
        both.addWidget(self.curves, 1)
        both.addWidget(self.rows, 1)
        side.addWidget(self.parts)
        side.addLayout(both, 1)
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(gap)
        self._line.addWidget(self.bars, 1)
        self._line.addWidget(self._side, 2)

    def fit(self, size_class: str) -> None:
        """Three cards; two and a tab (M); one at a time (S)."""
        self._size = size_class
        self.parts.set_entries(SMALL if size_class == "S" else PARTS)
        if not self.parts.current():
            self.parts.set_current((SMALL if size_class == "S" else PARTS)[0][0])
        self._line.setStretch(1, 1 if size_class == "M" else 2)
        self.curves.alone = size_class == "S"
        self._show_parts()

    def _show_parts(self) -> None:
        some, small = self._size in ("S", "M"), self._size == "S"
        part = self.parts.current() or "curves"
        with_curves = bool(presenter_compare.curve_parts(self._rows))
        self.parts.setVisible(some and (with_curves or small))
        self.bars.setVisible(not small or part == "bars")
        self.curves.setVisible(with_curves and (not some or part == "curves"))
        self.rows.setVisible(not some or part == "rows" or (not with_curves and part == "curves"))

    # -- what is shown

    def show_rows(self, table: Table, rows: Sequence[Row], noun: str) -> None:
        """Show the ticked rows of a table."""
        self._table, self._rows, self._noun = table, tuple(rows), noun
        shown = presenter_compare.bars(table, rows, noun)
        self.bars.show_bars(shown if rows or not table.live else replace(shown, sentence=WAITING))
        self.curves.show_rows(rows, noun)
        self._show_parts()
        self._read()

    def _read(self) -> None:
        """Read the predictions of the first two, where they are not known yet."""
        missing = [row for row in self._rows if row.entry.get("predictions") and row.key not in self._records]
        for row in missing[:2]:
            done = partial(self._take, row.key)
            self._session.background.run(shelf.predictions, self._session.workspace, row, done=done, owner=self)
        self._render_rows()

    def _take(self, key: str, found: list[Record]) -> None:
        self._records[key] = found
        self._render_rows()
        self.read_done.emit()

    def _said_by(self, at: int) -> list[Record]:
        return self._records.get(self._rows[at].key, []) if at < len(self._rows) else []

    def _render_rows(self) -> None:
        self.curves.show_records(self._records)
        names = presenter_compare.names_of(self._rows)
        task = self._table.task if self._table is not None else ""
        if not self._rows:
            live = self._table is not None and self._table.live
            words = WAITING if live else "Tick models above to compare them."
            self.rows.show_parts("Where they disagree", (), (), nothing=words)
        elif task == "instruct":
            said = presenter_rows.answers(self._said_by(0), self._said_by(1))
            parts = [("answers", "Answers", said, "No answers were kept.")]
            self.rows.show_parts("Answers", parts, names, written=True)
        elif task == "regress":
            said = presenter_rows.numbers(self._said_by(0), self._said_by(1))
            self.rows.show_parts("Furthest off", [("off", "Rows", said, "No rows were kept.")], names)
        elif task == "continue":
            words = "\n".join(dict.fromkeys(self._rules()))
            self.rows.show_parts("How it was measured", (), names, nothing=words or "No rule was recorded.")
        elif len(self._rows) == 1:
            self._render_single(names)
        else:
            self._render_differing(names)

    def _rules(self) -> list[str]:
        titles = {one.key: one.title for one in self._table.measures} if self._table is not None else {}
        found = []
        for row in self._rows:
            for key, rule in (row.entry.get("rules") or {}).items():
                found.append(f"{titles.get(key, key)}: {rule}.")
        return found

    def _render_single(self, names: Sequence[str]) -> None:
        found = presenter_rows.single(self._said_by(0), names[0])
        known = bool(self._said_by(0))
        wrong, right = ("No row is wrong.", "No row is right.") if known else (UNREAD, UNREAD)
        parts = [("lost", "Wrong", found.lost, wrong), ("gained", "Right", found.gained, right)]
        self.rows.show_parts(f"Rows of {names[0]}", parts, names)

    def _render_differing(self, names: Sequence[str]) -> None:
        found = presenter_rows.differing(self._said_by(0), self._said_by(1), names[0], names[1])
        known = bool(self._said_by(0)) and bool(self._said_by(1))
        nobody = [f"There is no row that only {name} has right." if known else UNREAD for name in names[:2]]
        gained, lost = ("gained", "Gained", found.gained, nobody[0]), ("lost", "Lost", found.lost, nobody[1])
        self.rows.show_parts("Where they disagree", [gained, lost], names)

    # -- rows in full

    def _open_row(self, said: Said) -> None:
        self._open_all(self.rows.part(), said)

    def _open_all(self, part: str, first: Said | None) -> None:
        names = presenter_compare.names_of(self._rows)
        rows = self.rows.rows(part)
        title = {"gained": "Gained rows", "lost": "Lost rows"}.get(part, self.rows.title.text())
        if part in ("gained", "lost") and len(self._rows) == 1:
            title = "Right rows" if part == "gained" else "Wrong rows"
        self._session.dialogs.sheet(RowsSheet(self._session.theme, title, rows, names, first=first))

    def _show_cell(self, key: str, true: str, predicted: str) -> None:
        row = next((one for one in self._rows if one.key == key), None)
        if row is None:
            return
        if key in self._records:
            self._open_cell(row, true, predicted)
            return

        def done(found: list[Record]) -> None:
            self._take(key, found)
            self._open_cell(row, true, predicted)

        workspace = self._session.workspace
        self._session.background.run(shelf.predictions, workspace, row, done=done, owner=self)

    def _open_cell(self, row: Row, true: str, predicted: str) -> None:
        rows = presenter_rows.of_cell(self._records.get(row.key, []), true, predicted)
        title = f"Truly {true}, called {predicted}" if true != predicted else f"Truly {true}, and called so"
        self._session.dialogs.sheet(RowsSheet(self._session.theme, title, rows, [row.title]))
