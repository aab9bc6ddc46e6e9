"""R8: many processes at one workspace: one window holds it, one process works on a run, one keeps a name.

All of them are forks of a parent that waits at a pipe, so that they begin within a millisecond of one another.
"""

import contextlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.jobs import control, recover, registry
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.jobs.recorder import Busy
from llmstudio.store import catalog, run
from llmstudio.store.events import Metrics
from llmstudio.store.workspace import Workspace
from tests.faults import row
from tests.faults.row import Row
from tests.jobs import fakes

CROWD = 20
HANG = 60.0
REACQUIRE_SECONDS = 10.0  # a hang limit; one second is promised on a machine at rest


class One:
    """A forked process that does `work` once it is told to go; `answer` is what it sends, `end` lets it finish."""

    def __init__(self, work: Callable[["One"], Any]) -> None:
        self._go, go = os.pipe()
        told, self._tell = os.pipe()
        self._start, self._answer = go, told
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(go)
                os.read(self._go, 1)
                self.tell(work(self))
            except BaseException as error:
                self.tell({"error": f"{type(error).__name__}: {error}"})
            os._exit(0)
        os.close(self._go)
        os.close(self._tell)

    def tell(self, answer: Any) -> None:
        """In the fork: send one answer."""
        os.write(self._tell, json.dumps(answer).encode() + b"\n")

    def stay(self) -> None:
        """In the fork: wait until the parent lets go."""
        os.read(self._go, 1)

    def begin(self) -> None:
        """In the parent: go."""
        os.write(self._start, b"g")

    def answer(self) -> Any:
        """In the parent: the next answer; a process that died without one answers with its signal."""
        said = b""
        while not said.endswith(b"\n"):
            byte = os.read(self._answer, 1)
            if not byte:
                return {"error": "it died"}
            said += byte
        return json.loads(said)

    def kill(self) -> None:
        """In the parent: as the system does when memory runs out."""
        os.kill(self.pid, signal.SIGKILL)

    def end(self) -> None:
        """In the parent: wait for it, killing it if it does not end by itself."""
        with contextlib.suppress(OSError):
            os.write(self._start, b"e")  # closing is not enough: later forks hold this end too
        for descriptor in (self._start, self._answer):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        deadline = time.monotonic() + HANG
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                self.kill()
            time.sleep(0.002)


@contextmanager
def crowd(count: int, work: Callable[[One], Any]) -> Iterator[list[One]]:
    """So many forks, started at once; all are gone afterwards."""
    all_of_them: list[One] = []
    for _ in range(count):
        all_of_them.append(One(work))
    for one in all_of_them:
        one.begin()
    try:
        yield all_of_them
    finally:
        for one in all_of_them:
            one.end()


# --- what they fight for --------------------------------------------------------------------------


def windows(root: Path, chance: random.Random, figures: dict[str, Any]) -> Iterator[str]:
    """Twenty windows open at once, three terminals list meanwhile; the holder is killed, and another one opens."""

    def window(me: One) -> None:
        ws = Workspace.open(root, window=True)
        me.tell({"holds": not ws.read_only})
        me.stay()

    def terminal(_me: One) -> Any:
        return {"runs": len(run.list_runs(Workspace.open(root)))}

    with crowd(CROWD, window) as starters, crowd(3, terminal) as terminals:
        said = [one.answer() for one in starters]
        yield from (f"a window failed: {answer['error']}" for answer in said if "error" in answer)
        listed = [one.answer() for one in terminals]
        yield from (f"a terminal failed: {answer['error']}" for answer in listed if "error" in answer)
        holders = [one for one, answer in zip(starters, said, strict=True) if answer.get("holds")]
        if len(holders) != 1:
            yield f"{len(holders)} windows of {CROWD} hold the workspace"
            return
        holders[0].kill()
        start = time.monotonic()
        while (next_one := Workspace.open(root, window=True)).read_only:
            if time.monotonic() - start > HANG:
                break
            time.sleep(0.001)
        took = time.monotonic() - start
        next_one.close()
        figures["slowest s until free"] = max(took, figures.get("slowest s until free", 0.0))
        if took > REACQUIRE_SECONDS:
            yield f"the workspace was free only {took:.1f} s after its holder was killed"


def one_run(root: Path, chance: random.Random, figures: dict[str, Any]) -> Iterator[str]:
    """Four processes start the same run; one of them works, is killed, and another one goes on."""
    ws = Workspace.open(root)
    folder = create_run(ws, "count", fakes.CountConfig(steps=300, pace=0.002), title="shared")

    def work(_me: One) -> Any:
        try:
            return {"status": InlineRunner(ws).run(folder)}
        except Busy:
            return {"status": "busy"}

    with crowd(4, work) as workers:
        start, wanted = time.monotonic(), chance.randrange(1, 40)
        while run.load(folder).step < wanted and time.monotonic() - start < HANG:
            time.sleep(0.005)
        number = json.loads((folder / "process.json").read_text())["pid"]
        holder = next(one for one in workers if one.pid == number)
        holder.kill()
        others = [one.answer() for one in workers if one is not holder]
    if not all(answer.get("status") in ("busy", "running", "starting") for answer in others):
        yield f"the others said {others}"
    found = recover.scan(ws)
    if [state.id for state in found.lost] != [folder.name]:
        yield f"the killed run was not found: {found}"
        return
    control.resume(folder)
    if InlineRunner(ws).run(folder) != Status.FINISHED:
        yield f"it did not go on: {run.load(folder).error}"
    numbers = [event.step for event in run.RunReader(folder).poll() if isinstance(event, Metrics)]
    if max(numbers) != 300 or len(set(numbers)) != 300:
        yield "steps are missing in its log"


def one_name(root: Path, chance: random.Random, figures: dict[str, Any]) -> Iterator[str]:
    """Eight processes keep a model of the same name; one of them does, the others are told, nothing is half there."""
    ws, name = Workspace.open(root), f"model {chance.randrange(1 << 30)}"

    def work(me: One) -> Any:
        try:
            with catalog.keep(ws, "model", name) as keeping:
                files.write_bytes(keeping.folder / "weights", str(os.getpid()).encode())
        except UserError as error:
            return {"refused": str(error)}
        return {"kept": os.getpid()}

    with crowd(8, work) as keepers:
        said = [one.answer() for one in keepers]
    yield from (f"keeping failed: {answer['error']}" for answer in said if "error" in answer)
    winners = [answer["kept"] for answer in said if "kept" in answer]
    kept = catalog.find(ws, "model", name)
    if len(winners) != 1 or (kept.path / "weights").read_text() != str(winners[0]):
        yield f"{winners} kept it, and {(kept.path / 'weights').read_text()} is there"
    left = sorted(path.name for path in ws.models.iterdir() if path.name.startswith(".staging"))
    if catalog.verify(kept) or left:
        yield f"it is not whole: {catalog.verify(kept)}, {left}"


def trials(count: int, seed: int, folder: Path) -> Row:
    """`count` times each."""
    registry.KINDS.update(fakes.kinds())
    chance, done = random.Random(seed), Row("R8 crowds", 0)
    for number in range(count):
        for contest in (windows, one_run, one_name):
            root = folder / f"{contest.__name__} {number}"
            Workspace.open(root)
            done.faults += [f"{contest.__name__}: {words}" for words in contest(root, chance, done.figures)]
            done.trials += 1
    done.figures["windows at once"] = CROWD
    return done


if __name__ == "__main__":
    assert sys.platform != "win32", "this forks"
    row.main(trials)
