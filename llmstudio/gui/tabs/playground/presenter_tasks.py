"""What the Tasks page knows and does: a ready prompt for the chosen model, and what came of it.

It owns no widget. `changed` says that `state` is another one; the page renders it.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from llmstudio.config import prompts
from llmstudio.config.prompts import Ready
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground import wire
from llmstudio.gui.tabs.playground.presenter_model import Holding, ModelHolder
from llmstudio.gui.tabs.playground.presenter_sampling import SamplingRules
from llmstudio.gui.tabs.playground.versions import Token
from llmstudio.gui.tabs.playground.wire import Failure, Model

KEY = "playground.task"
JUDGES = ("classify", "multilabel", "regress")


@dataclass(frozen=True)
class TaskState:
    """Everything the page shows. `shares` are labels with probabilities, `value` what a regression said."""

    held: Holding = field(default_factory=Holding)
    task: Ready = field(default_factory=lambda: prompts.load("classify"))
    text: str = ""
    extra: str = ""
    tokens: tuple[Token, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()
    value: float | None = None
    prompt_tokens: int = 0
    speed: float = 0.0
    writing: bool = False
    occupied: str = ""
    failure: Failure | None = None
    wrong: str = ""
    stale: bool = False  # the text is another one than the result is of

    @property
    def judges(self) -> bool:
        """Whether the model tells labels (or a value) of its own."""
        chosen = self.held.chosen
        return self.task.key == "classify" and chosen is not None and chosen.task in JUDGES

    @property
    def written(self) -> str:
        """What the model wrote."""
        return "".join(token.text for token in self.tokens).strip()

    @property
    def done(self) -> bool:
        """Whether there is a result."""
        return bool(self.tokens or self.shares or self.value is not None)

    def waiting_for(self) -> str:
        """Why it cannot be run now, or ""."""
        needs = "" if self.text.strip() else f"{self.task.text} is missing."
        if not needs and self.task.extra and not self.judges and not self.extra.strip():
            needs = f"{self.task.extra_title} is missing." if self.task.extra != "labels" else "The labels are missing."
        return self.held.waiting_for() or self.wrong or self.occupied or needs

    def prompt(self) -> str:
        """What the model is given, as text; "" where it reads the text alone."""
        chosen, extra = self.held.chosen, self.extra if self.extra in self.task.choices else self._plain_extra()
        if self.judges or chosen is None:
            return ""
        return self.task.said(self.text, extra) if chosen.chat else self.task.continued(self.text, extra)

    def _plain_extra(self) -> str:
        if self.task.choices:
            return self.task.choices[0]
        return ", ".join(labels(self.extra)) if self.task.extra == "labels" else self.extra


def labels(line: str) -> list[str]:
    """Labels as typed in one line."""
    return list(dict.fromkeys(part.strip() for part in line.split(",") if part.strip()))


def form(model: Model | None) -> str:
    """Which kind of prompt a model gets, in words."""
    if model is None:
        return ""
    if model.chat:
        return "As an instruction, in the model's chat template"
    return "With worked examples, for a model that continues text"


class TaskPresenter(QObject):
    """Intents in, `state` out."""

    changed = Signal()

    def __init__(
        self, session: Session, holder: ModelHolder, rules: SamplingRules, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self.holder, self.rules = session, holder, rules
        self._request = 0
        self._own_failure: Failure | None = None
        self._typed: dict[str, tuple[str, str]] = {}  # what stood in each task's fields
        kept = str(session.settings.get(KEY, "classify"))
        self.state = TaskState()
        self._take(prompts.load(kept if kept in prompts.NAMES else "classify"))
        holder.changed.connect(self._follow)
        holder.answered.connect(self._answered)
        rules.changed.connect(self._follow)
        self._follow()

    # -- intents

    def choose(self, key: str) -> None:
        """Take another task; the text goes along, the result does not."""
        if key in prompts.NAMES and key != self.state.task.key and not self.state.writing:
            self._typed[self.state.task.key] = (self.state.text, self.state.extra)
            self._session.settings.set(KEY, key)
            self._take(prompts.load(key))

    def _take(self, task: Ready) -> None:
        _, extra = self._typed.get(task.key, ("", ""))
        default = task.choices[0] if task.choices else task.sample_extra if task.extra == "labels" else ""
        self._own_failure = None
        self._set(task=task, extra=extra or default, tokens=(), shares=(), value=None, prompt_tokens=0, stale=False)

    def set_text(self, text: str) -> None:
        """Another text."""
        if text != self.state.text:
            self._set(text=text, stale=self.state.done)

    def set_extra(self, extra: str) -> None:
        """Other labels, another language, style or question."""
        if extra != self.state.extra:
            self._set(extra=extra, stale=self.state.done)

    def take_sample(self) -> None:
        """Put a sample in."""
        task = self.state.task
        self._set(text=task.sample, extra=task.sample_extra or self.state.extra, stale=self.state.done)

    def go(self) -> None:
        """Run the task."""
        state = self.state
        if state.writing or state.waiting_for():
            return
        self._own_failure = None
        self._set(tokens=(), shares=(), value=None, prompt_tokens=0, speed=0.0, stale=False)
        self._request = self.holder.ask(self._message(state))
        self._follow()

    def _message(self, state: TaskState) -> dict[str, Any]:
        chosen = state.held.chosen
        chat = chosen is not None and bool(chosen.chat)
        if state.judges:
            return {"op": "classify", "text": state.text.strip()}
        if chat:
            asked: dict[str, Any] = {"messages": [{"role": "user", "content": state.prompt()}]}
        else:
            asked = {"prompt": state.prompt()}
        if state.task.extra == "labels":
            return {"op": "classify", "labels": labels(state.extra), **asked}
        rules = self.rules.request(self.rules.draw_seed())
        stop = [] if chat else list(state.task.stop)
        rules = {**rules, "max_tokens": state.task.max_tokens, "stop": [*rules["stop"], *stop]}
        return {"op": "chat" if chat else "generate", "sampling": rules, **asked}

    def stop(self) -> bool:
        """Stop writing; True if something was written."""
        return self.holder.is_current(self._request) and self.holder.stop()

    def try_again(self) -> None:
        """After a failure."""
        self._own_failure = None
        self.holder.clear_failure()
        self._follow()
        self.go()

    # -- what comes back

    def _answered(self, number: int, op: str, message: dict[str, Any]) -> None:
        if number != self._request:
            return
        if op == "prompt":
            self._set(prompt_tokens=len(message.get("ids", ())))
        elif op == "tokens":
            self._set(tokens=(*self.state.tokens, *wire.tokens(message)))
        elif op == "done":
            self._set(speed=float(message.get("tokens_per_second") or 0))
        elif op == "classified":
            value = message.get("value")
            shares = tuple((str(label), float(share)) for label, share in message.get("labels", ()))
            self._set(shares=shares, value=None if value is None else float(value))
        elif op == "error":
            self._own_failure = wire.failure(message)
        self._follow()

    def _follow(self) -> None:
        held, mine = self.holder.state, self.holder.is_current(self._request)
        self._set(
            held=held,
            writing=mine,
            occupied="" if mine or not held.busy else "The model is answering elsewhere in the Playground.",
            failure=held.failure or self._own_failure,
            wrong=self.rules.waiting_for(),
        )

    def _set(self, **changes: Any) -> None:
        state = replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self.changed.emit()
