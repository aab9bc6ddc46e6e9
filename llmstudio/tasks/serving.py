"""A loaded model that answers many at once: the server's `Completer`, over continuous batching.

One thread drives it by `work`; others ask. Prompts are rendered and cut into tokens by a thread of
their own, so that nobody's long text keeps others waiting.
"""

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any

import psutil
import torch

from llmstudio.engine import batching
from llmstudio.engine.batching import Batch
from llmstudio.engine.batchrow import Order
from llmstudio.engine.decoder import reading
from llmstudio.server.completer import Ability, Embedding, Facts, Failed, Sink, Ticket, Verdict, Wanted
from llmstudio.tasks.answer import Answer
from llmstudio.tasks.ordering import Clerk
from llmstudio.tasks.sidework import Aside, Side, T, each
from llmstudio.tasks.writers import Ready

MEMORY_SHARE = 0.5  # of what is free may be taken by keys and values
log = logging.getLogger(__name__)


class Engine:
    """Implements `Completer`. `work`, `fail` and `close` are for one thread at a time."""

    def __init__(self, ready: Ready, slots: int, memory: int | None = None) -> None:
        self._ready, self._loaded = ready, ready.loaded
        self._reader = reading(ready.loaded.language)
        self._context = ready.loaded.model.config.block_size
        room = int(MEMORY_SHARE * _free_memory(ready.place.device)) if memory is None else memory
        self._slots = batching.rows_that_fit(self._reader, slots, self._context, room)
        self.facts = self._facts()
        self._clerk = Clerk(self._loaded, self._context)
        self._side = Side(ready, Clerk(self._loaded, self._context))
        self._batch = self._new_batch()
        self._commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._door, self._closed = threading.Lock(), False
        self._answers: list[Answer] = []
        self._waiting: deque[Answer] = deque()  # ready to be written
        self._asides: deque[Aside[Any]] = deque()
        self._preparing = ThreadPoolExecutor(1, "prompts")

    # -- for those who ask, from any thread

    def submit(self, wanted: Wanted, sink: Sink) -> Ticket:
        """See `Completer`."""
        answer = Answer(sink, self.wake, self._loaded.tokenizer.token_bytes)
        if not self._put(lambda: self._admit(answer, wanted)):
            answer.stop()
        return answer

    def classify(self, texts: Sequence[str]) -> "Future[list[Verdict]]":
        """See `Completer`."""
        return self._aside(self._side.judged, texts)

    def embed(self, texts: Sequence[str]) -> "Future[list[Embedding]]":
        """See `Completer`."""
        return self._aside(self._side.embedded, texts)

    def _aside(self, work: Callable[[str], Iterator[T | None]], texts: Sequence[str]) -> "Future[list[T]]":
        future: Future[list[T]] = Future()
        aside = Aside(each(work, list(texts)), future)
        if not self._put(lambda: self._asides.append(aside)):
            aside.refuse()
        return future

    def wake(self) -> None:
        """End the patience of `work`."""
        self._commands.put(_nothing)

    def _put(self, command: Callable[[], None]) -> bool:
        with self._door:
            if not self._closed:
                self._commands.put(command)
            return not self._closed

    # -- for the thread that drives it

    @property
    def busy(self) -> bool:
        """Whether there is something to compute now."""
        return bool(self._batch.busy or self._asides or self._waiting)

    @property
    def writing(self) -> int:
        """Answers on their way, those that wait among them."""
        return len(self._answers)

    def work(self, patience: float) -> None:
        """Do a turn of everything that is open; where nothing is, wait so many seconds for something."""
        self._take_in(0.0 if self.busy else patience)
        for answer in [one for one in self._answers if one.cancelled]:
            self._let_go(answer)
        while self._waiting and self._batch.free:
            self._seat(self._waiting.popleft())
        if self._batch.busy:
            self._turn()
        if self._asides and self._asides[0].goes_on():
            self._asides.rotate(-1)  # the next one has its turn
        elif self._asides:
            self._asides.popleft()

    def close(self) -> None:
        """End all answers, and refuse those that come."""
        with self._door:
            self._closed = True
        self._take_in(0.0)
        for answer in list(self._answers):
            self._let_go(answer)
        for aside in self._asides:
            aside.refuse()
        self._asides.clear()
        self._preparing.shutdown(wait=False, cancel_futures=True)

    def fail(self, error: Exception) -> None:
        """End everything that is under way with an error that nobody foresaw; the next ones are answered."""
        self._begin_anew(list(self._answers), error)
        for aside in self._asides:
            aside.refuse()
        self._asides.clear()

    def _begin_anew(self, broken: Sequence[Answer], error: Exception) -> None:
        for answer in broken:
            self._end(answer, error)
        self._batch = self._new_batch()

    def _take_in(self, patience: float) -> None:
        try:
            self._commands.get(timeout=patience)() if patience else self._commands.get_nowait()()
            while True:
                self._commands.get_nowait()()
        except queue.Empty:
            return

    def _admit(self, answer: Answer, wanted: Wanted) -> None:
        self._answers.append(answer)
        if self._closed:
            return
        order = self._preparing.submit(self._clerk.order, wanted)
        order.add_done_callback(lambda found: self._commands.put(lambda: self._prepared(answer, found)))

    def _prepared(self, answer: Answer, found: "Future[Order]") -> None:
        if answer.ended or found.cancelled():
            return
        error = found.exception()
        if error is None:
            answer.order = found.result()
            self._waiting.append(answer)
        else:
            self._end(answer, error)

    def _seat(self, answer: Answer) -> None:
        assert answer.order is not None, "it was prepared"
        answer.row = self._batch.join(answer.order)

    def _turn(self) -> None:
        by_row = {answer.row: answer for answer in self._answers if answer.row is not None}
        try:
            told = self._batch.turn()
        except Exception as error:  # of the engine: all it worked on are told, and it begins anew
            log.exception("A turn of the engine failed")
            self._begin_anew(list(by_row.values()), error)
            return
        for row, written in told:
            answer = by_row[row]
            try:
                answer.add(row, written)
            except Exception as error:  # of this one alone
                answer.end(Failed(error.with_traceback(None)))
            if answer.ended:
                self._let_go(answer)

    def _end(self, answer: Answer, error: BaseException) -> None:
        known = error if isinstance(error, Exception) else RuntimeError(str(error))
        answer.end(Failed(known.with_traceback(None)))  # its frames would hold tensors
        self._forget(answer)

    def _let_go(self, answer: Answer) -> None:
        """Free its place; one that has not ended is stopped."""
        if answer.row is not None:
            self._batch.leave(answer.row)
        answer.stop()
        self._forget(answer)

    def _forget(self, answer: Answer) -> None:
        answer.row = None
        self._answers.remove(answer)
        if answer in self._waiting:
            self._waiting.remove(answer)

    def _new_batch(self) -> Batch:
        return Batch(self._loaded.language, self._loaded.tokenizer.token_bytes, rows=self._slots)

    def _facts(self) -> Facts:
        loaded, place = self._loaded, self._ready.place
        judges = loaded.head is not None
        can: frozenset[Ability] = frozenset(("embed", "classify") if judges else ("embed", "complete", "chat"))
        labels = loaded.task.get("labels") if judges else None
        return Facts(
            id=loaded.kept.id,
            title=loaded.kept.title,
            created=_seconds(loaded.kept.created),
            context=self._context,
            can=can,
            slots=self._slots,
            labels=tuple(str(label) for label in labels) if isinstance(labels, list) else (),
            width=loaded.model.config.n_embd,
            parameters=loaded.parameters,
            device=place.device,
            precision=self._ready.precision,
        )


def _nothing() -> None:
    """Wakes the engine's thread."""


def _seconds(created: str) -> int:
    """A moment in seconds since 1970; 0 where the manifest has none."""
    try:
        return int(datetime.fromisoformat(created).timestamp())
    except ValueError:
        return 0


def _free_memory(device: str) -> int:
    """Bytes that nobody uses where the model is."""
    if device.startswith("cuda"):
        return int(torch.cuda.mem_get_info()[0])
    return int(psutil.virtual_memory().available)  # type: ignore[no-untyped-call]
