"""The context of a training by several processes: only the first one writes, and what it is asked reaches all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmstudio.base.errors import Interrupt, InterruptKind
from llmstudio.engine.parallel.team import Team
from llmstudio.jobs.context import Context, Resume
from llmstudio.store.events import Alarm
from llmstudio.store.workspace import Workspace

KINDS: tuple[InterruptKind, ...] = ("pause", "cancel", "keep", "keep_best")
SAID, LATE = 8, 16  # bits beside the number of the kind


@dataclass(frozen=True)
class QuietContext:
    """That of every process but the first: what it is told is left unsaid."""

    workspace: Workspace
    folder: Path
    attempt: int
    resume: Resume | None

    def silent(self, *_values: Any, **_facts: Any) -> None:
        """Nobody listens."""

    resolve = stage = progress = metrics = note = artifact = sample = alarm = result = resumed = silent
    waiting = silent
    message = emit = check = silent

    def said(self) -> list[dict[str, Any]]:
        """Told by the first process."""
        return []

    def messages(self, block: bool = True) -> Iterator[dict[str, Any]]:
        """A training has no conversation."""
        return iter(())


class TeamContext:
    """Wraps the context of one process. `check` has to be called by all processes at the same turns.

    What was said, and whether a checkpoint is overdue by the first one's clock, is known everywhere after `check`.
    """

    def __init__(self, inner: Context, team: Team) -> None:
        self._inner, self._team = inner, team
        self._asked: InterruptKind | None = None
        self._fresh: list[dict[str, Any]] = []
        self._said: list[dict[str, Any]] = []
        self.overdue = False
        self.late: Callable[[], bool] = lambda: False

    @property
    def workspace(self) -> Workspace:
        """See `Context`."""
        return self._inner.workspace

    @property
    def folder(self) -> Path:
        """See `Context`."""
        return self._inner.folder

    @property
    def attempt(self) -> int:
        """See `Context`."""
        return self._inner.attempt

    @property
    def resume(self) -> Resume | None:
        """See `Context`."""
        return self._inner.resume

    def resolve(self, **config: Any) -> None:
        """See `Context`."""
        self._inner.resolve(**config)

    def stage(self, name: str, share: float = 0.0) -> None:
        """See `Context`."""
        self._inner.stage(name, share)

    def progress(self, done: float, total: float, unit: str = "") -> None:
        """See `Context`."""
        self._inner.progress(done, total, unit)

    def metrics(self, step: int, **numbers: float) -> None:
        """See `Context`."""
        self._inner.metrics(step, **numbers)

    def note(self, text: str, level: str = "info") -> None:
        """See `Context`."""
        self._inner.note(text, level)

    def artifact(self, kind: str, path: Path | str, **facts: Any) -> None:
        """See `Context`."""
        self._inner.artifact(kind, path, **facts)

    def sample(self, step: int, prompt: str, text: str) -> None:
        """See `Context`."""
        self._inner.sample(step, prompt, text)

    def alarm(self, alarm: Alarm) -> None:
        """See `Context`."""
        self._inner.alarm(alarm)

    def waiting(self, reason: str, message: str = "", hint: str = "", *, path: str = "", needed: int = 0) -> None:
        """See `Context`."""
        self._inner.waiting(reason, message, hint, path=path, needed=needed)

    def result(self, **values: Any) -> None:
        """See `Context`."""
        self._inner.result(**values)

    def resumed(self, step: int) -> None:
        """See `Context`."""
        self._inner.resumed(step)

    def message(self, role: str, text: str, **facts: Any) -> None:
        """See `Context`."""
        self._inner.message(role, text, **facts)

    def messages(self, block: bool = True) -> Iterator[dict[str, Any]]:
        """See `Context`."""
        return self._inner.messages(block)

    def emit(self, message: dict[str, Any]) -> None:
        """See `Context`."""
        self._inner.emit(message)

    def glance(self) -> bool:
        """Whether this process was asked to stop; the next `check` tells all. Needs no other process."""
        try:
            self._inner.check()
        except Interrupt as interrupt:
            self._asked = interrupt.kind
        return self._asked is not None

    def check(self) -> None:
        """See `Context`. Raises in every process at the same turn."""
        word = self._team.agree(self._word() if self._team.leads else 0)
        self.overdue = bool(word & LATE)
        if word & SAID:
            self._said += self._team.tell(self._fresh)
        if word % SAID:
            self._asked = None
            raise Interrupt(KINDS[word % SAID - 1])

    def _word(self) -> int:
        """What the first process has to tell, as bits."""
        self.glance()
        self._fresh = self._inner.said()
        kind = KINDS.index(self._asked) + 1 if self._asked else 0
        return kind + SAID * bool(self._fresh) + LATE * self.late()

    def said(self) -> list[dict[str, Any]]:
        """See `Context`."""
        said, self._said = self._said, []
        return said
