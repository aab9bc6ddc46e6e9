"""The two cards of Tasks: what is given (text, labels or a choice, the prompt on demand), and what came of it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.config import prompts
from llmstudio.gui.tabs.playground.presenter_tasks import TaskState, form
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.fixit import FixIt, Remedy
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.segmented import PageTabs
from llmstudio.gui.widgets.sharebars import ShareBars
from llmstudio.gui.widgets.text import ElidedLabel, Label, Paragraph
from llmstudio.gui.widgets.textview import TextView
from llmstudio.gui.widgets.turntext import TurnText


class _Field(QPlainTextEdit):
    """The text; Ctrl+Enter runs the task."""

    run_requested = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter is no line end here."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.run_requested.emit()
        else:
            super().keyPressEvent(event)


class TextCard(Card):
    """Which task, the text, and what the task needs besides."""

    typed = Signal(str)
    extra_changed = Signal(str)
    sample_requested = Signal()
    sampling_requested = Signal()
    run_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(padding=16, spacing=8)
        self._theme = theme
        self.tasks = PageTabs(theme, [(task.key, task.title) for task in prompts.all_tasks()], "Task")
        self.name = Label("", "strong")
        self.sample = Button("Take a sample", "link", run=self.sample_requested.emit)
        self.sampling = Button("Sampling", "link", run=self.sampling_requested.emit)
        self.sampling.hide()
        self.field = _Field()
        self.field.setProperty("frame", "field")
        self.field.setTabChangesFocus(True)
        self.field.setObjectName("playground.tasks.text")
        self.extra_name = Label("", "body")
        self.line = QLineEdit()
        self.choice = Picker(theme, "Choice")
        self.own = Paragraph("", "caption", "muted")
        self.show_prompt = Button("Show the prompt", "link", icon="chevron-right", theme=theme, run=self._toggle)
        self.prompt_form = ElidedLabel("", "caption", "muted")
        self.prompt = TextView(theme, "The prompt", "body")
        self.prompt.setProperty("frame", "field")
        self.prompt.hide()
        self._lay_out()
        self.field.textChanged.connect(lambda: self.typed.emit(self.field.toPlainText()))
        self.field.run_requested.connect(self.run_requested)
        self.line.textChanged.connect(self.extra_changed)
        self.line.returnPressed.connect(self.run_requested)
        self.choice.chosen.connect(self.extra_changed)

    def _lay_out(self) -> None:
        self.add(self.tasks)
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.sampling)
        head.addWidget(self.sample)
        self.add(head)
        self.add(self.field, 2)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.extra_name)
        row.addWidget(self.line, 1)
        row.addWidget(self.choice, 1)
        self.add(row)
        self.add(self.own)
        foot = QHBoxLayout()
        foot.addWidget(self.show_prompt)
        foot.addWidget(self.prompt_form, 1)
        self.add(foot)
        self.add(self.prompt, 2)

    def set_drawer(self, drawer: bool, *, small: bool) -> None:
        """Whether the sampling settings need a button here."""
        self.sampling.setVisible(drawer)
        self.prompt_form.setVisible(not small)

    def _toggle(self) -> None:
        shown = not self.prompt.isVisibleTo(self)
        self.prompt.setVisible(shown)
        self.show_prompt.setText("Hide the prompt" if shown else "Show the prompt")
        self.show_prompt.set_icon("chevron-down" if shown else "chevron-right")

    def render_state(self, state: TaskState) -> None:
        """Show a state; asking twice changes nothing."""
        task = state.task
        self.tasks.blockSignals(True)
        self.tasks.set_current(task.key)
        self.tasks.blockSignals(False)
        self.tasks.setEnabled(not state.writing)
        self.name.setText(task.text)
        self.field.setAccessibleName(task.text)
        if self.field.toPlainText() != state.text:
            self.field.setPlainText(state.text)
        self._render_extra(state)
        asks = state.prompt() if state.text.strip() else ""
        self.prompt_form.setText("" if state.judges else form(state.held.chosen))
        empty = "The model reads the text alone." if state.judges else "Write a text to see the prompt."
        self.prompt.show_text(asks or empty)

    def _render_extra(self, state: TaskState) -> None:
        task, needed = state.task, bool(state.task.extra) and not state.judges
        self.extra_name.setVisible(needed)
        self.extra_name.setText(task.extra_title)
        self.line.setVisible(needed and not task.choices)
        self.choice.setVisible(needed and bool(task.choices))
        self.line.setAccessibleName(task.extra_title or "Labels")
        self.line.setPlaceholderText(task.extra_hint)
        self.choice.setAccessibleName(task.extra_title or "Choice")
        self.extra_name.setBuddy(self.choice if task.choices else self.line)
        if task.choices:
            self.choice.set_entries([Entry(choice, choice) for choice in task.choices])
            self.choice.set_current(state.extra)
        elif self.line.text() != state.extra:
            self.line.setText(state.extra)
        chosen = state.held.chosen
        own = (
            f"{chosen.title} tells labels of its own: {', '.join(chosen.labels[:6])}" if chosen and state.judges else ""
        )
        if chosen and state.judges and chosen.task == "regress":
            own = f"{chosen.title} tells a number."
        self.own.setText(own)
        self.own.setVisible(bool(own))


class ResultCard(Card):
    """Bars, a number or a text, and what they cost."""

    retry_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("Result", padding=16, spacing=8)
        self._theme = theme
        self._text = ""
        self.bars = ShareBars(theme, "How likely each label is")
        self.figure = Label("", "figure")
        self.written = TurnText(theme, "What the model wrote")
        self.empty = Paragraph("", "body", "muted")
        self.trouble = FixIt(theme)
        self.foot = ElidedLabel("", "caption", "muted")
        inside = QWidget()
        inside.setProperty("ground", "none")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 4, 0, 0)
        for widget in (self.trouble, self.empty, self.figure, self.bars, self.written):
            column.addWidget(widget)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self.add(area, 1)
        self.add(self.foot)
        self.trouble.hide()

    def text(self) -> str:
        """The result as text."""
        return self._text

    def render_state(self, state: TaskState) -> None:
        """Show a state; asking twice changes nothing."""
        written, value = state.written, state.value
        self.bars.setVisible(bool(state.shares))
        self.bars.show_shares(state.shares)
        self.figure.setVisible(value is not None)
        self.figure.setText("" if value is None else f"{value:,.4g}")
        self.written.setVisible(bool(state.tokens))
        self.written.show_text(written, [], coloured=False)
        self._text = written or (f"{value:.6g}" if value is not None else self.bars.text())
        self.empty.setVisible(not state.done and state.failure is None)
        self.empty.setText(_empty(state))
        self._render_trouble(state)
        self.foot.setText(_foot(state))
        self.foot.set_role("warning" if _too_long(state) else "muted")

    def _render_trouble(self, state: TaskState) -> None:
        failure = state.failure
        self.trouble.setVisible(failure is not None)
        if failure is not None:
            remedies = [Remedy("Try again", self.retry_requested.emit, "regenerate")]
            self.trouble.show_trouble(failure.title, failure.text, remedies, details=failure.details)


def _empty(state: TaskState) -> str:
    chosen = state.held.chosen
    if state.writing and state.held.phase == "loading" and chosen is not None:
        return f"Loading {chosen.title}, {chosen.note}" if chosen.note else f"Loading {chosen.title}"
    return "Reading" if state.writing else f"{state.task.about}."


def _too_long(state: TaskState) -> bool:
    chosen = state.held.chosen
    return chosen is not None and 0 < chosen.context < state.prompt_tokens


def _foot(state: TaskState) -> str:
    chosen, words = state.held.chosen, []
    if state.stale:
        words.append("Of the text as it was before")
    if _too_long(state) and chosen is not None:
        return f"The prompt has {state.prompt_tokens:,} tokens; the model sees the last {chosen.context:,}"
    if state.prompt_tokens:
        words.append(f"prompt {units.plural(state.prompt_tokens, 'token')}")
    if state.tokens:
        words.append(f"{units.plural(len(state.tokens), 'token')} written")
    if state.speed:
        words.append(f"{state.speed:,.0f} per second")
    if state.shares and not state.judges:
        words.append("the likeliest label")
    line = ", ".join(words)
    return line[:1].upper() + line[1:]
