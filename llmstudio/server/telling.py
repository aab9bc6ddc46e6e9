"""One request on its way through the engine: its answers are submitted as places come free, and end with it.

A place is given back when the engine has said the last word about an answer, and only then: a client that went away
costs at most the token that was being written.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from llmstudio.server import refusal
from llmstudio.server.completer import Begun, Completer, Done, Failed, More, Piece, Ticket, Wanted
from llmstudio.server.gate import Full, Gate, WaitedTooLong
from llmstudio.server.guard import Gone, Receive
from llmstudio.server.ledger import Entry, Ledger, State
from llmstudio.server.refusal import Refusal

ENGINE_SECONDS = 10.0  # after an answer was cut, within which the engine has to say its last word

Heard = tuple[int, Piece]


class Ending(Protocol):
    """A request under way."""

    def fail(self, error: Exception) -> None:
        """End it."""


@dataclass
class House:
    """What all requests of one server share."""

    completer: Completer
    gate: Gate
    ledger: Ledger
    request_seconds: float
    closing: bool = False
    under_way: set[Ending] = field(default_factory=set)

    def close(self) -> None:
        """Take no more, and end what is under way. On the loop of the server."""
        self.closing = True
        for one in list(self.under_way):
            one.fail(refusal.closing())


class Telling:
    """The answers of one request as they come. To be used as `async with`: whatever ends it, nothing is left behind.

    `gone` returns when the client has gone away.
    """

    def __init__(
        self, house: House, entry: Entry, wanted: Sequence[Wanted], gone: Callable[[], Awaitable[None]]
    ) -> None:
        self.house, self.entry, self.wanted = house, entry, wanted
        self.placed = False  # whether the first answer has left the queue
        self.left = set(range(len(wanted)))  # answers of which the last piece was not told yet
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._heard: deque[Heard | Exception] = deque()
        self._news = asyncio.Event()
        self._tickets: dict[int, Ticket | None] = {}  # of answers the engine has not said the last word about
        self._submitted = 0
        self._state: State = "cancelled"
        self._over = self._cut = False
        self._tasks: list[asyncio.Task[None]] = []
        self._timers: list[asyncio.TimerHandle] = []

    async def __aenter__(self) -> "Telling":
        if self.house.closing:
            raise refusal.closing()
        self.house.under_way.add(self)
        self._tasks = [asyncio.create_task(self._submit_all()), asyncio.create_task(self._watch())]
        longest = self.house.request_seconds
        self._timers = [
            self._loop.call_later(longest, self._cut_short),
            self._loop.call_later(longest + ENGINE_SECONDS, self.fail, refusal.unforeseen()),
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over = True
        for timer in self._timers:
            timer.cancel()
        for task in self._tasks:
            task.cancel()
        self._cancel_all()
        self.house.under_way.discard(self)
        self.house.ledger.close(self.entry, self._state)

    async def next(self, patience: float | None = None) -> Heard | None:
        """(number of an answer, piece), the next that came; None where none came in `patience` seconds.

        Raises what an answer failed with, `Refusal` where there was no place, and `Gone`. Pieces of text that wait are
        told as one.
        """
        while not self._heard:
            self._news.clear()
            try:
                async with asyncio.timeout(patience):
                    await self._news.wait()
            except TimeoutError:
                return None
        got = self._heard.popleft()
        if isinstance(got, Exception):
            self._state = _state_of(got)
            raise got
        return self._told(*got)

    @property
    def goes_on(self) -> bool:
        """Whether `next` has a piece to tell at once, and nothing else."""
        if not self._heard or isinstance(self._heard[0], Exception):
            return False
        piece = self._heard[0][1]
        return not isinstance(piece, Failed) and not (isinstance(piece, Done) and piece.reason == "cancelled")

    def _told(self, number: int, piece: Piece) -> Heard:
        if isinstance(piece, Failed):
            self._state = "failed"
            raise piece.error
        if isinstance(piece, More):
            return number, self._joined(number, piece)
        if isinstance(piece, Done):
            if piece.reason == "cancelled":
                if not self._cut:
                    raise refusal.closing()
                piece = replace(piece, reason="length")
            self.left.discard(number)
            if not self.left:
                self._state = "done"
        return number, piece

    def _joined(self, number: int, piece: More) -> More:
        text, tokens = [piece.text], [*piece.tokens]
        while self._heard:
            ahead = self._heard[0]
            if not isinstance(ahead, tuple) or ahead[0] != number or not isinstance(ahead[1], More):
                break
            text.append(ahead[1].text)
            tokens += ahead[1].tokens
            self._heard.popleft()
        return More("".join(text), tuple(tokens))

    def fail(self, error: Exception) -> None:
        """End it with an exception, as if the engine had."""
        self._hear(error)

    def _hear(self, news: Heard | Exception) -> None:
        self._heard.append(news)
        self._news.set()

    async def _watch(self) -> None:
        await self._gone()
        self._heard.clear()
        self._hear(Gone())
        self._cancel_all()

    def _cancel_all(self) -> None:
        for ticket in list(self._tickets.values()):
            if ticket is not None:
                ticket.cancel()

    def _cut_short(self) -> None:
        """The longest time is over: what is written is the answer."""
        self._cut = True
        self._tasks[0].cancel()
        self._cancel_all()
        for number in range(self._submitted, len(self.wanted)):
            self._hear((number, Done("length", 0)))

    async def _submit_all(self) -> None:
        try:
            for number, one in enumerate(self.wanted):
                await self.house.gate.enter(first=number == 0)
                self._submit(number, one)
        except Full:
            self._hear(busy(self.house, "Too many requests wait already."))
        except WaitedTooLong:
            self._hear(busy(self.house, "No place came free in time."))

    def _submit(self, number: int, wanted: Wanted) -> None:
        self.placed = True
        self._submitted = number + 1
        self._tickets[number] = None
        self.house.ledger.placed(self.entry)

        def sink(piece: Piece) -> None:
            """Called by the engine's thread."""
            with contextlib.suppress(RuntimeError):  # the loop has ended, and with it everybody who listened
                self._loop.call_soon_threadsafe(self._take, number, piece)

        try:
            ticket = self.house.completer.submit(wanted, sink)
        except Exception as error:  # an engine that breaks its promise costs one answer, not the place
            self._take(number, Failed(error))
            return
        self._tickets[number] = ticket
        if self._over:
            ticket.cancel()

    def _take(self, number: int, piece: Piece) -> None:
        """A piece has come, on the loop."""
        if number not in self._tickets:
            return
        if isinstance(piece, Done | Failed):
            del self._tickets[number]
            self.house.gate.leave()
        elif isinstance(piece, Begun):
            self.house.ledger.begun(self.entry, piece.prompt_tokens)
        else:
            self.house.ledger.wrote(self.entry, len(piece.tokens))
        if not self._over:
            self._hear((number, piece))


def busy(house: House, words: str) -> Refusal:
    """There is no place; when it is worth coming again is told from how long answers took lately."""
    seconds = house.ledger.usual_seconds() * (house.gate.waiting + 1) / house.gate.slots
    return Refusal(429, f"{words} Try again later.", code="queue_full", retry_seconds=min(max(seconds, 1.0), 60.0))


async def gone(receive: Receive) -> None:
    """Returns when the client has gone away; what it still sends is not looked at."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _state_of(error: Exception) -> State:
    if isinstance(error, Gone):
        return "cancelled"
    return "refused" if isinstance(error, Refusal) and error.status == 429 else "failed"


def several(wanted: Wanted, count: int) -> list[Wanted]:
    """The same, `count` times; each with a seed of its own where there is one, or all would be the same."""
    seed = wanted.rules.seed
    if seed is None:
        return [wanted] * count
    seeds = [(seed + number) & ((1 << 63) - 1) for number in range(count)]
    return [replace(wanted, rules=wanted.rules.model_copy(update={"seed": one})) for one in seeds]
