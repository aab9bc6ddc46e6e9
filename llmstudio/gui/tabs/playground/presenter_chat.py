"""What the Chat page knows and does: the conversation that is held, and the answer that is being written.

It owns no widget. `changed` says that `state` is another one; the page renders it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground import exchange, wire
from llmstudio.gui.tabs.playground.exchange import Shown
from llmstudio.gui.tabs.playground.presenter_model import Holding, ModelHolder
from llmstudio.gui.tabs.playground.presenter_sampling import SamplingRules
from llmstudio.gui.tabs.playground.presenter_shelf import ShelfPresenter
from llmstudio.gui.tabs.playground.versions import Token
from llmstudio.gui.tabs.playground.wire import Context, Failure
from llmstudio.store import conversation
from llmstudio.store.conversation import Conversation


@dataclass(frozen=True)
class ChatState:
    """Everything the page shows. `editing` is the turn whose other wording is in the composer."""

    held: Holding = field(default_factory=Holding)
    talk: Conversation = field(default_factory=conversation.begun)
    turns: tuple[Shown, ...] = ()
    writing: bool = False  # the model answers in this chat
    occupied: str = ""  # where the model answers instead
    editing: str = ""
    marked: tuple[str, int] = ("", -1)
    context: Context | None = None
    failure: Failure | None = None
    wrong: str = ""  # a sampling rule that cannot be

    @property
    def kept(self) -> bool:
        """Whether anything was said in this chat."""
        return bool(self.talk.turns)

    def turn(self, name: str) -> Shown | None:
        """A turn of the branch looked at."""
        return next((turn for turn in self.turns if turn.id == name), None)

    def waiting_for(self) -> str:
        """Why nothing can be sent now, or ""."""
        return self.held.waiting_for() or self.wrong or self.occupied

    def branch(self) -> tuple[int, int]:
        """Which branch is looked at, and how many there are; (0, n) where a new one begins."""
        leaves = self.talk.leaves()
        return (leaves.index(self.talk.leaf) + 1 if self.talk.leaf in leaves else 0), len(leaves)


@dataclass
class _Live:
    """The answer that is being written, wherever the person looks meanwhile."""

    talk: Conversation
    turn: str
    tokens: list[Token]
    number: int = 0
    context: Context | None = None


class ChatPresenter(QObject):
    """Intents in, `state` out."""

    changed = Signal()
    drafted = Signal(str)  # words for the composer

    def __init__(
        self, session: Session, holder: ModelHolder, rules: SamplingRules, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self.holder, self.rules = session, holder, rules
        self.shelf = ShelfPresenter(session, self)
        self._tokens: dict[str, tuple[Token, ...]] = {}
        self._live: _Live | None = None
        self._failure: Failure | None = None
        self._measured = 0
        self.state = ChatState()
        holder.changed.connect(self._follow)
        holder.answered.connect(self._answered)
        holder.forgotten.connect(lambda: self._set(context=None))
        rules.changed.connect(self._follow)
        self.shelf.gone.connect(self._forget)
        self.shelf.back.connect(self.open)
        self.shelf.renamed.connect(self._renamed)
        self._follow()

    # -- which conversation

    def new(self) -> None:
        """Begin an empty conversation; it is kept with the first word said."""
        self._show(conversation.begun())

    def open(self, name: str) -> None:
        """Look at another conversation; an answer that is being written goes on."""
        if name == self.state.talk.id:
            return
        live = self._live
        talk = live.talk if live is not None and live.talk.id == name else self.shelf.find(name)
        if talk is not None:
            self._show(talk)

    def _show(self, talk: Conversation) -> None:
        self._failure = None
        kept = self.shelf.files.tokens(talk) if talk.turns else {}
        self._tokens = {name: exchange.unpack(rows) for name, rows in kept.items()}
        self._set(talk=talk, editing="", marked=("", -1), context=None)
        self._follow()

    def _forget(self, name: str) -> None:
        if self._live is not None and self._live.talk.id == name:
            self.holder.stop()
            self._live = None
        if name == self.state.talk.id:
            self.new()

    def _renamed(self, talk: Conversation) -> None:
        if self._live is not None and self._live.talk.id == talk.id:
            self._live.talk = replace(self._live.talk, title=talk.title, named=True)
        if self.state.talk.id == talk.id:
            self._set(talk=replace(self.state.talk, title=talk.title, named=True))

    # -- saying

    def send(self, text: str) -> bool:
        """Say something, or say it otherwise where a turn is being edited; True if it was taken."""
        talk, words = self.state.talk, text.strip()
        editing = talk.turn(self.state.editing)
        if not words or self.state.writing:
            return False
        if editing is not None and editing.role == "assistant":
            facts = {"model": editing.facts.get("model", ""), "edited": True}
            self._change(conversation.beside(talk, editing.id, words, facts=facts))
            return True
        if self.state.waiting_for():
            return False
        last = talk.turn(talk.leaf)
        unanswered = last if last is not None and last.role == "user" else None
        beside = editing or unanswered
        self._ask(
            conversation.beside(talk, beside.id, words)
            if beside is not None
            else conversation.said(talk, "user", words)
        )
        return True

    def answer(self) -> None:
        """Answer the last turn, where no answer came; load the model if need be."""
        self._failure = None
        self.holder.clear_failure()
        last = self.state.talk.turn(self.state.talk.leaf)
        if last is not None and last.role == "user" and not self.state.waiting_for():
            self._ask(self.state.talk)
        self._follow()

    def regenerate(self, name: str) -> None:
        """Have an answer written anew, beside the one there is."""
        turn = self.state.talk.turn(name)
        if turn is not None and turn.role == "assistant" and self._free():
            self._ask(conversation.cut_at(self.state.talk, turn.parent))

    def take(self, name: str, index: int, line: int) -> None:
        """Have an answer written on from an alternative of one of its tokens, as a branch."""
        turn = self.state.turn(name)
        if turn is None or not self._free() or not 0 <= index < len(turn.tokens):
            return
        choices = turn.tokens[index].top
        if 0 <= line < len(choices):
            choice = choices[line]
            chosen = Token(choice.id, choice.text, choice.p, choice.p_raw, turn.tokens[index].top, chosen=True)
            parent = self.state.talk.turn(name)
            assert parent is not None, "it is shown"
            self._ask(conversation.cut_at(self.state.talk, parent.parent), [*turn.tokens[:index], chosen])

    def go_on(self, name: str) -> None:
        """Have an answer that was cut off written on, in its place."""
        turn, kept = self.state.turn(name), self.state.talk.turn(name)
        if turn is not None and kept is not None and turn.tokens and self._free():
            self._ask(self.state.talk, list(turn.tokens), turn=name)

    def stop(self) -> bool:
        """Stop the answer of this chat; True if there was one."""
        return self._live is not None and self.state.writing and self.holder.stop()

    def _free(self) -> bool:
        return not self.state.writing and not self.state.waiting_for()

    # -- looking and changing

    def edit(self, name: str) -> None:
        """Put a turn into the composer, to be said otherwise."""
        turn = self.state.turn(name)
        if turn is not None and not self.state.writing and not self.state.held.read_only:
            self._set(editing=name)
            self.drafted.emit(turn.text)

    def edit_last(self) -> None:
        """Edit the last turn that is one's own."""
        own = [turn.id for turn in self.state.turns if turn.role == "user"]
        if own:
            self.edit(own[-1])

    def cancel_edit(self) -> bool:
        """Leave the turn as it is; True if one was being edited."""
        if not self.state.editing:
            return False
        self._set(editing="")
        self.drafted.emit("")
        return True

    def branch(self, name: str) -> None:
        """Let the next word follow this answer; what follows now stays as another branch."""
        turn = self.state.talk.turn(name)
        if turn is not None and turn.role == "assistant" and not self.state.writing:
            self._change(conversation.cut_at(self.state.talk, name))

    def step_branch(self, by: int) -> None:
        """Look at the next branch, or the one before."""
        leaves, (at, count) = self.state.talk.leaves(), self.state.branch()
        if count > 1 and not self.state.writing:
            self._change(conversation.looking_at(self.state.talk, leaves[(max(at, 1) - 1 + by) % count]))

    def set_system(self, text: str) -> None:
        """Change what the model is told before the first turn."""
        if text.strip() != self.state.talk.system and not self.state.writing:
            self._change(replace(self.state.talk, system=text.strip()))

    def mark(self, name: str, index: int) -> None:
        """Mark a token of an answer, or none with -1."""
        self._set(marked=(name, index) if index >= 0 else ("", -1))

    def walk(self, name: str, steps: int) -> None:
        """Move the mark inside an answer; from nothing it begins at the near end."""
        turn = self.state.turn(name)
        if turn is None or not turn.tokens:
            return
        last = len(turn.tokens) - 1
        marked = self.state.marked[1] if self.state.marked[0] == name else -1
        at = (0 if steps > 0 else last) if marked < 0 else min(max(marked + steps, 0), last)
        self.mark(name, at)

    def measure(self, draft: str) -> None:
        """Ask how much of the context this conversation would take with a draft sent."""
        if self.state.writing or self.state.held.read_only:
            return
        talk = self.state.talk
        edited = talk.turn(self.state.editing)
        asked = exchange.messages(talk, edited.parent if edited is not None else talk.leaf)
        if draft.strip():
            asked = [*asked, {"role": "user", "content": draft.strip()}]
        self._measured = self.holder.ask_aside({"op": "measure", "messages": asked}) if asked else 0

    # -- the answer that comes

    def _ask(self, talk: Conversation, begin: Sequence[Token] = (), *, turn: str = "") -> None:
        chosen, seed = self.holder.state.chosen, self.rules.draw_seed()
        title, name = (chosen.title, chosen.id) if chosen else ("", "")
        if not turn:
            talk = conversation.said(talk, "assistant", "", facts={"model": title, "seed": seed})
            turn = talk.leaf
        talk = replace(talk, model=name, model_title=title)
        answer = talk.turn(turn)
        assert answer is not None, "it was just said"
        request: dict[str, Any] = {
            "op": "chat",
            "messages": exchange.messages(talk, answer.parent),
            "sampling": self.rules.request(seed),
        }
        if begin:
            request["answer_ids"] = [token.id for token in begin]
        self._failure = None
        self._live = live = _Live(talk, turn, list(begin))
        self._keep(conversation.without(talk, turn) if not answer.text else talk)
        self._set(talk=talk, editing="", marked=("", -1))
        live.number = self.holder.ask(request)
        self._follow()

    def _answered(self, number: int, op: str, message: dict[str, Any]) -> None:
        live = self._live
        if number == self._measured:
            self._set(context=wire.context(message) or self.state.context)
            return
        # A model that cannot even be asked for says so before the request's number is known.
        if live is None or (live.number and number != live.number):
            return
        if op == "prompt":
            live.context = wire.context(message)
        elif op == "tokens":
            new = wire.tokens(message)
            live.tokens += new
            if live.context is not None:
                live.context = replace(live.context, used=live.context.used + len(new))
            self._grow(live)
        else:
            self._finish(live, op, message)
        self._follow()

    def _grow(self, live: _Live, **facts: Any) -> None:
        text = "".join(token.text for token in live.tokens)
        live.talk = conversation.changed(live.talk, live.turn, text, {"tokens": len(live.tokens), **facts})

    def _finish(self, live: _Live, op: str, message: dict[str, Any]) -> None:
        """The answer is whole, or nothing more comes of it: keep what there is."""
        self._live = None
        if op == "error":
            self._failure = wire.failure(message)
        if live.tokens:
            speed = float(message.get("tokens_per_second") or 0)
            self._grow(live, tokens_per_second=speed, reason=str(message.get("reason") or "stopped"))
        else:
            live.talk = conversation.without(live.talk, live.turn)
        self._keep(live.talk, live)
        if self.state.talk.id == live.talk.id:
            self._tokens[live.turn] = tuple(live.tokens)
            self._set(talk=live.talk, context=live.context)

    def _change(self, talk: Conversation) -> None:
        """Another state of the conversation looked at."""
        if talk.turns:
            self._keep(talk)
        self._set(talk=talk, editing="", marked=("", -1), context=None)
        self._follow()

    def _keep(self, talk: Conversation, live: _Live | None = None) -> None:
        if self._session.read_only or not talk.turns:
            return
        try:
            self.shelf.files.save(talk)
            if live is not None and live.tokens:
                self.shelf.files.save_tokens(talk, live.turn, exchange.pack(live.tokens))
        except (UserError, OSError) as error:
            self._session.notices.error(error, "Keeping the chat")
        self.shelf.refresh()

    # -- state

    def _follow(self) -> None:
        held, live = self.holder.state, self._live
        here = live is not None and live.talk.id == self.state.talk.id
        talk = live.talk if here and live is not None else self.state.talk
        tokens = {**self._tokens, live.turn: tuple(live.tokens)} if here and live is not None else self._tokens
        self._set(
            held=held,
            talk=talk,
            turns=exchange.shown(talk, tokens, live.turn if here and live is not None else ""),
            writing=here,
            occupied="" if here else self._occupied(held),
            context=live.context if here and live is not None and live.context else self.state.context,
            failure=held.failure or self._failure,
            wrong=self.rules.waiting_for(),
        )

    def _occupied(self, held: Holding) -> str:
        if self._live is not None:
            return f"The model is answering in “{self._live.talk.title}”."
        return "The model is writing elsewhere in the Playground." if held.busy else ""

    def _set(self, **changes: Any) -> None:
        state = replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self.changed.emit()
