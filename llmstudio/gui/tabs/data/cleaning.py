"""The Cleaning page: the steps in their order, what each would do, and the button that makes a new dataset."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.config.option import OptionInfo
from llmstudio.gui.forms.row import FormRow
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.data import presenter_cleaning
from llmstudio.gui.tabs.data.presenter_cleaning import CleaningState
from llmstudio.gui.tabs.data.repeatscard import RepeatsCard, told_line, visible
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.text import ElidedLabel, Label, Paragraph

if TYPE_CHECKING:
    from llmstudio.data.clean.cleaner import Report


class Example(QWidget):
    """One place before and after a step; a document that would go has no after."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(168, 0, 0, 8)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(0)
        self._before, self._after = ElidedLabel("", "mono"), ElidedLabel("", "mono")
        self._words = (Label("Before", "caption", "muted"), Label("After", "caption", "muted"))
        for row, (words, value) in enumerate(zip(self._words, (self._before, self._after), strict=True)):
            grid.addWidget(words, row, 0)
            grid.addWidget(value, row, 1)
        grid.setColumnStretch(1, 1)

    def show_places(self, before: str, after: str) -> None:
        """Show both, with line ends and tabs made visible."""
        self._words[0].setText("Before" if after else "Would go")
        self._before.setText(visible(before))
        self._after.setText(visible(after))
        for widget in (self._words[1], self._after):
            widget.setVisible(bool(after))


class StepView(QWidget):
    """A step: its row, how many documents it touches, and an example."""

    def __init__(self, theme: Theme, info: OptionInfo) -> None:
        super().__init__()
        self.info = info
        self.row = FormRow(theme, info, "data.clean")
        self.row.editor.set_value(info.default)
        self.count = Label("", "caption", "muted")
        self.example = Example()
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.row, 1)
        head.addWidget(self.count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.example)

    def show_report(self, value: Any, report: "Report | None", words: str) -> None:
        """Show what the step did to the sample; nothing while it is off."""
        shown = self.info.default if value is None else value
        if self.row.editor.value() != shown and not self.row.editor.hasFocus():
            self.row.editor.set_value(shown)
        on = presenter_cleaning.is_on(value)
        self.count.setText(words if on else "")
        self.example.setVisible(on and report is not None and bool(report.before))
        if report is not None:
            self.example.show_places(report.before, report.after)


class CleaningPage(ScrollPage):
    """Shows a `CleaningState`; asks by signals."""

    step_changed = Signal(str, object)
    reset_requested = Signal()
    apply_requested = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        theme = session.theme
        self._read_only = session.read_only
        self.steps = {info.name: StepView(theme, info) for info in presenter_cleaning.step_infos()}
        self.sample = ElidedLabel("", "caption", "muted")
        self.reset = Button("Switch all off", "link", run=self.reset_requested.emit)
        self.name = QLineEdit()
        self.name.setObjectName("data.clean.name")
        self.name.setAccessibleName("Name of the cleaned dataset")
        self.apply = Button("Clean into a new dataset", "second", icon="sparkle", theme=theme, run=self._ask)
        self.apply.setObjectName("data.clean_button")
        self.words = Paragraph("", "body", "muted")
        self.before = Card("Done to this dataset")
        self.repeats = RepeatsCard(theme)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(4)
        self._shown: object = None
        self._lay_out()
        for name, view in self.steps.items():
            view.row.edited.connect(lambda _name, name=name: self._edited(name))

    def show_state(self, state: CleaningState, name: str, fault: str) -> None:
        """Show a state; `name` is proposed for the new dataset, `fault` what is wrong with the steps."""
        for step, view in self.steps.items():
            report = state.reports.get(step)
            words = presenter_cleaning.touched_words(report, state.sample)
            view.show_report(state.values.get(step), report, words)
        self.sample.setText(self._sample_words(state))
        self.name.setPlaceholderText(name)
        on = state.switched_on
        self.reset.setVisible(bool(on))
        self.apply.setEnabled(bool(on) and not fault and not self._read_only)
        self.words.setText(fault or self._apply_words(state))
        self.repeats.show_state(state)
        self._show_done(state)

    def fit(self, size_class: str) -> None:
        """S and M: one column."""
        way = QBoxLayout.Direction
        self._row.setDirection(way.TopToBottom if size_class in ("S", "M") else way.LeftToRight)

    def _sample_words(self, state: CleaningState) -> str:
        if state.trouble or state.busy:
            return state.trouble or "Looking at the documents"
        count = len(state.sample.texts)
        if not count or count >= state.sample.documents:
            return f"Tried on all {units.plural(count, 'document')}" if count else ""
        return f"Tried on the first {units.number(count)} of {units.number(state.sample.documents)} documents"

    def _apply_words(self, state: CleaningState) -> str:
        if not state.switched_on:
            return "Switch a step on to see what it would do."
        count = units.plural(len(state.switched_on), "step")
        return f"{count}. The documents are cleaned into a new dataset; this one stays as it is."

    def _show_done(self, state: CleaningState) -> None:
        done = presenter_cleaning.done_before(state.dataset.manifest) if state.dataset else []
        if done == self._shown:
            return
        self._shown = done
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        if not done:
            self._lines.addWidget(Paragraph("Nothing: the text is as it was imported.", "body", "muted"))
        for title, count, before, after in done:
            self._lines.addWidget(told_line(title, count, (("Before", before), ("After", after))))

    def _edited(self, name: str) -> None:
        value = self.steps[name].row.editor.value()
        self.step_changed.emit(name, self.steps[name].info.default if value is None else value)

    def _ask(self) -> None:
        self.apply_requested.emit(self.name.text().strip() or self.name.placeholderText())

    def _lay_out(self) -> None:
        steps = Card("Steps", "in the order in which they are applied", spacing=0)
        steps.add_control(self.reset)
        steps.add(self.sample)
        for at, view in enumerate(self.steps.values()):
            if at:
                steps.add(line())
            steps.add(view)
        steps.body.addStretch(1)
        new = Card("A new dataset")
        if self._read_only:
            new.hide()
        new.add(self.words)
        new.add(self.name)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.apply)
        new.add(row)
        self.before.add(self._lines)
        side = QVBoxLayout()
        side.setSpacing(16)
        side.addWidget(new)
        side.addWidget(self.repeats)
        side.addWidget(self.before)
        side.addStretch(1)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(16)
        self._row.addWidget(steps, 664)
        self._row.addLayout(side, 376)
        self.body.setContentsMargins(24, 16, 24, 24)
        self.body.addLayout(self._row)
        self.body.addStretch(1)
