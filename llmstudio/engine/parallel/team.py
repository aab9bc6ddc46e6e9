"""The processes of one training as a team: they tell one another numbers and objects, and notice who is lost."""

import contextlib
import json
import socket
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psutil
import torch
from torch import distributed

from llmstudio.base.errors import UserError
from llmstudio.base.world import World

LOOK = timedelta(seconds=20)
GONE_SECONDS = 3.0
RESUME = "Nothing that was saved is lost: resume from the last checkpoint."
_SIGNS = ("closed by peer", "connection reset", "broken pipe", "timed out", "gloo", "nccl", "socket", "store")


class ProcessLost(UserError):
    """Another process of the team is gone."""


@dataclass(frozen=True)
class Member:
    """Where a process of the team runs, for looking whether it still does."""

    host: str
    pid: int
    started: float

    @property
    def gone(self) -> bool:
        """Whether that process, on this very machine, has ended."""
        if self.host != socket.gethostname():
            return False
        api: Any = psutil  # it has no type declarations of its own
        try:
            process = api.Process(self.pid)
            return bool(abs(process.create_time() - self.started) > 1 or process.status() == api.STATUS_ZOMBIE)
        except api.Error:
            return True


class Team:
    """All processes of one training. Every method that speaks has to be called by all of them, in the same order."""

    def __init__(self, world: World, store: Any, members: tuple[Member, ...]) -> None:
        self.world, self.members = world, members
        self._store = store

    @property
    def rank(self) -> int:
        """This process's number, from 0."""
        return self.world.rank

    @property
    def size(self) -> int:
        """How many processes there are."""
        return self.world.size

    @property
    def leads(self) -> bool:
        """Whether this is the first process."""
        return self.world.leads

    def tell(self, value: Any = None) -> Any:
        """What the first process hands in, for all."""
        box = [value]
        distributed.broadcast_object_list(box, src=0)
        return box[0]

    def agree(self, number: int = 0) -> int:
        """The number that the first process hands in; far cheaper than `tell`."""
        box = torch.tensor([number])
        distributed.broadcast(box, src=0)
        return int(box)

    def total(self, *numbers: float) -> list[float]:
        """The sums over all processes, the same to the last bit everywhere."""
        box = torch.tensor(numbers, dtype=torch.float64)
        distributed.all_reduce(box)
        return [float(number) for number in box]

    def gather(self, value: Any) -> list[Any]:
        """What each process hands in, in order of rank."""
        return gathered(value, self.size)

    def wait(self) -> None:
        """Go on when all have come here."""
        self.total(0.0)

    def leave(self) -> None:
        """End the connections of this process."""
        with contextlib.suppress(RuntimeError, ValueError, AssertionError):
            distributed.destroy_process_group()

    # -- where one works alone, or is lost

    def announce(self, word: str) -> None:
        """The first process, after work of its own that may take hours: `await_word` of the others returns."""
        with contextlib.suppress(RuntimeError):
            self._store.set("word", word)

    def await_word(self) -> str:
        """Wait, however long it takes, for what the first process announces first."""
        wait_patiently(self._store, "word")
        return bytes(self._store.get("word")).decode()

    def confess(self, error: BaseException) -> None:
        """Leave word of why this process ends, for the first one to tell."""
        words = error.message if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        with contextlib.suppress(RuntimeError):
            self._store.set(f"fault/{self.rank}", json.dumps(words.splitlines()[0][:300]))

    def missing(self) -> ProcessLost | None:
        """Which process is gone, in one sentence; None where all are there for some seconds."""
        pause = threading.Event()
        for _ in range(int(GONE_SECONDS / 0.1)):
            for rank, member in enumerate(self.members):
                words = self._confessed(rank)
                if rank != self.rank and (words or member.gone):
                    return lost(rank, self.size, words)
            pause.wait(0.1)
        return None

    def _confessed(self, rank: int) -> str:
        with contextlib.suppress(RuntimeError, ValueError):
            if self._store.check([f"fault/{rank}"]):
                return str(json.loads(self._store.get(f"fault/{rank}")))
        return ""


def gathered(value: Any, size: int) -> list[Any]:
    """What each of `size` processes hands in, in order of rank."""
    box: list[Any] = [None] * size
    distributed.all_gather_object(box, value)
    return box


def lost(rank: int, size: int, words: str = "") -> ProcessLost:
    """The one sentence about a process that ended before the others."""
    why = f": {words.rstrip('.')}." if words else " without a word; most likely memory ran out or it was killed."
    return ProcessLost(f"Process {rank + 1} of {size} ended{why}", RESUME)


def lost_sign(error: BaseException) -> bool:
    """Whether an error only says that another process is not there any more."""
    words = str(error).lower()
    broken = isinstance(error, distributed.DistError) or type(error) is RuntimeError
    return broken and any(sign in words for sign in _SIGNS)


def wait_patiently(store: Any, name: str) -> None:
    """Wait for a word, looking again and again; UserError where the meeting point is gone."""
    while True:
        try:
            store.wait([name], LOOK)
            return
        except RuntimeError as error:
            if not isinstance(error, distributed.DistStoreError) and "timeout" not in str(error).lower():
                raise UserError("The first process is gone.", RESUME) from error
