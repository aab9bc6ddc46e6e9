"""The card of a conversation: its title and branches, the system prompt, the transcript, the composer, the meter."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from llmstudio.gui.tabs.playground.exchange import Shown
from llmstudio.gui.tabs.playground.presenter_chat import ChatState
from llmstudio.gui.tabs.playground.systemrow import SystemRow
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button, icon_button
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.composer import Composer
from llmstudio.gui.widgets.contextmeter import ContextMeter
from llmstudio.gui.widgets.fixit import FixIt, Remedy
from llmstudio.gui.widgets.text import ElidedLabel, Label
from llmstudio.gui.widgets.transcript import Transcript
from llmstudio.gui.widgets.turnview import Line
from llmstudio.gui.widgets.writing import Ink

PLAIN = "{} was not taught to chat. It goes on from a script of questions and answers."


class TalkCard(Card):
    """Shows the state of a chat."""

    branch_stepped = Signal(int)
    retry_requested = Signal()
    list_requested = Signal()
    sampling_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("New chat", padding=0, spacing=0)
        self._theme = theme
        self.chats_button = Button("Chats", "second", icon="playground", theme=theme, run=self.list_requested.emit)
        self.sampling_button = Button(
            "Sampling", "second", icon="filter", theme=theme, run=self.sampling_requested.emit
        )
        self.earlier = icon_button(theme, "chevron-left", "Earlier branch", lambda: self.branch_stepped.emit(-1))
        self.later = icon_button(theme, "chevron-right", "Later branch", lambda: self.branch_stepped.emit(1))
        self.which = Label("", "caption", "muted")
        self.system = SystemRow(theme)
        self.hint = ElidedLabel("", "caption", "muted")
        self.trouble = FixIt(theme)
        self.transcript = Transcript(theme)
        self.composer = Composer(theme, "Ask, or press the up arrow to edit your last turn", name="playground.chat")
        self.meter = ContextMeter(theme, "Ctrl+Enter sends")
        self._lay_out()

    def _lay_out(self) -> None:
        px = self._theme.px
        outer = self.layout()
        if outer is not None:
            outer.setContentsMargins(0, 0, 0, 0)
        self._head.setContentsMargins(px(23), px(8), px(15), px(8))
        self._head.setSpacing(px(8))
        self._head.insertWidget(0, self.chats_button)
        for widget in (self.earlier, self.which, self.later, self.sampling_button):
            self.add_control(widget)
        self.chats_button.hide()
        self.sampling_button.hide()
        self.body.addWidget(line())
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(px(19), px(6), px(19), px(11))
        column.setSpacing(px(4))
        column.addWidget(self.system)
        column.addWidget(self.hint)
        column.addWidget(self.trouble)
        column.addWidget(self.transcript, 1)
        column.addWidget(self.composer)
        foot = QHBoxLayout()
        foot.setContentsMargins(0, px(4), 0, 0)
        foot.addWidget(self.meter)
        column.addLayout(foot)
        self.body.addWidget(inside, 1)

    def set_drawers(self, *, chats: bool, sampling: bool) -> None:
        """Which of its neighbours are drawers now, and need a button here."""
        self.chats_button.setVisible(chats)
        self.sampling_button.setVisible(sampling)
        self.meter.set_hinted(not chats)

    # -- rendering

    def render_state(self, state: ChatState) -> None:
        """Show a state; asking twice changes nothing."""
        self.set_title(state.talk.title, "")
        self._render_branch(state)
        self.system.show_text(state.talk.system, locked=state.writing or state.held.read_only)
        self._render_hint(state)
        self._render_trouble(state)
        self.transcript.show_lines([_line(turn, state) for turn in state.turns])
        self._render_composer(state)
        chosen, context = state.held.chosen, state.context
        if context is not None and context.limit:
            self.meter.show_context(context.used, context.limit, context.dropped)
        else:
            self.meter.show_context(0, chosen.context if chosen else 0)

    def _render_branch(self, state: ChatState) -> None:
        at, count = state.branch()
        fresh = at == 0 and count > 0
        for widget in (self.earlier, self.which, self.later):
            widget.setVisible(count > 1 or fresh)
        self.which.setText(f"Branch {at} of {count}" if at else "New branch")
        self.earlier.setEnabled(not state.writing)
        self.later.setEnabled(not state.writing)

    def _render_hint(self, state: ChatState) -> None:
        chosen = state.held.chosen
        words = ""
        if state.held.phase == "loading" and chosen is not None:
            words = f"Loading {chosen.title}, {chosen.note}" if chosen.note else f"Loading {chosen.title}"
        elif chosen is not None and not chosen.chat:
            words = PLAIN.format(chosen.title)
        self.hint.setText(words)
        self.hint.setVisible(bool(words))

    def _render_trouble(self, state: ChatState) -> None:
        failure = state.failure
        self.trouble.setVisible(failure is not None)
        if failure is not None:
            self.trouble.show_trouble(
                failure.title,
                failure.text,
                [Remedy("Try again", self.retry_requested.emit, "regenerate")],
                details=failure.details,
            )

    def _render_composer(self, state: ChatState) -> None:
        turn = state.turn(state.editing) if state.editing else None
        words, verb = "", "Send"
        if turn is not None:
            own = turn.role == "user"
            words = "Your turn, said otherwise: a branch" if own else "The answer in your words: a branch"
            verb = "Send" if own else "Keep"
        self.composer.show_state(
            busy=state.writing,
            waits="" if verb == "Keep" else state.waiting_for(),
            editing=words,
            verb=verb,
        )


def _line(turn: Shown, state: ChatState) -> Line:
    marked = state.marked[1] if state.marked[0] == turn.id else -1
    locked = state.held.read_only or state.writing
    own = turn.role == "user"
    deeds = ["copy"]
    if not locked:
        deeds += ["edit"] if own else ["edit", "regenerate", "branch"]
        if not own and turn.tokens and turn.reason in ("length", "stopped"):
            deeds.append("go_on")
    inks = tuple(Ink(start, end, token.surprise) for start, end, token in turn.places())
    return Line(turn.id, own, turn.text, inks, "" if own else turn.facts, tuple(deeds), marked, turn.live, turn.model)
