"""Write: the page on which prompt and written text stand, and the strip of surprise below it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QVBoxLayout

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground import saving
from llmstudio.gui.tabs.playground.part import Part
from llmstudio.gui.tabs.playground.presenter import State, WritePresenter
from llmstudio.gui.tabs.playground.sheetcard import PageCard, StripCard
from llmstudio.gui.tabs.playground.tokenhover import TokenHover
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.page import Command
from llmstudio.gui.widgets.text import set_tip


class WritePart(Part):
    """Renders the Writing presenter's state and passes on what the person does."""

    def __init__(self, session: Session, presenter: WritePresenter) -> None:
        super().__init__(session)
        self.presenter = presenter
        self.save_button = Button("Save", "quiet", icon="export", theme=self.theme, run=self.save)
        self.again_button = Button("Again", "second", icon="regenerate", theme=self.theme, run=presenter.again)
        self.go_button = Button(
            "Continue", "primary", icon="play", theme=self.theme, run=self._go, name="playground.generate_button"
        )
        self.card = PageCard(self.theme, presenter)
        self.strip = StripCard(self.theme)
        self.hover = TokenHover(self.theme, self)
        self._opened = -1
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self.card, 1)
        column.addWidget(self.strip)
        self._connect()
        self.render_state(presenter.state)

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.changed.connect(lambda: self.render_state(presenter.state))
        self.card.writing.opened.connect(lambda index: self._open(index, active=True))
        self.card.writing.pointed.connect(self._pointed)
        self.card.writing.walked.connect(presenter.walk)
        self.card.sampling_requested.connect(self.sampling_requested)
        self.strip.bars.chosen.connect(presenter.mark)
        self.strip.bars.opened.connect(lambda index: self._open(index, active=True))
        self.hover.taken.connect(self._taken)

    # -- what every part has

    def buttons(self) -> Sequence[QPushButton]:
        """Save (in small windows by its key only), Again, Continue."""
        rest = (self.again_button, self.go_button)
        return rest if self.size_class == "S" else (self.save_button, *rest)

    def hidden(self) -> None:
        """Nothing floats over another tab."""
        self.hover.close()

    def take_focus(self) -> None:
        """One begins on the page."""
        self.card.writing.setFocus(Qt.FocusReason.OtherFocusReason)

    def fit(self, size_class: str) -> None:
        """In small windows the legend and the explanation go."""
        super().fit(size_class)
        self.card.set_small(size_class == "S")
        self.strip.set_small(size_class == "S")
        self.buttons_changed.emit()

    def escape(self) -> bool:
        """Close the popover, stop writing, or take the mark off."""
        if self.hover.visible:
            self.hover.close()
            return True
        if self.presenter.stop():
            return True
        marked = self.presenter.state.cursor >= 0
        self.presenter.mark(-1)
        return marked

    def primary(self) -> None:
        """Ctrl+Enter continues, and never stops."""
        if not self.presenter.state.busy:
            self._go()

    def commands(self) -> list[Command]:
        """What the palette offers."""
        state = self.presenter.state
        empty = "" if state.version.text else "The page is empty."
        nothing = "" if self.presenter.can_repeat() else "Nothing was written yet."
        running = "" if state.busy else "Nothing is being written."
        return [
            Command("playground.continue", "Continue writing", "Ctrl+Return", self._go, state.waiting_for, "play"),
            Command(
                "playground.again", "Write it again", "Ctrl+R", self.presenter.again, lambda: nothing, "regenerate"
            ),
            Command("playground.stop", "Stop writing", "Esc", self.presenter.stop, lambda: running, "stop"),
            Command("playground.copy", "Copy the page", "Ctrl+Shift+C", self.copy, lambda: empty, "copy"),
            Command("playground.save", "Save the page", "Ctrl+S", self.save, lambda: empty, "export"),
            Command("playground.clear", "Begin an empty page", "Ctrl+N", self.presenter.clear, lambda: empty, "plus"),
        ]

    # -- intents

    def _go(self) -> None:
        if not self.presenter.stop():
            self.presenter.go()

    def copy(self) -> None:
        """The whole page to the clipboard."""
        QGuiApplication.clipboard().setText(self.presenter.state.version.text)
        self.session.notices.toast("The page is copied")

    def save(self) -> None:
        """Ask where, and write the page there."""
        state = self.presenter.state
        chosen = state.chosen
        title = chosen.title if chosen else "Page"
        path = self.session.dialogs.save_file("Save the page", f"{files.slug(title)}.txt", saving.FILTERS)
        if path is None:
            return
        text = saving.as_text(
            path.suffix.lower(), self.presenter.all_versions(), state.version, title, self.presenter.values
        )
        try:
            files.write_text(path, text)
        except (OSError, UserError) as error:
            self.session.notices.error(error, "Saving the page")
            return
        self.session.notices.toast("The page is saved", note=path.name)

    # -- rendering

    def render_state(self, state: State) -> None:
        """Show a state; asking twice changes nothing."""
        self._render_buttons(state)
        self.card.render_state(state)
        self.strip.render_state(state)
        if state.cursor != self._opened and self.hover.visible:
            self.hover.close()

    def _render_buttons(self, state: State) -> None:
        waits = state.waiting_for()
        words, icon, kind = ("Stop", "stop", "second") if state.busy else ("Continue", "play", "primary")
        if self.go_button.text() != words:
            self.go_button.setText(words)
            self.go_button.set_kind(kind)
            self.go_button.set_icon(icon)
        loading = state.phase == "loading"
        self.go_button.setEnabled(state.busy or (not waits and not loading))
        set_tip(self.go_button, waits)
        self.again_button.setEnabled(self.presenter.can_repeat() and not loading)
        self.save_button.setEnabled(bool(state.version.text))

    # -- the popover

    def _pointed(self, index: int) -> None:
        if index >= 0 and not self.presenter.state.busy:
            self._open(index, active=False)

    def _open(self, index: int, *, active: bool) -> None:
        state = self.presenter.state
        tokens = state.version.tokens
        if 0 <= index < len(tokens):
            self.presenter.mark(index)
            self._opened = index
            self.hover.open(self.card.writing, index, tokens[index], may_take=not state.busy, focus=active)

    def _taken(self, line: int) -> None:
        index, tokens = self._opened, self.presenter.state.version.tokens
        if 0 <= index < len(tokens) and line < len(tokens[index].top):
            self.presenter.branch(index, line)
        else:
            self.presenter.mark(-1)
