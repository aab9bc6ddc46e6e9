"""Tasks: a text, a ready prompt for it, and what the model makes of it."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from llmstudio.config import prompts
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground.part import Part
from llmstudio.gui.tabs.playground.presenter_tasks import TaskPresenter
from llmstudio.gui.tabs.playground.taskcards import ResultCard, TextCard
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.page import Command
from llmstudio.gui.widgets.text import set_tip


class TasksPart(Part):
    """Renders the Tasks presenter's state and passes on what the person does."""

    def __init__(self, session: Session, presenter: TaskPresenter) -> None:
        super().__init__(session)
        self.presenter = presenter
        self.copy_button = Button("Copy", "quiet", icon="copy", theme=self.theme, run=self.copy)
        self.go_button = Button("Classify", "primary", icon="play", theme=self.theme, run=self._go)
        self.go_button.setObjectName("playground.tasks.run_button")
        self.text = TextCard(self.theme)
        self.result = ResultCard(self.theme)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.text, 1)
        row.addWidget(self.result, 1)
        self._connect()
        self._render()

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.changed.connect(self._render)
        self.text.tasks.chosen.connect(presenter.choose)
        self.text.typed.connect(presenter.set_text)
        self.text.extra_changed.connect(presenter.set_extra)
        self.text.sample_requested.connect(presenter.take_sample)
        self.text.sampling_requested.connect(self.sampling_requested)
        self.text.run_requested.connect(self.primary)
        self.result.retry_requested.connect(presenter.try_again)

    # -- what every part has

    def buttons(self) -> Sequence[QPushButton]:
        """Copy, and the task's own verb."""
        return (self.copy_button, self.go_button)

    def take_focus(self) -> None:
        """One begins with the text."""
        self.text.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def fit(self, size_class: str) -> None:
        """In small windows a button opens the sampling settings."""
        super().fit(size_class)
        self.text.set_drawer(not self.wants_sampling(size_class), small=size_class == "S")

    def wants_sampling(self, size_class: str) -> bool:
        """Beside two cards there is room for it in wide windows only."""
        return size_class in ("L", "X")

    def escape(self) -> bool:
        """Stop writing."""
        return self.presenter.stop()

    def primary(self) -> None:
        """Ctrl+Enter runs the task, and never stops."""
        if not self.presenter.state.writing:
            self.presenter.go()

    def commands(self) -> list[Command]:
        """What the palette offers."""
        state = self.presenter.state
        nothing = "" if state.done else "There is no result yet."
        running = "" if state.writing else "Nothing is being written."
        others = [
            Command(f"tasks.{task.key}", f"{task.title}: {task.about}", "", partial(self.presenter.choose, task.key))
            for task in prompts.all_tasks()
            if task.key != state.task.key
        ]
        return [
            Command("tasks.run", state.task.verb, "Ctrl+Return", self.primary, state.waiting_for, "play"),
            Command("tasks.stop", "Stop writing", "Esc", self.presenter.stop, lambda: running, "stop"),
            Command("tasks.copy", "Copy the result", "Ctrl+Shift+C", self.copy, lambda: nothing, "copy"),
            *others,
        ]

    # -- intents

    def _go(self) -> None:
        if not self.presenter.stop():
            self.presenter.go()

    def copy(self) -> None:
        """The result to the clipboard."""
        QGuiApplication.clipboard().setText(self.result.text())
        self.session.notices.toast("The result is copied")

    # -- rendering

    def _render(self) -> None:
        state = self.presenter.state
        self.text.render_state(state)
        self.result.render_state(state)
        words, icon, kind = ("Stop", "stop", "second") if state.writing else (state.task.verb, "play", "primary")
        if self.go_button.accessibleName() != words:
            self.go_button.setText(words)
            self.go_button.set_kind(kind)
            self.go_button.set_icon(icon)
        waits = state.waiting_for()
        self.go_button.setEnabled(state.writing or not waits)
        set_tip(self.go_button, waits)
        self.copy_button.setEnabled(state.done and not state.writing)
