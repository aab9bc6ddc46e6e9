"""A form made from declared options: one row each, in groups, with a simple and a full view.

It holds what the person set; everything else follows the proposal, so that a better proposal moves along. It does
not know what the options mean: the presenter checks the values and hands faults, warnings and help back. Rows are
made when they are first seen; what was said of one until then it is told when it is made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from llmstudio.config.option import Fault, OptionInfo
from llmstudio.gui.forms.editors import ChoiceEditor, LineEditor
from llmstudio.gui.forms.row import GUTTER, FormRow
from llmstudio.gui.forms.rowset import RowSet
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import line
from llmstudio.gui.widgets.picker import Entry
from llmstudio.gui.widgets.segmented import Segmented
from llmstudio.gui.widgets.text import Label

AT_ONCE = 16  # rows made before the form is seen; in a full view the others follow
PORTION = 3  # rows made in one turn of the event loop: less than a frame


@dataclass(frozen=True)
class _Group:
    """Rows under one heading, and where they stand."""

    names: list[str]
    heading: QWidget
    place: QVBoxLayout


class Form(QWidget):
    """The form of a set of options.

    `prefix` begins the object names (`train.name`); `pickers` maps text options that are chosen from a list to the
    icon in their field; `hidden` are left out at first, as by `hide_rows`; `placeholder` stands in a line that may be
    left open. `changed` carries the option's name after the person changed it ("" after several).
    """

    changed = Signal(str)

    def __init__(
        self,
        session: Session,
        infos: Sequence[OptionInfo],
        *,
        prefix: str,
        pickers: Mapping[str, str] | None = None,
        head: bool = True,
        hidden: Iterable[str] = (),
        placeholder: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.prefix = prefix
        self.infos = {info.name: info for info in infos}
        self._set: dict[str, Any] = {}
        self._proposal: dict[str, Any] = {}
        self._pickers = pickers or {}
        self._placeholder = placeholder
        self._faults: Mapping[str, Fault] = {}
        self._warnings: Mapping[str, str] = {}
        self._helps: Mapping[str, str] = {}
        self._entries: dict[str, Sequence[Entry]] = {}
        self._beside: dict[str, QWidget] = {}
        self._read_only = False
        self.rows = RowSet(list(self.infos), self._make_row)
        self._hidden = set(hidden)
        self._seen: set[str] = set()
        self._groups: list[_Group] = []
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._make_some)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._head = self._make_head() if head else None
        self._make_groups()
        self._show_mode()
        self._show()

    # -- values

    def values(self) -> dict[str, Any]:
        """All options: what the person set, else the proposal, else the default."""
        return {name: self._value(name) for name in self.infos}

    def changed_values(self) -> dict[str, Any]:
        """Only what the person set and what differs from the proposal."""
        return {name: value for name, value in self._set.items() if self._differs(name)}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Set options as if the person had; unknown names are left out. Emits `changed("")`."""
        self._set.update({name: value for name, value in values.items() if name in self.infos})
        self._show()
        self.changed.emit("")

    def set_proposal(self, values: Mapping[str, Any]) -> None:
        """What the application proposes: rows the person did not change take it, without a signal."""
        self._proposal = {name: value for name, value in values.items() if name in self.infos}
        self._show()

    def forget(self) -> None:
        """Drop what the person set, without a notice: another thing is being set up."""
        self._set.clear()
        self._show()

    def reset(self) -> None:
        """Return every row to the proposal; a notice offers the way back."""
        if not self.changed_values():
            return
        before = dict(self._set)
        self._set.clear()
        self._show()
        self.changed.emit("")
        self.session.notices.toast(
            "All settings follow the proposal again", ("Undo", lambda: self.set_values(before)), tone="info"
        )

    # -- what the presenter hands back

    def set_faults(self, faults: Mapping[str, Fault], *, at_once: bool = False) -> None:
        """Show the faults by row, and none elsewhere. A fault in a hidden row opens the full view."""
        self._faults = faults
        for name, row in self.rows.made():
            row.set_fault(faults.get(name), at_once=at_once)
        if any(name in faults and self.infos[name].advanced for name in self.rows) and self._simple():
            self.show_all()

    def set_warnings(self, warnings: Mapping[str, str]) -> None:
        """Show warnings in place of the help of their rows."""
        self._warnings = warnings
        for name, row in self.rows.made():
            row.set_warning(warnings.get(name, ""))

    def set_helps(self, helps: Mapping[str, str]) -> None:
        """Show live help, such as "472,180 tokens to train on"; rows not named return to their own."""
        self._helps = helps
        for name, row in self.rows.made():
            row.set_help(helps.get(name, ""))

    def set_entries(self, name: str, entries: Sequence[Entry]) -> None:
        """Offer entries in a picker row."""
        self._entries[name] = entries
        if not self.rows.missing([name]):
            self._offer(self.rows[name])

    def _offer(self, row: FormRow) -> None:
        assert isinstance(row.editor, ChoiceEditor), f"{row.info.name} is not a picker"
        row.editor.set_entries(self._entries[row.info.name])

    def put_below(self, name: str, widget: QWidget) -> None:
        """Let a widget stand below the editor of a row."""
        widget.setParent(self)
        widget.hide()
        self._beside[name] = widget
        if not self.rows.missing([name]):
            self._place_beside(self.rows[name])

    def _place_beside(self, row: FormRow) -> None:
        grid = row.layout()
        assert isinstance(grid, QGridLayout)
        grid.addWidget(self._beside[row.info.name], grid.rowCount(), 1, 1, 3)
        self._beside[row.info.name].show()

    def set_read_only(self, read_only: bool) -> None:
        """Show values only."""
        if read_only != self._read_only:
            self._read_only = read_only
            for _, row in self.rows.made():
                _set_read_only(row, read_only)

    def hide_rows(self, names: Iterable[str]) -> None:
        """Leave rows out that mean nothing at present."""
        self._hidden = set(names)
        self._show_mode()

    def focus_row(self, name: str) -> None:
        """Put the cursor into a row, opening the full view and scrolling if need be."""
        if self.infos[name].advanced:
            self.show_all()
        self._finish()  # what is made above it later would push it away
        row = self.rows[name]
        row.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._reveal(row)
        QTimer.singleShot(0, row, lambda: self._reveal(row))  # what was hidden until now has its place only then

    def _reveal(self, row: FormRow) -> None:
        area = _scroll_area(self)
        if area is not None:
            area.ensureWidgetVisible(row, 0, 48)

    def show_all(self) -> None:
        """Open the full view."""
        if self._head is not None:
            self.segments.set_current("all")

    # -- construction

    def _make_head(self) -> QWidget:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(GUTTER, 0, 0, 12)
        row.setSpacing(16)
        entries = [("simple", "Simple"), ("all", f"All {len(self.infos)} settings")]
        self.segments = Segmented(self.session.theme, entries, "Settings shown")
        if not any(info.advanced for info in self.infos.values()):
            self.segments.hide()
        self.segments.set_current(str(self.session.settings.get(f"forms.{self.prefix}", "simple")))
        self.segments.chosen.connect(self._choose_mode)
        self.count = Label("", "caption", "muted")
        self.reset_button = Button("Reset", "link", run=self.reset, name=f"{self.prefix}.reset_button")
        row.addWidget(self.segments)
        row.addStretch(1)
        row.addWidget(self.count)
        row.addWidget(self.reset_button)
        self._column.addWidget(head)
        return head

    def _make_groups(self) -> None:
        for group in dict.fromkeys(info.group for info in self.infos.values()):
            names = [name for name, info in self.infos.items() if info.group == group]
            place = QVBoxLayout()
            place.setSpacing(0)
            self._column.addLayout(place)
            heading = self._make_heading(group)
            place.addWidget(heading)
            self._groups.append(_Group(names, heading, place))
        self._column.addStretch(1)

    def _make_heading(self, group: str) -> QWidget:
        heading = QWidget()
        column = QVBoxLayout(heading)
        column.setContentsMargins(GUTTER, 8, 0, 2)
        column.setSpacing(12)
        divider = line()
        divider.setObjectName("divider")
        column.addWidget(divider)
        column.addWidget(Label(group, "caption-strong", "muted"))
        return heading

    def _make_row(self, name: str) -> FormRow:
        icon, picker = self._pickers.get(name, ""), name in self._pickers
        row = FormRow(self.session.theme, self.infos[name], self.prefix, icon=icon, picker=picker, parent=self)
        row.edited.connect(self._edited)
        row.revert_requested.connect(self._revert)
        row.suggested.connect(self._take)
        row.editor.left.connect(lambda name=name: self._left(name))
        if self.infos[name].optional and isinstance(row.editor, LineEditor):
            row.editor.setPlaceholderText(self._placeholder)
        row.setVisible(name in self._seen)
        group = next(group for group in self._groups if name in group.names)
        above = group.names[: group.names.index(name)]
        group.place.insertWidget(1 + len(above) - len(self.rows.missing(above)), row)
        self._tell(row)
        self._take_turn(row)
        return row

    def _take_turn(self, row: FormRow) -> None:
        """Tab comes to a row after the one above it, whenever it was made."""
        names = list(self.infos)
        made = dict(self.rows.made())
        above = [made[name] for name in names[: names.index(row.info.name)] if name in made]
        if above or self._head is not None:
            QWidget.setTabOrder(above[-1].remedy if above else self.reset_button, row.editor)
        QWidget.setTabOrder(row.editor, row.undo)
        QWidget.setTabOrder(row.undo, row.remedy)

    def _tell(self, row: FormRow) -> None:
        """What was said of a row before it was made."""
        name = row.info.name
        if name in self._entries:
            self._offer(row)
        if name in self._beside:
            self._place_beside(row)
        if self._read_only:
            _set_read_only(row, True)
        row.editor.set_value(self._value(name))
        row.set_changed(self._differs(name))
        row.set_help(self._helps.get(name, ""))
        row.set_warning(self._warnings.get(name, ""))
        row.set_fault(self._faults.get(name), at_once=True)

    # -- showing

    def _simple(self) -> bool:
        return self._head is not None and self.segments.current() == "simple" and self.segments.isVisibleTo(self)

    def _choose_mode(self, mode: str) -> None:
        self.session.settings.set(f"forms.{self.prefix}", mode)
        self._show_mode()

    def _show_mode(self) -> None:
        simple = self._simple()
        first = True
        self._seen = {n for n in self.infos if n not in self._hidden and not (simple and self.infos[n].advanced)}
        for name, row in self.rows.made():
            row.setVisible(name in self._seen)
        for group in self._groups:
            seen = self._seen.intersection(group.names)
            group.heading.setVisible(bool(seen) and bool(self.infos[group.names[0]].group))
            divider = group.heading.findChild(QWidget, "divider")
            if divider is not None and seen:
                divider.setVisible(not first)
            first = first and not seen
        self._make_some(PORTION if self.isVisible() else AT_ONCE)

    def _make_some(self, count: int = PORTION) -> None:
        """Make the next rows that are to be seen; the others in later turns of the event loop."""
        missing = self.rows.missing([name for name in self.infos if name in self._seen])
        for name in missing[:count]:
            self.rows[name]
        if missing[count:]:
            self._timer.start(0)

    def _finish(self) -> None:
        self._make_some(len(self.infos))

    def _show(self) -> None:
        for name, row in self.rows.made():
            row.editor.set_value(self._value(name))
            row.set_changed(self._differs(name))
        self._show_count()

    def _show_count(self) -> None:
        if self._head is None:
            return
        count = len(self.changed_values())
        self.count.setText(f"{count} changed from the proposal" if count else "")
        self.reset_button.setVisible(bool(count))

    def _value(self, name: str) -> Any:
        return self._set[name] if name in self._set else self._default(name)

    def _default(self, name: str) -> Any:
        return self._proposal.get(name, self.infos[name].default)

    def _differs(self, name: str) -> bool:
        return name in self._set and self._set[name] != self._default(name)

    def _left(self, name: str) -> None:
        if name not in self._set:  # an emptied row shows the proposal again
            self.rows[name].editor.set_value(self._value(name))

    # -- what the person does

    def _edited(self, name: str) -> None:
        value = self.rows[name].editor.value()
        if value is None:  # emptied: the proposal again where the option may be left out, else a fault
            value = self._default(name) if self.infos[name].optional else ""
        self._set[name] = value
        if not self._differs(name):
            del self._set[name]
        self.rows[name].set_changed(self._differs(name))
        self._show_count()
        self.changed.emit(name)

    def _revert(self, name: str) -> None:
        self._set.pop(name, None)
        self.rows[name].editor.set_value(self._value(name))
        self.rows[name].set_changed(False)
        self._show_count()
        self.changed.emit(name)

    def _take(self, name: str, value: Any) -> None:
        self._set[name] = value
        if not self._differs(name):
            del self._set[name]
        self.rows[name].editor.set_value(value)
        self.rows[name].set_changed(self._differs(name))
        self._show_count()
        self.changed.emit(name)


def _set_read_only(row: FormRow, read_only: bool) -> None:
    row.editor.set_read_only(read_only)
    row.undo.setEnabled(not read_only)


def _scroll_area(widget: QWidget) -> QScrollArea | None:
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, QScrollArea):
        parent = parent.parentWidget()
    return parent
