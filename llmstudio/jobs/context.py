"""All that a task may do to the world outside its own work: report, ask whether to stop, and exchange messages."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from llmstudio.store.events import Alarm
from llmstudio.store.workspace import Workspace


@dataclass(frozen=True)
class Resume:
    """How an attempt continues an earlier one: the last safe step at or before `from_step` (None = newest),
    changed options.
    """

    from_step: int | None = None
    overrides: dict[str, Any] = field(default_factory=dict)


class Context(Protocol):
    """Handed to a task. Every method may be called from the task's own thread only."""

    @property
    def workspace(self) -> Workspace:
        """Where kept things live."""

    @property
    def folder(self) -> Path:
        """The run's own folder."""

    @property
    def attempt(self) -> int:
        """1 for the first, one more for each resumption."""

    @property
    def resume(self) -> Resume | None:
        """Set when this attempt continues an earlier one."""

    def resolve(self, **config: Any) -> None:
        """Write values that were "auto" into the config of `job.json`, once, before the first step."""

    def stage(self, name: str, share: float = 0.0) -> None:
        """A named part of the work begins; `share` of the whole, 0 to 1, if known."""

    def progress(self, done: float, total: float, unit: str = "") -> None:
        """`done` of `total` (0 = unknown); written at most ten times a second, the last one always."""

    def metrics(self, step: int, **numbers: float) -> None:
        """Figures of a step."""

    def note(self, text: str, level: str = "info") -> None:
        """A sentence for the user; level "info", "warning" or "good"."""

    def artifact(self, kind: str, path: Path | str, **facts: Any) -> None:
        """Something was committed to disk; forces the log to disk too."""

    def sample(self, step: int, prompt: str, text: str) -> None:
        """Text the model wrote at a step."""

    def alarm(self, alarm: Alarm) -> None:
        """A finding of the training doctor."""

    def waiting(self, reason: str, message: str = "", hint: str = "", *, path: str = "", needed: int = 0) -> None:
        """The job holds still until something outside it changes; an empty `reason` says that it goes on."""

    def result(self, **values: Any) -> None:
        """What came out, under the command line's keys; may be called several times."""

    def resumed(self, step: int) -> None:
        """The attempt goes on after `step`: readers drop the figures of later steps."""

    def message(self, role: str, text: str, **facts: Any) -> None:
        """A finished message of a session, for the log."""

    def check(self) -> None:
        """Raise `Interrupt` if somebody asked for it.

        Cheap; call it at every turn, at least ten times a second.
        """

    def said(self) -> list[dict[str, Any]]:
        """What `say` sent since the last call."""

    def messages(self, block: bool = True) -> Iterator[dict[str, Any]]:
        """Session jobs: objects from the owner. Blocking: ends when the owner is gone, raises `Interrupt` when asked.

        Not blocking: those that are there now.
        """

    def emit(self, message: dict[str, Any]) -> None:
        """Session jobs: one object to the owner."""
