"""R3: an error at the n-th operation of the disk, for every n, for everything that is written, and for a training.

Whatever fails, the old or the new is found afterwards, the person is told in a sentence where they can mend it, and
the same again without the error succeeds.
"""

import errno
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from llmstudio.base.errors import UserError
from llmstudio.jobs import control
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import RESUMABLE, Status
from llmstudio.store.events import Event, Note, Waiting
from llmstudio.tasks import room
from tests.faults import disks, row
from tests.faults.disks import Counting
from tests.faults.row import Row
from tests.faults.writers import WRITERS, Writer, empty
from tests.tasks import small

MOST_OPERATIONS = 400
Broken = Callable[[int], Counting]
KINDS: dict[str, Broken] = {
    "ENOSPC": lambda n: disks.failing(n, OSError(errno.ENOSPC, "No space left on device")),
    "full from here on": disks.filling,
    "EIO": lambda n: disks.failing(n, OSError(errno.EIO, "Input/output error")),
    "EACCES": lambda n: disks.failing(n, OSError(errno.EACCES, "Permission denied")),
    "KeyboardInterrupt": lambda n: disks.failing(n, KeyboardInterrupt()),
    "MemoryError": lambda n: disks.failing(n, MemoryError()),
}
TELLING = ("ENOSPC", "full from here on", "EACCES")  # a person can mend these: a sentence is due


def disturbed(writer: Writer, kind: str, nth: int, root: Path) -> tuple[bool, BaseException | None]:
    """Do it with the disturbance; whether that came, and what was raised."""
    writer.prepare(root)
    disk = KINDS[kind](nth)
    try:
        with disks.routed(disk):
            writer.act(root)
    except BaseException as error:
        return disk.reached, error
    return disk.reached, None


def judged(
    writer: Writer, kind: str, states: tuple[Any, Any], raised: BaseException | None, root: Path
) -> Iterator[str]:
    """What is wrong after one disturbance."""
    found = _found(writer, root)
    if found not in states:
        yield f"neither old nor new: {found!r:.300}"
    if raised is None and found != states[1] and not writer.errors_may_pass:
        yield "the error was swallowed and nothing was written"
    if raised is not None and kind in TELLING and not isinstance(raised, UserError):
        yield f"{type(raised).__name__} instead of a sentence: {raised}"
    if raised is not None and kind not in TELLING and isinstance(raised, UserError):
        yield f"a sentence that hides the error: {raised}"
    if found != states[1]:
        try:
            writer.act(root)
        except Exception as error:
            yield f"once more without the error failed: {type(error).__name__} {error}"
        if _found(writer, root) != states[1]:
            yield f"once more without the error gave {_found(writer, root)!r:.300}"


def _found(writer: Writer, root: Path) -> Any:
    try:
        return writer.found(root)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def broken(writer: Writer, kind: str, folder: Path) -> tuple[int, list[str]]:
    """Every n of one writer and one kind of error, until nothing fails any more."""
    root = folder / "undisturbed"
    root.mkdir(parents=True)
    states, faults = writer.states(root), []
    for nth in range(1, MOST_OPERATIONS):
        root = folder / str(nth)
        root.mkdir()
        reached, raised = disturbed(writer, kind, nth, root)
        faults += [f"{writer.name}, {kind} at {nth}: {words}" for words in judged(writer, kind, states, raised, root)]
        shutil.rmtree(root)
        if not reached:
            return nth, faults
    return MOST_OPERATIONS, [*faults, f"{writer.name}, {kind}: it never came through"]


# --- a whole training -----------------------------------------------------------------------------


def troubled_trainings(count: int, seed: int, folder: Path) -> tuple[int, list[str]]:
    """A disk that fills up or fails at a random operation of a training; then there is room, and it is resumed."""
    ws, chance, faults = small.workspace(folder / "ws"), random.Random(seed), []
    straight = small.new_run(ws, name="straight")
    assert small.train(ws, straight)[0] == Status.FINISHED
    wanted, operations = small.curve(straight, "loss", "val_loss"), 0
    measured = small.new_run(ws, name="measured")
    operations = disks.operations(lambda: small.train(ws, measured))
    for number in range(count):
        run, kind = small.new_run(ws, name=f"troubled {number}"), chance.choice(list(KINDS))
        nth = chance.randrange(1, operations)
        disk = KINDS[kind](nth)
        seen: list[Event] = []
        with disks.routed(disk), mock.patch.object(room, "FIRST_TRY", 0.02):
            status = _trained(ws, run, disk, seen)
        if status != Status.FINISHED:
            faults += [f"training, {kind} at {nth}: {words}" for words in _unlike(ws, run, kind, status, seen)]
        if small.curve(run, "loss", "val_loss") != wanted:
            faults.append(f"training, {kind} at {nth}: the curve is another one")
        empty(ws.models)
    return count, faults


def _trained(ws: Any, run: Path, disk: Counting, seen: list[Any]) -> Status:
    """Train it; when it waits for room, there is some."""

    def take(event: Event) -> None:
        seen.append(event)
        if isinstance(event, Waiting) and event.reason:
            disk.left = disks.ENDLESS

    try:
        return InlineRunner(ws).run(run, take)
    except (Exception, KeyboardInterrupt) as error:  # before or after the task: the log tells how it stands
        seen.append(Note(str(error), "warning"))
        return Status(small.state(run).status)


def _unlike(ws: Any, run: Path, kind: str, status: Status, seen: list[Any]) -> Iterator[str]:
    if status not in RESUMABLE and status != Status.QUEUED:  # then it had not begun
        yield f"it ended as {status} and cannot be resumed"
    told = [event.message for event in seen if event.kind == "error"] + [
        event.text for event in seen if event.kind == "note" and event.level == "warning"
    ]
    if kind in ("ENOSPC", "full from here on") and not any("disk is full" in words for words in told):
        yield f"nobody was told that the disk is full: {told}"
    control.resume(run)
    again, seen = small.train(ws, run)
    if again != Status.FINISHED:
        yield f"resumed it ended as {again}: {[event for event in seen if event.kind == 'error']}"


def trials(count: int, seed: int, folder: Path) -> Row:
    """Every n for all writers and kinds, and `count` trainings."""
    done = Row("R3 errors", 0)
    for number, writer in enumerate(WRITERS):
        for kind in KINDS:
            tried, faults = broken(writer, kind, folder / f"{number} {kind}")
            done.trials += tried
            done.faults += faults
    tried, faults = troubled_trainings(count, seed, folder / "trainings")
    done.trials += tried
    done.faults += faults
    done.figures = {"writers": len(WRITERS), "kinds": len(KINDS), "trainings": tried}
    return done


if __name__ == "__main__":
    row.main(trials)
