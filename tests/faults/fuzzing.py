"""Tries hostile input in a child with limits on memory and time, and judges what came of it.

The child prints one JSON object for each case. What may come of one: something sound, or an error that says in a
sentence what is wrong, where, and what to do. Never a crash, a hang, half a result, a file outside its place, or memory
that the file did not ask for.
"""

import faulthandler
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmstudio.base.errors import UserError
from tests.faults import row
from tests.faults.row import ROOT, Row

LONGEST_SECONDS = 10  # of computing: others may use the machine meanwhile
HANG_SECONDS = 120  # by the wall
ADDRESS_SPACE = 3 << 30
BATCH = 250
START_SECONDS = 120
LONGEST_WORDS = 500

Outcome = dict[str, Any]


@dataclass(frozen=True)
class Try:
    """One case: `attempt` gets an empty folder and returns what came of it."""

    name: str
    options: dict[str, Any]
    attempt: Callable[[Path], Outcome]


Tries = Callable[[int, int, Path], list[Try]]
"""(how many, seed, a folder shared by all children) -> the cases."""


def refusal(error: UserError) -> Outcome:
    """The outcome of a case that was refused."""
    return {"error": str(error), "hint": error.hint, "location": error.location, "field": error.field}


# --- in the child ---------------------------------------------------------------------------------


def main(tries: Tries, trials: row.Trials) -> None:
    """For a module started as a program: with `child` before its arguments it tries, else it has others try."""
    if sys.argv[1] == "child":
        del sys.argv[1]
        child(tries)
    else:
        row.main(trials)


def child(tries: Tries) -> None:
    """COUNT SEED SHARED as arguments; every case in turn, a line of JSON each."""
    import resource  # Unix only; the tests of this folder are skipped elsewhere

    cases = tries(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
    most = _memory("VmSize") + ADDRESS_SPACE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    faulthandler.enable()
    for number, case in enumerate(cases):
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        folder = Path(tempfile.mkdtemp(prefix="poison", dir=sys.argv[3]))
        _forget_peak()
        before, start = _memory("VmRSS"), time.process_time()
        try:
            outcome = case.attempt(folder)
        except Exception as error:
            outcome = {"crash": f"{type(error).__name__}: {error}"[:500]}
        outcome |= {"number": number, "name": case.name, "seconds": time.process_time() - start}
        outcome |= {"options": case.options, "memory": _memory("VmHWM"), "grown": _memory("VmHWM") - before}
        print(json.dumps(outcome), flush=True)
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0)


def _memory(name: str) -> int:
    """Bytes this process holds now (VmRSS), or held at most since it was last asked to forget (VmHWM)."""
    return int(Path("/proc/self/status").read_text().split(f"{name}:")[1].split()[0]) * 1024


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


# --- in the parent --------------------------------------------------------------------------------


def outcomes(module: str, count: int, seed: int, shared: Path) -> Iterator[Outcome]:
    """What came of `count` cases; a child that died gives an outcome of its own, and the next one goes on."""
    for batch, start in enumerate(range(0, count, BATCH)):
        wanted = min(BATCH, count - start)
        command = [sys.executable, "-X", "utf8", "-m", f"tests.faults.{module}", "child"]
        arguments = [str(wanted), str(seed + batch), str(shared)]
        limit = START_SECONDS + wanted * HANG_SECONDS
        done = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=limit)
        told = [json.loads(line) for line in done.stdout.splitlines()]
        yield from told
        if done.returncode != 0 or len(told) != wanted:
            words = f"the process ended with {done.returncode} at case {len(told)}: {done.stderr[-1500:]}"
            yield {"crash": words, "name": module, "number": len(told), "seconds": 0.0, "memory": 0, "grown": 0}


def faults(outcome: Outcome, *, memory: int) -> Iterator[str]:
    """What is wrong with one outcome; `memory` bytes may be held while it is worked out."""
    if "crash" in outcome:
        yield outcome["crash"]
        return
    if outcome["seconds"] >= LONGEST_SECONDS:
        yield f"it computed for {outcome['seconds']:.0f} s"
    if outcome["grown"] > memory:
        yield f"it took {outcome['grown'] >> 20} MiB"
    if outcome.get("left") or outcome.get("outside"):
        yield f"it left {outcome.get('left')}, outside {outcome.get('outside')}"
    if not outcome.get("same", True):
        yield "it is not what it was"
    if "error" not in outcome:
        return
    if len(outcome["error"]) >= LONGEST_WORDS or "Traceback" in outcome["error"]:
        yield f"its words are no sentence: {outcome['error']:.300}"
    if not outcome["hint"]:
        yield f"it does not say what to do: {outcome['error']}"


def judged(name: str, module: str, count: int, seed: int, shared: Path, *, memory: int) -> Row:
    """The row of `count` cases."""
    done, seconds, refused = Row(name, 0), [], 0
    for outcome in outcomes(module, count, seed, shared):
        done.trials += 1
        refused += "error" in outcome
        seconds.append(outcome["seconds"])
        words = f"batch seed {seed + (done.trials - 1) // BATCH}, case {outcome['number']} {outcome['name']}"
        done.faults += [f"{words}: {fault}" for fault in faults(outcome, memory=memory)]
    seconds.sort()
    slow = seconds[int(0.99 * (len(seconds) - 1))] if seconds else 0.0
    done.figures = {"refused": refused, "p99 s": slow, "max s": max(seconds, default=0.0)}
    return done
