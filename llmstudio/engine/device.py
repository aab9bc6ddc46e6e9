"""Where the model computes: CUDA, MPS or CPU, in which precision (by measurement) and with how many threads."""

import contextlib
import ctypes
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil
import torch
from torch import Tensor

from llmstudio.base.errors import UserError

BF16_MARGIN = 1.1
"""How much faster bf16 has to be to be chosen on a CPU."""
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # glibc's names for what mallopt sets
LARGEST = 2**31 - 1


class CardLost(RuntimeError):
    """The graphics card does not answer any more; what is in its memory is gone."""


@dataclass(frozen=True)
class Place:
    """A device, the precision of its matrix products, and the threads of a CPU."""

    device: str
    precision: str
    threads: int

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """Inside it, matrix products run in this precision."""
        return torch.autocast(self.device, torch.bfloat16, enabled=self.precision == "bf16")

    def settle(self) -> None:
        """Make torch use these threads and keep its memory, and TF32 where the card has it."""
        torch.set_num_threads(self.threads)
        if self.device == "cpu":
            hold_memory()
        if self.device == "cuda":
            torch.set_float32_matmul_precision("high")

    def synchronise(self) -> None:
        """Wait until the device has done all it was given."""
        if self.device == "cuda":
            torch.cuda.synchronize()
        elif self.device == "mps":
            torch.mps.synchronize()


def available() -> tuple[str, ...]:
    """The devices of this machine, the fastest first."""
    found = [("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available()), ("cpu", True)]
    return tuple(name for name, there in found if there)


def choose(device: str = "auto", precision: str = "auto", threads: int | None = None) -> Place:
    """What was asked for, with every auto filled; a precision of auto stays fp32 until it is measured.

    On CUDA cards with bf16 that is chosen without measuring. There are never more threads than cores: they
    would only wait for one another. UserError where the device is missing.
    """
    there = available()
    chosen = there[0] if device == "auto" else device
    if chosen not in there:
        raise UserError(
            f"This machine has no {chosen.upper()} device.",
            f"Choose {' or '.join(there)}.",
            field="device",
            candidates=there,
        )
    if precision == "auto":
        precision = "bf16" if chosen == "cuda" and torch.cuda.is_bf16_supported() else "fp32"
    return Place(chosen, precision, min(threads, os.cpu_count() or 1) if threads else cores())


def cores() -> int:
    """Processor cores this process may use; those that only share a core are not counted."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))  # type: ignore[no-untyped-call]


def name(device: str) -> str:
    """What a person calls the device."""
    if device == "cuda":
        return str(torch.cuda.get_device_name())
    return {"mps": "Apple GPU", "cpu": "CPU"}[device]


def memory_bytes(device: str) -> int:
    """All the memory of the device."""
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[1])
    return int(psutil.virtual_memory().total)  # type: ignore[no-untyped-call]


def memory_used(device: str) -> int:
    """Bytes this process holds on the device now (at most, on CUDA)."""
    if device == "cuda":
        return int(torch.cuda.max_memory_allocated())
    return int(psutil.Process().memory_info().rss)  # type: ignore[no-untyped-call]


def hold_memory() -> None:
    """From now on memory that is free again stays with this process, for the next tensor of that size.

    glibc hands every block of more than 32 MB back to the system, which clears it page by page when it is asked for
    again. A training step makes and frees the same large tensors: with 124 million parameters 465,000 pages, a third
    of its time. `give_back` hands back what is free. Nothing is changed where another C library serves.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(MMAP_THRESHOLD, LARGEST)
        library.mallopt(TRIM_THRESHOLD, LARGEST)


def give_back(device: str) -> None:
    """Hand memory that is free again back to the system: batches of many shapes leave holes in the heap.

    Does nothing where the C library cannot (it is glibc's word) or where the device has memory of its own.
    """
    if device == "cpu":
        with contextlib.suppress(OSError, AttributeError, TypeError):
            ctypes.CDLL(None).malloc_trim(0)


def faster_precision(step: Callable[[], object], place: Place, budget: float = 3.0) -> tuple[str, float]:
    """Times `step` in fp32 and bf16 on a CPU or MPS: the faster precision, and bf16's speed over fp32's.

    Stops measuring after about `budget` seconds.
    """
    times = {}
    for precision in ("fp32", "bf16"):
        here = Place(place.device, precision, place.threads)
        times[precision] = best_time(step, here, budget / 2)
    gain = times["fp32"] / times["bf16"]
    return ("bf16" if gain >= BF16_MARGIN else "fp32"), gain


def best_time(step: Callable[[], object], place: Place, budget: float) -> float:
    """Seconds of the quickest of several calls of `step` under this place's autocast."""
    best, end = float("inf"), time.perf_counter() + budget
    for number in range(12):
        begin = time.perf_counter()
        with place.autocast():
            step()
        place.synchronise()
        now = time.perf_counter()
        if number or now > end:  # the first call warms up
            best = min(best, now - begin)
        if now > end:
            break
    return best


def matrix_rate(place: Place, size: int = 1024, budget: float = 0.5) -> float:
    """Floating-point operations a second in square matrix products of this size."""
    left = torch.randn(size, size, device=place.device)
    right = torch.randn(size, size, device=place.device)
    return 2 * size**3 / best_time(lambda: left @ right, place, budget)


def random_state(place: Place) -> dict[str, Tensor]:
    """The states of torch's generators, by where they draw."""
    states = {"cpu": torch.get_rng_state()}
    if place.device == "cuda":
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def set_random_state(states: dict[str, Tensor]) -> None:
    """Take back what `random_state` gave; a card that is not there any more is left out."""
    torch.set_rng_state(states["cpu"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])


def check_awake(device: str) -> None:
    """Raise `CardLost` unless the device still computes; sleep may take a card's memory away."""
    try:
        torch.ones(1, device=device).sum().item()
    except RuntimeError as error:
        raise CardLost(str(error)) from error
