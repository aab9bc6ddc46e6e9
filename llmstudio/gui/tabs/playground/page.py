"""The Playground's page: the header, the page to write on, the strip below it and the sampling card beside it."""

from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground import saving
from llmstudio.gui.tabs.playground.presenter import State, WritePresenter
from llmstudio.gui.tabs.playground.samplingcard import SamplingCard
from llmstudio.gui.tabs.playground.sheetcard import PageCard, StripCard
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.empty import Empty
from llmstudio.gui.widgets.page import Command, Header, TabPage
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.tokenpopover import Candidate, TokenPopover, shown


class PlaygroundPage(TabPage):
    """The tab. It renders the presenter's state and passes on what the person does."""

    key = "playground"
    title = "Playground"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.presenter = WritePresenter(session, self)
        self.picker = Picker(self.theme, "Model", icon="models", placeholder="No model", name="playground.model")
        self.picker.setFixedWidth(self.theme.px(200))
        self.save_button = Button("Save", "quiet", icon="export", theme=self.theme, run=self.save)
        self.again_button = Button("Again", "second", icon="regenerate", theme=self.theme, run=self.presenter.again)
        self.go_button = Button(
            "Continue", "primary", icon="play", theme=self.theme, run=self._go, name="playground.generate_button"
        )
        self.card = PageCard(self.theme, self.presenter)
        self.strip = StripCard(self.theme)
        self.sampling = SamplingCard(self.theme, self.presenter.rules)
        self.empty = Empty(
            self.theme,
            "playground",
            "No model to talk to",
            "Train one, or open one that exists.",
            action="Train a model",
            action_icon="train",
        )
        self._popover: TokenPopover | None = None
        self._opened = -1
        self._headed = False
        self._lay_out()
        self._connect()
        self.presenter.refresh()
        self.render_state(self.presenter.state)

    # -- construction

    def _lay_out(self) -> None:
        self._content = QWidget()
        row = QHBoxLayout(self._content)
        row.setContentsMargins(24, 8, 24, 24)
        row.setSpacing(16)
        column = QVBoxLayout()
        column.setSpacing(16)
        column.addWidget(self.card, 1)
        column.addWidget(self.strip)
        row.addLayout(column, 1)
        row.addWidget(self.sampling)
        self._row = row
        self.sampling.setFixedWidth(self.theme.px(248))
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._content)

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.changed.connect(lambda: self.render_state(presenter.state))
        self.picker.chosen.connect(presenter.choose)
        self.empty.action_requested.connect(lambda: self.session.go("train"))
        self.card.writing.opened.connect(lambda index: self._open(index, active=True))
        self.card.writing.pointed.connect(self._pointed)
        self.card.writing.walked.connect(self._walk)
        self.card.sampling_requested.connect(self._toggle_drawer)
        self.sampling.closed.connect(self._toggle_drawer)
        self.strip.bars.chosen.connect(presenter.mark)
        self.strip.bars.opened.connect(lambda index: self._open(index, active=True))

    # -- what every tab has

    def header(self) -> Header:
        """Model picker, Save, Again, Continue."""
        if not self.presenter.state.models:
            return Header()
        return Header(picker=self.picker, buttons=(self.save_button, self.again_button, self.go_button))

    def shown(self) -> None:
        """Look for models that came meanwhile."""
        self.presenter.refresh()

    def hidden(self) -> None:
        """Nothing floats over another tab."""
        self._close()

    def open(self, **args: object) -> None:
        """`model`: write with that one; `prompt`: begin with these words."""
        model, prompt = args.get("model"), args.get("prompt")
        if isinstance(model, str):
            self.presenter.refresh()
            self.presenter.choose(model)
        if isinstance(prompt, str) and not self.presenter.state.version.text:
            self.presenter.edit(prompt)
        self.card.writing.setFocus(Qt.FocusReason.OtherFocusReason)

    def fit(self, size_class: str) -> None:
        """In small windows the sampling card is a drawer over the page."""
        self.size_class = size_class
        small = size_class == "S"
        edge = 16 if small else 24
        self._row.setContentsMargins(edge, 0 if small else 8, edge, edge)
        self.card.set_small(small)
        self.strip.set_small(small)
        self.sampling.close_button.setVisible(small)
        if small:
            self._row.removeWidget(self.sampling)
            self.sampling.setParent(self)
            self.sampling.hide()
        elif self.sampling.parentWidget() is not self._content:
            self.sampling.setParent(self._content)
            self._row.addWidget(self.sampling)
            self.sampling.show()

    def resizeEvent(self, event: object) -> None:
        """Keep the drawer at the right edge."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._place_drawer()

    def escape(self) -> bool:
        """Close the popover or the drawer, stop writing, or take the mark off."""
        if self._popover is not None and self._popover.isVisible():
            self._close()
            return True
        if self.presenter.stop():
            return True
        if self.size_class == "S" and self.sampling.isVisible():
            self._toggle_drawer()
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
        self._stack.setCurrentWidget(self._content if state.models else self.empty)
        self.picker.set_entries([Entry(m.id, m.title, m.note, "models") for m in state.models])
        self.picker.set_current(state.model)
        self.picker.setEnabled(not state.busy)
        self._render_buttons(state)
        self.card.render_state(state)
        self.strip.render_state(state)
        if state.cursor != self._opened and self._popover is not None and self._popover.isVisible():
            self._close()
        if bool(state.models) != self._headed:
            self._headed = bool(state.models)
            self.header_changed.emit()

    def _render_buttons(self, state: State) -> None:
        waits = state.waiting_for()
        words, icon, kind = ("Stop", "stop", "second") if state.busy else ("Continue", "play", "primary")
        if self.go_button.text() != words:
            self.go_button.setText(words)
            self.go_button.set_kind(kind)
            self.go_button.set_icon(icon)
        loading = state.phase == "loading"
        self.go_button.setEnabled(state.busy or (not waits and not loading))
        self.go_button.setToolTip(waits)
        self.again_button.setEnabled(self.presenter.can_repeat() and not loading)
        self.save_button.setEnabled(bool(state.version.text))

    # -- the popover

    def _walk(self, steps: int) -> None:
        self.presenter.walk(steps)

    def _pointed(self, index: int) -> None:
        if index >= 0 and not self.presenter.state.busy:
            self._open(index, active=False)

    def _open(self, index: int, *, active: bool) -> None:
        state = self.presenter.state
        tokens = state.version.tokens
        if not 0 <= index < len(tokens):
            return
        token = tokens[index]
        self.presenter.mark(index)
        self._opened = index
        popover = self._make_popover()
        rows = [Candidate(one.text, one.p_raw, one.p, one.id == token.id) for one in token.top]
        if all(not row.chosen for row in rows):
            rows.append(Candidate(token.text, token.p_raw, token.p, True))
        writing = self.card.writing
        origin = writing.viewport().mapTo(self.window(), QPoint(0, 0))
        box = writing.token_rect(index)
        middle = QRect(box.left(), box.center().y() - self.theme.px(15), box.width(), self.theme.px(30))
        floor = min(writing.text_bottom(), writing.viewport().height()) + origin.y()
        title = f"Token {index + 1}: “{shown(token.text).strip('·')}”"
        popover.open_at(middle.translated(origin), floor, rows, title, active=not state.busy)
        if active:
            QTimer.singleShot(0, popover, popover.take_focus)

    def _make_popover(self) -> TokenPopover:
        if self._popover is None or self._popover.parentWidget() is not self.window():
            if self._popover is not None:
                self._popover.deleteLater()
            self._popover = TokenPopover(self.theme, self.window())
            self._popover.taken.connect(self._taken)
        return self._popover

    def _taken(self, line: int) -> None:
        index = self._opened
        self._close()
        tokens = self.presenter.state.version.tokens
        if 0 <= index < len(tokens) and line < len(tokens[index].top):
            self.presenter.branch(index, line)
        else:
            self.presenter.mark(-1)

    def _close(self) -> None:
        if self._popover is not None:
            self._popover.dismiss()

    # -- the drawer of small windows

    def _toggle_drawer(self) -> None:
        if self.size_class != "S":
            return
        self.sampling.setVisible(not self.sampling.isVisible())
        self._place_drawer()
        if self.sampling.isVisible():
            self.sampling.raise_()
            self.sampling.preset.setFocus(Qt.FocusReason.OtherFocusReason)

    def _place_drawer(self) -> None:
        if self.size_class == "S":
            wide = self.theme.px(248)
            self.sampling.setGeometry(self.width() - wide - 8, 0, wide, self.height() - 8)
