"""Requests that are answered in one piece, such as verdicts and vectors: they take a place, and end with the client."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from starlette.requests import Request

from llmstudio.base.errors import UserError
from llmstudio.server import refusal
from llmstudio.server.gate import Full, WaitedTooLong
from llmstudio.server.guard import Gone, client_of
from llmstudio.server.ledger import Entry, State
from llmstudio.server.refusal import Refusal
from llmstudio.server.telling import House, busy, gone

Result = TypeVar("Result")


async def worked(house: House, request: Request, deed: "Callable[[], Future[list[Result]]]") -> list[Result]:
    """What the engine finds out when `deed` asks it. What has not begun when nobody waits for it any more never does.

    Raises `Refusal` where there is no place, in the engine's words, or where it takes too long; `Gone`.
    """
    if house.closing:
        raise refusal.closing()
    entry = house.ledger.open(request.url.path, client_of(request.scope), stream=False)  # type: ignore[arg-type]
    state: State = "failed"
    try:
        async with asyncio.timeout(house.request_seconds):
            found = await _first(house, request, _done(house, entry, deed))
        house.ledger.begun(entry, sum(getattr(one, "tokens", 0) for one in found))
        state = "done"
        return found
    except Gone:
        state = "cancelled"
        raise
    except UserError as error:
        raise refusal.of_user(error) from error
    except TimeoutError:
        raise Refusal(408, "The answer took too long. Send fewer texts.", code="too_long") from None
    except Refusal as error:
        state = "refused" if error.status == 429 else "failed"
        raise
    finally:
        house.ledger.close(entry, state)


async def _done(house: House, entry: Entry, deed: "Callable[[], Future[list[Result]]]") -> list[Result]:
    """Wait for a place, then for the engine, which gives the place back."""
    try:
        await house.gate.enter()
    except Full:
        raise busy(house, "Too many requests wait already.") from None
    except WaitedTooLong:
        raise busy(house, "No place came free in time.") from None
    house.ledger.placed(entry)
    loop = asyncio.get_running_loop()

    def leave(_: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(house.gate.leave)

    try:
        future = deed()
    except BaseException:
        house.gate.leave()
        raise
    future.add_done_callback(leave)
    return await asyncio.wrap_future(future)


async def _first(house: House, request: Request, work: Coroutine[Any, Any, list[Result]]) -> list[Result]:
    """The work, unless the client goes away or the server is stopped before."""
    end = _End()
    house.under_way.add(end)
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(work), asyncio.create_task(gone(request.receive))]  # type: ignore[arg-type]
    try:
        await asyncio.wait([*tasks, end.coming], return_when=asyncio.FIRST_COMPLETED)
        if end.coming.done():
            raise end.coming.result()
        if not tasks[0].done():
            raise Gone
        found: list[Result] = tasks[0].result()
        return found
    finally:
        house.under_way.discard(end)
        for task in tasks:
            task.cancel()


class _End:
    """What a house that closes ends a request with."""

    def __init__(self) -> None:
        self.coming: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    def fail(self, error: Exception) -> None:
        if not self.coming.done():
            self.coming.set_result(error)
