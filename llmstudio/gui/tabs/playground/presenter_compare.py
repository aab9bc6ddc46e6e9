"""What the comparison knows and does: two loaded models, asked the same with the same seed, each with its own talk.

It owns no widget. `changed` says that `state` is another one; the page renders it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground import wire
from llmstudio.gui.tabs.playground.comparison import Reply, Round
from llmstudio.gui.tabs.playground.presenter_model import Holding, ModelHolder
from llmstudio.gui.tabs.playground.presenter_sampling import SamplingRules

KEY = "playground.compared"


@dataclass(frozen=True)
class CompareState:
    """Everything the page shows; two of what belongs to a side."""

    held: tuple[Holding, Holding] = field(default_factory=lambda: (Holding(), Holding()))
    rounds: tuple[Round, ...] = ()
    writing: bool = False
    wrong: str = ""

    def waiting_for(self) -> str:
        """Why nothing can be sent now, or ""."""
        for held in self.held:
            if held.waiting_for():
                return held.waiting_for()
        if not self.writing and any(held.busy for held in self.held):
            return "The model is answering elsewhere in the Playground."
        return self.wrong


class ComparePresenter(QObject):
    """Intents in, `state` out. The left model is the Playground's own, the right one is loaded beside it."""

    changed = Signal()

    def __init__(
        self, session: Session, holder: ModelHolder, rules: SamplingRules, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self.rules = session, rules
        self.holders = (holder, ModelHolder(session, self, key=KEY))
        self._numbers = [0, 0]
        self.state = CompareState()
        for side, one in enumerate(self.holders):
            one.changed.connect(self._follow)
            one.forgotten.connect(self.clear)
            one.answered.connect(partial(self._answered, side))
        rules.changed.connect(self._follow)

    # -- intents

    def open(self) -> None:
        """Look for models; the right one is another than the left one where there are two."""
        right = self.holders[1]
        right.refresh()
        left = self.holders[0].state.model
        others = [model.id for model in right.state.models if model.id != left]
        if right.state.model == left and others and self._session.settings.get(KEY) is None:
            right.prefer(others[0])
        self._follow()

    def close(self) -> None:
        """Let the right model go."""
        self.stop()
        self.holders[1].close()

    def choose(self, side: int, model: str) -> None:
        """Take another model on a side; the talk begins anew, for it was held with the other one."""
        if not self.state.writing:
            self.holders[side].choose(model)

    def clear(self) -> None:
        """Begin anew."""
        if not self.state.writing:
            self._set(rounds=())

    def send(self, text: str) -> bool:
        """Ask both the same; True if it was taken."""
        words = text.strip()
        if not words or self.state.writing or self.state.waiting_for():
            return False
        seed = self.rules.draw_seed()
        chosen = [holder.state.chosen for holder in self.holders]
        titles = tuple(model.title if model else "" for model in chosen)
        one = Round(words, seed, (titles[0], titles[1]))
        asked = [self._messages(side, words) for side in (0, 1)]
        self._set(rounds=(*self.state.rounds, one), writing=True)
        for side, holder in enumerate(self.holders):
            self._numbers[side] = 0  # a model that cannot be loaded says so before its number is known
            request = {"op": "chat", "messages": asked[side], "sampling": self.rules.request(seed)}
            number = holder.ask(request)
            if not self.state.rounds[-1].replies[side].done:
                self._numbers[side] = number
        self._follow()
        return True

    def stop(self) -> bool:
        """Stop both; True if one was answering."""
        if not self.state.writing:
            return False
        waiting = [
            holder for holder, number in zip(self.holders, self._numbers, strict=True) if holder.is_current(number)
        ]
        stopped = [holder.stop() for holder in waiting]  # both are asked, whatever the first says
        return any(stopped)

    def _messages(self, side: int, text: str) -> list[dict[str, str]]:
        found = []
        for one in self.state.rounds:
            if one.replies[side].text:
                found += [{"role": "user", "content": one.prompt}]
                found += [{"role": "assistant", "content": one.replies[side].text}]
        return [*found, {"role": "user", "content": text}]

    # -- what comes back

    def _answered(self, side: int, number: int, op: str, message: dict[str, Any]) -> None:
        waiting = self.state.writing and not self.state.rounds[-1].replies[side].done
        if not waiting or self._numbers[side] not in (0, number):
            return
        if op == "tokens":
            self._change(side, lambda reply: replace(reply, tokens=(*reply.tokens, *wire.tokens(message))))
        elif op == "done":
            speed, reason = float(message.get("tokens_per_second") or 0), str(message.get("reason") or "stop")
            self._change(side, lambda reply: replace(reply, speed=speed, reason=reason))
        elif op == "error":
            words = f"{message.get('message', '')} {message.get('hint', '')}".strip()
            self._change(side, lambda reply: replace(reply, reason="error", error=words))
        elif op in ("lost", "withdrawn"):
            failure = self.holders[side].state.failure
            words = f"{failure.title} {failure.text}".strip() if failure else ""
            self._change(side, lambda reply: replace(reply, reason="stopped", error=words))
        self._follow()

    def _change(self, side: int, change: Callable[[Reply], Reply]) -> None:
        last = self.state.rounds[-1]
        left, right = last.replies
        replies = (change(left), right) if side == 0 else (left, change(right))
        last = replace(last, replies=replies)
        self._set(rounds=(*self.state.rounds[:-1], last), writing=not last.done)

    def _follow(self) -> None:
        left, right = (holder.state for holder in self.holders)
        self._set(held=(left, right), wrong=self.rules.waiting_for())

    def _set(self, **changes: Any) -> None:
        state = replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self.changed.emit()
