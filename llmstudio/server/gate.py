"""Who is next: so many answers are written at once, so many wait in the order in which they came, others are sent away.

Everything here runs on the loop of the server.
"""

import asyncio
from collections import deque


class Full(Exception):
    """All places in the queue are taken."""


class WaitedTooLong(Exception):
    """No place came free in time."""


class Gate:
    """`slots` may be inside; `queue` may wait, each at most `seconds`."""

    def __init__(self, slots: int, queue: int, seconds: float) -> None:
        self.slots, self.queue, self.seconds = slots, queue, seconds
        self._free = slots
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._counted = 0

    @property
    def inside(self) -> int:
        """How many are inside."""
        return self.slots - self._free

    @property
    def waiting(self) -> int:
        """How many requests wait for their first place."""
        return self._counted

    async def enter(self, *, first: bool = True) -> None:
        """Come in, or wait for it. Raises `Full` or `WaitedTooLong`.

        A request that asks for several answers waits for further places (not `first`) as long as it may, uncounted.
        """
        if self._free and not self._waiting:
            self._free -= 1
            return
        if not first:
            await self._wait(None)
            return
        if self._counted >= self.queue:
            raise Full
        self._counted += 1
        try:
            await self._wait(self.seconds)
        finally:
            self._counted -= 1

    def leave(self) -> None:
        """Give the place to the one who waited longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    async def _wait(self, seconds: float | None) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # the place came just when nobody wanted it any more
                self.leave()
            elif turn in self._waiting:
                self._waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise WaitedTooLong from None
            raise
