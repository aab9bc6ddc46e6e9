"""Compare: two models side by side on one prompt, with one composer and one seed; what differs is marked."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from llmstudio.base import files, units
from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground import comparison
from llmstudio.gui.tabs.playground.comparison import Reply
from llmstudio.gui.tabs.playground.part import Part
from llmstudio.gui.tabs.playground.presenter_compare import ComparePresenter, CompareState
from llmstudio.gui.tabs.playground.presenter_model import Holding
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.composer import Composer
from llmstudio.gui.widgets.page import Command
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.text import ElidedLabel, Label
from llmstudio.gui.widgets.transcript import Transcript
from llmstudio.gui.widgets.turnview import Line

FILTERS = "Markdown (*.md);;JSON lines (*.jsonl)"
SIDES = ("Left", "Right")


class Column(Card):
    """One model and what it answered."""

    def __init__(self, theme: Theme, side: int) -> None:
        super().__init__(SIDES[side], padding=0, spacing=0)
        px = theme.px
        outer = self.layout()
        if outer is not None:
            outer.setContentsMargins(0, 0, 0, 0)
        self._head.setContentsMargins(px(19), px(8), px(15), px(8))
        self.note.hide()
        self.side = side
        self.picker = Picker(theme, f"{SIDES[side]} model", icon="models", placeholder="No model")
        self.add_control(self.picker)
        self._head.setStretch(self._head.count() - 1, 1)
        self.hint = ElidedLabel("", "caption", "muted")
        self.hint.setFixedHeight(px(20))
        self.transcript = Transcript(theme, f"{SIDES[side]} answers")
        self.body.addWidget(line())
        inside = QVBoxLayout()
        inside.setContentsMargins(px(15), px(6), px(15), px(8))
        inside.addWidget(self.hint)
        inside.addWidget(self.transcript, 1)
        self.body.addLayout(inside, 1)

    def render_state(self, state: CompareState) -> None:
        """Show one side of a state."""
        held = state.held[self.side]
        self.picker.set_entries([Entry(model.id, model.title, model.note, "models") for model in held.models])
        self.picker.set_current(held.model)
        self.picker.setEnabled(not state.writing)
        self.hint.setText(_hint(held))  # its line stays, so that both columns begin at one height
        lines: list[Line] = []
        for at, one in enumerate(state.rounds):
            reply = one.replies[self.side]
            lines.append(Line(f"q{at}", True, one.prompt))
            spans = comparison.differences(*(reply.text for reply in one.replies))[self.side] if one.done else ()
            lines.append(
                Line(
                    f"a{at}",
                    False,
                    reply.text or reply.error,
                    (),
                    _facts(reply),
                    live=not reply.done,
                    who=one.models[self.side],
                    spans=spans,
                )
            )
        self.transcript.show_lines(lines)


class ComparePart(Part):
    """Renders the comparison's state and passes on what the person does."""

    closed = Signal()

    def __init__(self, session: Session, presenter: ComparePresenter) -> None:
        super().__init__(session)
        self.presenter = presenter
        self.export_button = Button("Export", "quiet", icon="export", theme=self.theme, run=self.export)
        self.back_button = Button("Back to the chat", "second", icon="close", theme=self.theme, run=self.closed.emit)
        self.columns = (Column(self.theme, 0), Column(self.theme, 1))
        self.composer = Composer(self.theme, "Ask both the same", name="playground.compare")
        self.words = ElidedLabel("", "caption", "muted")
        self.seed = Label("", "caption", "muted")
        self.sampling_button = Button("Sampling", "link", run=self.sampling_requested.emit)
        self._lay_out()
        self._connect()
        self._render()

    def _lay_out(self) -> None:
        px = self.theme.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        sides = QHBoxLayout()
        sides.setSpacing(16)
        for side in self.columns:
            sides.addWidget(side, 1)
        column.addLayout(sides, 1)
        column.addWidget(self.composer)
        foot = QHBoxLayout()
        foot.setContentsMargins(px(4), 0, px(4), 0)
        foot.setSpacing(px(12))
        foot.addWidget(self.words, 1)
        foot.addWidget(self.seed)
        foot.addWidget(self.sampling_button)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.presenter.changed.connect(self._render)
        self.composer.sent.connect(self._send)
        self.composer.stopped.connect(self.presenter.stop)
        for side in self.columns:
            side.picker.chosen.connect(lambda model, at=side.side: self.presenter.choose(at, model))
            side.transcript.deed.connect(lambda deed, name, at=side.side: self._copy_turn(at, name))

    # -- what every part has

    def buttons(self) -> Sequence[QPushButton]:
        """Export, and the way back."""
        return (self.export_button, self.back_button)

    def shown(self) -> None:
        """Look for models."""
        self.presenter.open()

    def take_focus(self) -> None:
        """One begins in the composer."""
        self.composer.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def fit(self, size_class: str) -> None:
        """A button opens the sampling settings where they are a drawer."""
        super().fit(size_class)
        self.sampling_button.setVisible(not self.wants_sampling(size_class))

    def wants_sampling(self, size_class: str) -> bool:
        """Beside two columns there is room for it in wide windows only."""
        return size_class in ("L", "X")

    def escape(self) -> bool:
        """Stop both."""
        return self.presenter.stop()

    def primary(self) -> None:
        """Ctrl+Enter sends, and never stops."""
        if not self.presenter.state.writing:
            self.composer.button.click()

    def commands(self) -> list[Command]:
        """What the palette offers."""
        state = self.presenter.state
        nothing = "" if state.rounds else "Nothing was asked yet."
        running = "" if state.writing else "Nothing is being answered."
        return [
            Command("compare.send", "Ask both", "Ctrl+Return", self.primary, state.waiting_for, "send"),
            Command("compare.stop", "Stop both", "Esc", self.presenter.stop, lambda: running, "stop"),
            Command(
                "compare.clear", "Begin the comparison anew", "Ctrl+N", self.presenter.clear, lambda: nothing, "plus"
            ),
            Command("compare.copy", "Copy the comparison", "Ctrl+Shift+C", self.copy, lambda: nothing, "copy"),
            Command("compare.export", "Export the comparison", "Ctrl+S", self.export, lambda: nothing, "export"),
            Command("compare.close", "Back to the chat", "", self.closed.emit, icon="close"),
        ]

    # -- intents

    def _send(self, text: str) -> None:
        if self.presenter.send(text):
            self.composer.clear()
            for side in self.columns:
                side.transcript.to_end()

    def _copy_turn(self, side: int, name: str) -> None:
        view = self.columns[side].transcript.view_of(name)
        if view is not None:
            QGuiApplication.clipboard().setText(view.line.text)
            self.session.notices.toast("The turn is copied")

    def copy(self) -> None:
        """All rounds to the clipboard, as Markdown."""
        QGuiApplication.clipboard().setText(comparison.markdown(self.presenter.state.rounds))
        self.session.notices.toast("The comparison is copied")

    def export(self) -> None:
        """Ask where, and write all rounds there."""
        path = self.session.dialogs.save_file("Export the comparison", "comparison.md", FILTERS)
        if path is None:
            return
        write = comparison.jsonl if path.suffix.lower() == ".jsonl" else comparison.markdown
        try:
            files.write_text(path, write(self.presenter.state.rounds))
        except (OSError, UserError) as error:
            self.session.notices.error(error, "Exporting the comparison")
            return
        self.session.notices.toast("The comparison is exported", note=path.name)

    # -- rendering

    def _render(self) -> None:
        state = self.presenter.state
        for side in self.columns:
            side.render_state(state)
        self.composer.show_state(busy=state.writing, waits=state.waiting_for())
        self.export_button.setEnabled(bool(state.rounds) and not state.writing)
        self.back_button.setEnabled(not state.writing)
        last = state.rounds[-1] if state.rounds else None
        self.words.setText(_words(state))
        self.seed.setText(f"Seed {last.seed}, the same for both" if last else "One seed for both")


def _words(state: CompareState) -> str:
    if not state.rounds:
        same = state.held[0].model == state.held[1].model and state.held[0].model
        return "Both sides hold the same model." if same else "What differs in the answers will be marked."
    last = state.rounds[-1]
    if not last.done or any(reply.error for reply in last.replies):
        return ""
    return comparison.sentence(*(reply.text for reply in last.replies))


def _hint(held: Holding) -> str:
    chosen = held.chosen
    if chosen is None:
        return ""
    if held.phase == "loading":
        return f"Loading {chosen.title}, {chosen.note}" if chosen.note else f"Loading {chosen.title}"
    if held.failure is not None:
        return held.failure.title
    return "" if chosen.chat else "Was not taught to chat: goes on from a script"


def _facts(reply: Reply) -> str:
    if not reply.done:
        return units.plural(len(reply.tokens), "token") if reply.tokens else "Reading"
    words = [units.plural(len(reply.tokens), "token")] if reply.tokens else []
    if reply.speed:
        words.append(f"{reply.speed:,.0f} per second")
    if reply.reason in ("length", "context"):
        words.append("cut off")
    if reply.reason == "stopped":
        words.append("stopped")
    return ", ".join(words)
