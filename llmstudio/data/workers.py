"""Does one kind of work in several processes, batch by batch and in order; in this one where that is not possible."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as Later
from typing import Generic, TypeVar

POLL_SECONDS = 0.1
WORTH_BYTES = 24 << 20
MOST_PROCESSES = 6
Task = TypeVar("Task")
Result = TypeVar("Result")
Check = Callable[[], None]


def _never() -> None:
    """Nobody wants to stop."""


class Workers(Generic[Task, Result]):
    """Applies `work`, a function of a module, in `count` processes, or in this one where the count is 0.

    A context manager: on leaving the processes end. If one of them dies (memory, a broken installation), what it
    had begun and all that follows is done here, and `broken` says so.
    """

    def __init__(self, work: Callable[[Task], Result], count: int) -> None:
        self._work, self._count = work, count
        self._pool: ProcessPoolExecutor | None = None
        self._waiting: deque[tuple[Task, Future[Result] | None]] = deque()
        self.broken = False

    def __enter__(self) -> "Workers[Task, Result]":
        if self._count:
            # Not a fork: this process has threads. A child must not outlive it, and Ctrl+C is this one's to handle.
            self._pool = ProcessPoolExecutor(self._count, multiprocessing.get_context("spawn"), initializer=_begin)
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def results(self, tasks: Iterable[Task], check: Check = _never) -> Iterator[Result]:
        """The results of all tasks, in their order. `check` is called while one waits, and may raise to stop."""
        for task in tasks:
            yield from self.give(task, check)
        yield from self.rest(check)

    def give(self, task: Task, check: Check = _never) -> Iterator[Result]:
        """Hand over one more task; the results that are due by then, so that at most two tasks a process wait."""
        self._waiting.append((task, self._submit(task)))
        while len(self._waiting) > 2 * self._count:
            yield self._result(*self._waiting.popleft(), check)

    def rest(self, check: Check = _never) -> Iterator[Result]:
        """The results of all tasks that were handed over and not yet given back."""
        while self._waiting:
            yield self._result(*self._waiting.popleft(), check)

    def _submit(self, task: Task) -> Future[Result] | None:
        if self._pool is None or self.broken:
            return None
        try:
            return self._pool.submit(self._work, task)
        except BrokenExecutor:
            self.broken = True
            return None

    def _result(self, task: Task, future: Future[Result] | None, check: Check) -> Result:
        while future is not None:
            try:
                return future.result(timeout=POLL_SECONDS)
            except Later:
                check()
            except BrokenExecutor:
                self.broken = True
                break
        return self._work(task)


def cores() -> int:
    """Processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processes_for(size: int) -> int:
    """How many processes shall help with so many bytes of text: none where starting them takes longer than the work.

    One core is left to this process, which reads and writes; beyond six it could not feed them.
    """
    return min(cores() - 1, MOST_PROCESSES) if size >= WORTH_BYTES else 0


def readers_for(size: int) -> int:
    """As `processes_for`, where the helpers read for themselves and this process only adds up: a core more."""
    others = processes_for(size)
    return others + 1 if others else 0


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="parent watch", daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
