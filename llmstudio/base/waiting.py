"""How threads that compute together wait for one another: on a quiet machine they spin a while before they sleep.

A step of a fine-tuning has some nine thousand such waits. Falling asleep and being woken costs more than most of them
last: with 3,000 turns (a tenth of a millisecond) before it, two cores made such steps 1.4 times as fast, and those of
a pretraining 1.1 times. Beside a program that keeps a core busy the same turns are lost for nothing, and small steps
take twice as long: there threads sleep at once. GNU's OpenMP, which torch uses on Linux, reads this when torch loads.
"""

import os
import time
from collections.abc import Mapping, MutableMapping
from pathlib import Path

POLICY, TURNS, OURS = "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "LLMSTUDIO_WAITING"
SPIN = "3000"
LOOKS, PATIENT, FREE, PAUSE = 30, 120, 8, 0.005
"""Of 30 looks, 5 ms apart, 8 must find the cores free; a child, whose window draws while it starts, has 120 looks:
a window that draws is busy in bursts, a computation is not."""
LOAD = Path("/proc/loadavg")


def settle(environment: MutableMapping[str, str] | None = None, *, patient: bool = False) -> None:
    """Choose for this process, before torch loads. What the person chose stays; what a parent of ours did does not."""
    environment = os.environ if environment is None else environment
    if OURS in environment:
        for name in (POLICY, TURNS):
            environment.pop(name, None)
    elif POLICY in environment or TURNS in environment:
        return
    environment[OURS] = "1"
    if quiet(PATIENT if patient else LOOKS):
        environment[TURNS] = SPIN
    else:
        environment[POLICY] = "PASSIVE"


def beside_others(environment: Mapping[str, str] | None = None) -> bool:
    """Whether `settle` found other work, so that what is measured here is less than this machine can do."""
    environment = os.environ if environment is None else environment
    return OURS in environment and POLICY in environment


def quiet(looks: int = LOOKS) -> bool:
    """Whether no more than a quarter of the cores has other work; False where the system does not say."""
    most, free = (os.cpu_count() or 1) // 4, 0
    for _ in range(looks):
        others = running()
        if others is None:
            return False
        free += others <= most
        if free == FREE:
            return True
        time.sleep(PAUSE)
    return False


def running() -> int | None:
    """How many threads of this system compute or want to, this one not counted."""
    try:
        return int(LOAD.read_text().split()[3].split("/")[0]) - 1
    except (OSError, ValueError, IndexError):
        return None
