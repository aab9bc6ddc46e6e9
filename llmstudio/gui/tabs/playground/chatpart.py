"""Chat: the kept conversations, the one that is held with its composer, and what can be done with each turn."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground.chatlist import ChatListCard
from llmstudio.gui.tabs.playground.part import Part
from llmstudio.gui.tabs.playground.presenter_chat import ChatPresenter, ChatState
from llmstudio.gui.tabs.playground.talkcard import TalkCard
from llmstudio.gui.tabs.playground.tokenhover import TokenHover
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.page import Command
from llmstudio.store import chatexport

FILTERS = "Markdown (*.md);;JSON lines (*.jsonl)"
MEASURE_MS = 300


class ChatPart(Part):
    """Renders the Chat presenter's state and passes on what the person does."""

    compare_requested = Signal()

    def __init__(self, session: Session, presenter: ChatPresenter) -> None:
        super().__init__(session)
        self.presenter = presenter
        self.export_button = Button("Export", "quiet", icon="export", theme=self.theme, run=self.export)
        self.compare_button = Button(
            "Compare", "second", icon="compare", theme=self.theme, run=self.compare_requested.emit
        )
        self.list = ChatListCard(self.theme)
        self.card = TalkCard(self.theme)
        self.hover = TokenHover(self.theme, self)
        self._opened = ("", -1)
        self._measure = QTimer(self)
        self._measure.setSingleShot(True)
        self._measure.setInterval(MEASURE_MS)
        self._lay_out()
        self._connect()
        presenter.shelf.refresh()
        self._render()

    def _lay_out(self) -> None:
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        self.list.setFixedWidth(self.theme.px(216))
        row.addWidget(self.list)
        row.addWidget(self.card, 1)

    def _connect(self) -> None:
        presenter, card, shelf = self.presenter, self.card, self.presenter.shelf
        presenter.changed.connect(self._render)
        presenter.drafted.connect(card.composer.set_text)
        shelf.changed.connect(self._render_list)
        self.list.chosen.connect(self._choose)
        self.list.searched.connect(shelf.search)
        self.list.new_requested.connect(self.new)
        self.list.list.rename_requested.connect(self.rename)
        self.list.list.trash_requested.connect(shelf.trash)
        card.composer.sent.connect(self._send)
        card.composer.stopped.connect(presenter.stop)
        card.composer.recalled.connect(presenter.edit_last)
        card.composer.cancelled.connect(presenter.cancel_edit)
        card.composer.field.textChanged.connect(self._measure.start)
        card.system.changed.connect(presenter.set_system)
        card.branch_stepped.connect(presenter.step_branch)
        card.retry_requested.connect(presenter.answer)
        card.list_requested.connect(self._toggle_list)
        card.sampling_requested.connect(self.sampling_requested)
        card.transcript.deed.connect(self._do)
        card.transcript.opened.connect(lambda name, index: self._open(name, index, active=True))
        card.transcript.pointed.connect(self._pointed)
        card.transcript.walked.connect(presenter.walk)
        self.hover.taken.connect(self._taken)
        self._measure.timeout.connect(lambda: presenter.measure(card.composer.text()))

    # -- what every part has

    def buttons(self) -> Sequence[QPushButton]:
        """Export, Compare."""
        return (self.export_button, self.compare_button)

    def shown(self) -> None:
        """Look for chats that came meanwhile."""
        self.presenter.shelf.refresh()

    def hidden(self) -> None:
        """Nothing floats over another part."""
        self.hover.close()

    def take_focus(self) -> None:
        """One begins in the composer."""
        self.card.composer.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def wants_sampling(self, size_class: str) -> bool:
        """Beside list and transcript there is room for it in wide windows only."""
        return size_class in ("L", "X")

    def fit(self, size_class: str) -> None:
        """In small windows the list is a drawer over the transcript."""
        super().fit(size_class)
        drawer = size_class == "S"
        self.card.set_drawers(chats=drawer, sampling=not self.wants_sampling(size_class))
        if drawer:
            self._row.removeWidget(self.list)
            self.list.setParent(self)
            self.list.hide()
        elif self._row.indexOf(self.list) < 0:
            self._row.insertWidget(0, self.list)
            self.list.show()

    def escape(self) -> bool:
        """Close what floats, stop the answer, or leave the edit."""
        if self.hover.visible:
            self.hover.close()
            return True
        if self.presenter.stop():
            return True
        if self.card.system.is_open:
            self.card.system.close_field()
            return True
        if self.presenter.cancel_edit():
            return True
        if self._drawn():
            self._toggle_list()
            return True
        marked = self.presenter.state.marked[1] >= 0
        self.presenter.mark("", -1)
        return marked

    def primary(self) -> None:
        """Ctrl+Enter sends, and never stops."""
        if not self.presenter.state.writing:
            self.card.composer.button.click()

    def search(self) -> bool:
        """Ctrl+F searches the chats."""
        if self.size_class == "S" and not self._drawn():
            self._toggle_list()
        self.list.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def commands(self) -> list[Command]:
        """What the palette offers."""
        state = self.presenter.state
        nothing = "" if state.kept else "Nothing was said yet."
        idle = "" if state.writing else "Nothing is being answered."
        locked = "Another window has this workspace." if state.held.read_only else nothing
        answers = [turn.id for turn in state.turns if turn.role == "assistant"]
        unanswered = "" if answers and not state.writing else "There is no answer yet."
        return [
            Command("chat.new", "New chat", "Ctrl+N", self.new, icon="plus"),
            Command("chat.send", "Send", "Ctrl+Return", self.primary, state.waiting_for, "send"),
            Command("chat.stop", "Stop answering", "Esc", self.presenter.stop, lambda: idle, "stop"),
            Command(
                "chat.again",
                "Write the last answer anew",
                "Ctrl+R",
                lambda: self.presenter.regenerate(answers[-1]),
                lambda: unanswered,
                "regenerate",
            ),
            Command("chat.compare", "Compare two models", "", self.compare_requested.emit, icon="compare"),
            Command("chat.edit", "Edit your last turn", "", self.presenter.edit_last, lambda: nothing, "edit"),
            Command("chat.system", "Edit the system prompt", "", self.card.system.open, icon="edit"),
            Command("chat.copy", "Copy the chat", "Ctrl+Shift+C", self.copy, lambda: nothing, "copy"),
            Command("chat.export", "Export the chat", "Ctrl+S", self.export, lambda: nothing, "export"),
            Command("chat.rename", "Rename the chat", "", lambda: self.rename(state.talk.id), lambda: locked, "edit"),
            Command(
                "chat.trash",
                "Move the chat to the trash",
                "",
                lambda: self.presenter.shelf.trash(state.talk.id),
                lambda: locked,
                "trash",
            ),
        ]

    # -- intents

    def new(self) -> None:
        """Begin another chat."""
        self.presenter.new()
        self.card.composer.clear()
        self.take_focus()

    def _choose(self, name: str) -> None:
        self.presenter.open(name)
        if self._drawn():
            self._toggle_list()

    def _send(self, text: str) -> None:
        if self.presenter.send(text):
            self.card.composer.clear()
            self.card.transcript.to_end()

    def _do(self, deed: str, name: str) -> None:
        turn = self.presenter.state.turn(name)
        if turn is None:
            return
        if deed == "copy":
            QGuiApplication.clipboard().setText(turn.text)
            self.session.notices.toast("The turn is copied")
            return
        deeds = {
            "edit": self.presenter.edit,
            "regenerate": self.presenter.regenerate,
            "branch": self.presenter.branch,
            "go_on": self.presenter.go_on,
        }
        deeds[deed](name)
        if deed == "branch":
            self.take_focus()

    def rename(self, name: str) -> None:
        """Ask for another title."""
        talk = self.presenter.shelf.find(name)
        if talk is None:
            return
        title = self.session.dialogs.ask_text("Rename the chat", "Title", talk.title)
        if title:
            self.presenter.shelf.rename(name, title)

    def copy(self) -> None:
        """The whole branch to the clipboard, as Markdown."""
        QGuiApplication.clipboard().setText(chatexport.markdown(self.presenter.state.talk))
        self.session.notices.toast("The chat is copied")

    def export(self) -> None:
        """Ask where, and write the chat there."""
        talk = self.presenter.state.talk
        path = self.session.dialogs.save_file("Export the chat", f"{files.slug(talk.title)}.md", FILTERS)
        if path is None:
            return
        write = chatexport.jsonl if path.suffix.lower() == ".jsonl" else chatexport.markdown
        try:
            files.write_text(path, write(talk))
        except (OSError, UserError) as error:
            self.session.notices.error(error, "Exporting the chat")
            return
        self.session.notices.toast("The chat is exported", note=path.name)

    # -- rendering

    def _render(self) -> None:
        state = self.presenter.state
        self.card.render_state(state)
        self.export_button.setEnabled(state.kept and not state.writing)
        self._render_list()
        if state.marked != self._opened and self.hover.visible:
            self.hover.close()

    def _render_list(self) -> None:
        shelf = self.presenter.shelf
        self.list.show_chats(shelf.shown, self.presenter.state.talk.id, shelf.query, shelf.damaged)

    # -- the popover

    def _pointed(self, name: str, index: int) -> None:
        if index >= 0 and not self.presenter.state.writing:
            self._open(name, index, active=False)

    def _open(self, name: str, index: int, *, active: bool) -> None:
        state: ChatState = self.presenter.state
        turn, view = state.turn(name), self.card.transcript.view_of(name)
        if turn is None or view is None or not 0 <= index < len(turn.tokens):
            return
        self.presenter.mark(name, index)
        self._opened = (name, index)
        may_take = not state.writing and not state.waiting_for()
        self.hover.open(view.text, index, turn.tokens[index], may_take=may_take, focus=active)

    def _taken(self, line: int) -> None:
        name, index = self._opened
        turn = self.presenter.state.turn(name)
        if turn is not None and 0 <= index < len(turn.tokens) and line < len(turn.tokens[index].top):
            self.presenter.take(name, index, line)
        else:
            self.presenter.mark("", -1)

    # -- the drawer of small windows

    def _drawn(self) -> bool:
        return self.size_class == "S" and self.list.isVisible()

    def _toggle_list(self) -> None:
        self.list.setVisible(not self.list.isVisible())
        self._place_list()
        if self.list.isVisible():
            self.list.raise_()
            self.list.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the drawer as high as the page."""
        super().resizeEvent(event)
        self._place_list()

    def _place_list(self) -> None:
        if self.size_class == "S":
            self.list.setGeometry(0, 0, self.theme.px(248), self.height())
