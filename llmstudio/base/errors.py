"""The errors a person can meet, and the signal that ends a job early."""

from typing import Any, Literal

InterruptKind = Literal["pause", "cancel", "keep", "keep_best"]


class UserError(Exception):
    """A mistake or mishap that the person at the screen can mend.

    `message` says what happened and `hint` what to do, one sentence each. `field` names the option at
    fault, `location` the row, line or byte offset, `candidates` lists values that would work, and `remedy` holds
    settings (name: value) with which it can be tried again.
    """

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        field: str = "",
        location: str = "",
        candidates: tuple[str, ...] = (),
        remedy: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.field = field
        self.location = location
        self.candidates = candidates
        self.remedy = remedy or {}

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.message, self.hint, self.field, self.location, self.candidates, self.remedy))


class NoRoom(UserError):
    """A disk has no room for what was to be written: about `needed` bytes (0 = unknown) for `path`."""

    def __init__(self, message: str, hint: str = "", *, path: str = "", needed: int = 0) -> None:
        super().__init__(message, hint)
        self.path = path
        self.needed = needed

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_no_room, (self.message, self.hint, self.path, self.needed))


def _rebuild_no_room(message: str, hint: str, path: str, needed: int) -> NoRoom:
    return NoRoom(message, hint, path=path, needed=needed)


def _rebuild(
    message: str, hint: str, field: str, location: str, candidates: tuple[str, ...], remedy: dict[str, Any]
) -> UserError:
    return UserError(message, hint, field=field, location=location, candidates=candidates, remedy=remedy)


class Interrupt(Exception):
    """Raised by a job's `check` when somebody asked it to pause, cancel, or stop and keep what it has."""

    def __init__(self, kind: InterruptKind) -> None:
        super().__init__(kind)
        self.kind: InterruptKind = kind
