"""Turns whatever ended a job into an error event: what happened, what to do, and details for the fold."""

import errno
import signal
import traceback
from pathlib import Path

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.jobs import processes
from llmstudio.store import events

DETAILS = 20_000  # characters kept of a traceback or of stderr
TAIL = 8_000
FULL_BYTES = 1_000_000

MEMORY = "Memory ran out."
CARD_MEMORY = "The memory of the graphics card ran out."
MEMORY_KILL = "The system ended the process because memory ran out."
KILL = "The system ended the process; most likely memory ran out."
CARD_LOST = "The graphics card did not come back after the machine slept."
MEMORY_HINT = "Half the batch, accumulated twice, gives the same result; or choose a smaller model."
ENDED_HINT = "Nothing that was saved is lost: resume from the last checkpoint."
_MEMORY_SIGNS = ("not enough memory", "can't allocate memory", "cannot allocate memory", "bad_alloc", "out of memory")
_FULL_SIGNS = ("no space left on device", "os error 28", "disk quota exceeded", "os error 122")
_KILLED = (-9, 137)
_CRASH_NAMES = {0xC0000005: "access violation", 0xC00000FD: "stack overflow", 0xC0000409: "stack damage"}


def of_exception(error: BaseException) -> events.Error:
    """The event for an exception that left a task."""
    details = "".join(traceback.format_exception(error))[-DETAILS:]
    user = error if isinstance(error, UserError) else _user_error(error)
    if user is not None:
        return _of_user_error(user, "" if user is error else details)
    message, hint = _sentences(error)
    return events.Error(message, hint, details=details)


def _of_user_error(error: UserError, details: str) -> events.Error:
    candidates = tuple(str(word) for word in error.candidates)
    place = str(error.location)
    return events.Error(
        error.message, error.hint, error.field, place, details, user=True, candidates=candidates, remedy=error.remedy
    )


def _user_error(error: BaseException) -> UserError | None:
    if isinstance(error, OSError):
        return files.explain(error, Path(error.filename or "A file"))
    if type(error).__name__ == "SafetensorError" and any(sign in str(error).lower() for sign in _FULL_SIGNS):
        return files.explain(OSError(errno.ENOSPC, "full"), Path("A checkpoint"))
    return None


def _sentences(error: BaseException) -> tuple[str, str]:
    name, text = type(error).__name__, str(error).lower()
    # By name, because torch must not be imported here.
    if name == "OutOfMemoryError":
        return CARD_MEMORY, MEMORY_HINT
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and any(s in text for s in _MEMORY_SIGNS)):
        return MEMORY, MEMORY_HINT
    if name == "CardLost":
        return CARD_LOST, ENDED_HINT
    if isinstance(error, ImportError):
        return f"A part of the program is missing: {error.name or 'unknown'}.", "Install LLM Studio again."
    return "Something went wrong inside the program.", "Copy the details into a report; what was saved is safe."


def of_memory(error: events.Error | None) -> bool:
    """Whether a failure came from want of memory, so that a smaller batch may help."""
    return error is not None and error.message in (MEMORY, CARD_MEMORY, MEMORY_KILL, KILL)


def of_exit(code: int | None, log: Path, *, memory_kill: bool = False) -> events.Error:
    """The event for a process that ended without a closing one; `code` None = unknown. Reads the tail of its log.

    `memory_kill`: the system ended a process for want of memory meanwhile.
    """
    details = _tail(log)
    if files.free_bytes(log.parent) < FULL_BYTES:  # it could not even say so
        return events.Error("The disk is full: the run could not go on.", "Free some space, then resume it.", user=True)
    if any(sign in details.lower() for sign in (*_MEMORY_SIGNS, "memoryerror")):
        return events.Error(MEMORY, MEMORY_HINT, details=details)
    one = processes.ended(log.parent)
    if one is not None:
        return events.Error(_one_of_many(one), ENDED_HINT, details=details)
    if memory_kill and code in _KILLED:
        return events.Error(MEMORY_KILL, MEMORY_HINT, details=details)
    return events.Error(_exit_sentence(code), ENDED_HINT, details=details)


def _exit_sentence(code: int | None) -> str:
    if code is None:
        return "The process ended without a word."
    if code in _KILLED:
        return KILL
    if code < 0:
        return f"The process ended by signal {-code} ({_signal_name(-code)})."
    if code in _CRASH_NAMES:
        return f"The process crashed ({_CRASH_NAMES[code]})."
    return f"The process ended with exit code {code} and without a word."


def _one_of_many(ended: processes.Ended) -> str:
    why = _exit_sentence(ended.code)
    for long, short in (("The process", "it"), ("The system ended the process", "the system killed it")):
        why = why.replace(long, short)
    return f"Process {ended.process} of {ended.of} ended: {why}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - TAIL))
            return file.read().decode("utf-8", "replace").strip()
    except OSError:
        return ""
