"""Every way to end badly, in words."""

import errno
import pickle
from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.jobs import faults


class OutOfMemoryError(RuntimeError):
    """Named as torch names it."""


class SafetensorError(Exception):
    """Named as safetensors names it."""


@pytest.mark.parametrize(
    ("error", "message", "user"),
    [
        (UserError("It is short.", "Add text."), "It is short.", True),
        (OutOfMemoryError("CUDA out of memory"), "The memory of the graphics card ran out.", False),
        (MemoryError(), "Memory ran out.", False),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "Memory ran out.", False),
        (RuntimeError("shapes differ"), "Something went wrong inside the program.", False),
        (ModuleNotFoundError("no", name="torch"), "A part of the program is missing: torch.", False),
        (OSError(errno.ENOSPC, "full", "/x/y"), "The disk is full: /x/y could not be written.", True),
        (SafetensorError("Error: No space left on device (os error 28)"), "The disk is full", True),
        (SafetensorError("header too large"), "Something went wrong inside the program.", False),
        (OSError(errno.EIO, "broken"), "Something went wrong inside the program.", False),
    ],
)
def test_exceptions(error: BaseException, message: str, user: bool) -> None:
    event = faults.of_exception(error)
    assert event.message.startswith(message)
    assert event.user == user
    assert event.hint
    assert "Traceback" not in event.message + event.hint
    assert bool(event.details) == (not isinstance(error, UserError))


def test_all_that_a_user_error_knows_is_kept() -> None:
    event = faults.of_exception(UserError("m", "h", field="name", location="row 3", candidates=("a", "b")))
    assert (event.field, event.location, event.candidates) == ("name", "row 3", ("a", "b"))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-9, "The system ended the process; most likely memory ran out."),
        (137, "The system ended the process; most likely memory ran out."),
        (-11, "signal 11 (SIGSEGV)"),
        (-200, "signal 200 (unknown)"),
        (0xC0000005, "access violation"),
        (7, "exit code 7"),
        (None, "without a word"),
    ],
)
def test_exit_codes(tmp_path: Path, code: int | None, words: str) -> None:
    event = faults.of_exit(code, tmp_path / "none.log")
    assert words in event.message
    assert "resume" in event.hint
    assert event.details == ""


def test_a_silent_end_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults.files, "free_bytes", lambda path: 0)
    assert faults.of_exit(1, tmp_path / "none.log").message == "The disk is full: the run could not go on."


def test_the_log_is_read_for_signs_and_kept_short(tmp_path: Path) -> None:
    log = tmp_path / "stderr.log"
    log.write_bytes(b"x" * 50_000 + b"\xff terminate called after throwing std::bad_alloc")
    event = faults.of_exit(-6, log)
    assert event.message == "Memory ran out."
    assert event.details.endswith("bad_alloc")
    assert len(event.details) <= faults.TAIL


def test_a_remedy_is_handed_on_as_settings() -> None:
    remedy = {"batch_size": 4, "accumulate": 2}
    event = faults.of_exception(UserError("Memory is not enough.", "Halve it.", remedy=remedy))
    assert event.remedy == remedy
    assert pickle.loads(pickle.dumps(UserError("a", remedy=remedy))).remedy == remedy


def test_a_process_that_was_killed_for_memory_says_so_when_that_is_sure(tmp_path: Path) -> None:
    sure = faults.of_exit(-9, tmp_path / "none.log", memory_kill=True)
    assert sure.message == "The system ended the process because memory ran out."
    assert "Half the batch" in sure.hint
    assert "SIGSEGV" in faults.of_exit(-11, tmp_path / "none.log", memory_kill=True).message


def test_want_of_memory_is_known_whatever_said_it(tmp_path: Path) -> None:
    for event in (
        faults.of_exception(MemoryError()),
        faults.of_exception(OutOfMemoryError("CUDA out of memory")),
        faults.of_exit(-9, tmp_path / "none.log"),
        faults.of_exit(-9, tmp_path / "none.log", memory_kill=True),
    ):
        assert faults.of_memory(event)
    assert not faults.of_memory(faults.of_exit(-11, tmp_path / "none.log"))
    assert not faults.of_memory(None)


class CardLost(RuntimeError):
    """Named as the engine names it."""


def test_a_card_that_sleep_took_is_told() -> None:
    assert faults.of_exception(CardLost("device")).message == faults.CARD_LOST
