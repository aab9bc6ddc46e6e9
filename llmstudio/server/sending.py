"""Sends the answers of one request: whole, as JSON, or as a stream of server-sent events."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from llmstudio.base.errors import UserError
from llmstudio.server import refusal, shapes
from llmstudio.server.completer import Begun, Done, More, Wanted
from llmstudio.server.guard import Gone, Receive, Scope, Send, client_of, tell
from llmstudio.server.refusal import Refusal
from llmstudio.server.shapes import Json, Shape, Written
from llmstudio.server.telling import Heard, House, Telling, gone, several

LOOK_SECONDS = 1.0
FIRST_SECONDS = 5.0  # after which a stream is opened although nothing of it is there
QUIET_SECONDS = 15.0  # after which a line is sent that says nothing, or proxies would hang up
END = b"data: [DONE]\n\n"
QUIET = b": waiting\n\n"


def answer(
    house: House, request: Request, wanted: list[Wanted], shape: Shape, *, each: int, stream: bool, with_usage: bool
) -> Response:
    """What a route returns: the answers to all of `wanted`, `each` of them for the same prompt."""
    all_ = [one for prompt in wanted for one in several(prompt, each)]
    return Answered(house, request, all_, shape, each=each, stream=stream, with_usage=with_usage)


class Answered(Response):
    """Is sent while it is written. Nothing is sent before it is known whether there is an answer."""

    def __init__(
        self,
        house: House,
        request: Request,
        wanted: list[Wanted],
        shape: Shape,
        *,
        each: int,
        stream: bool,
        with_usage: bool,
    ) -> None:
        self._house, self._route, self._client = house, request.url.path, client_of(request.scope)  # type: ignore[arg-type]
        self._wanted, self._shape, self._each = wanted, shape, each
        self._stream, self._with_usage = stream, with_usage
        self._written = [Written() for _ in wanted]
        self.background = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve."""
        entry = self._house.ledger.open(self._route, self._client, stream=self._stream)
        try:
            async with Telling(self._house, entry, self._wanted, lambda: gone(receive)) as telling:
                deed = self._in_chunks if self._stream else self._at_once
                await deed(telling, scope, receive, send)
        except UserError as error:
            raise refusal.of_user(error) from error
        finally:
            self._house.ledger.close(entry, "refused")  # only where it did not even begin

    async def _at_once(self, telling: Telling, scope: Scope, receive: Receive, send: Send) -> None:
        while telling.left:
            heard = await telling.next()
            if heard is not None:
                self._note(*heard)
        body = self._shape.whole(self._written, self._used())
        await JSONResponse(body)(scope, receive, send)  # type: ignore[arg-type]

    async def _in_chunks(self, telling: Telling, scope: Scope, receive: Receive, send: Send) -> None:
        heard = await self._opening(telling)
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        try:
            while True:
                data = QUIET if heard is None else self._chunks(*heard)
                while telling.goes_on:
                    if (heard := await telling.next()) is not None:
                        data += self._chunks(*heard)
                await _put(send, data)
                if not telling.left:
                    break
                heard = await telling.next(QUIET_SECONDS)
            end = _event(self._shape.used(self._used())) if self._with_usage else b""
            await _put(send, end + END)
        except Gone:
            return
        except Exception as error:  # it is too late for a status
            await _put(send, _event(_told(error).body) + END)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    @staticmethod
    async def _opening(telling: Telling) -> Heard | None:
        """The first piece; None where an engine that has begun takes its time."""
        while not telling.placed:
            heard = await telling.next(LOOK_SECONDS)
            if heard is not None:
                return heard
        return await telling.next(FIRST_SECONDS)

    def _chunks(self, number: int, piece: Any) -> bytes:
        """What is sent for a piece; b"" for nothing."""
        so_far = self._written[number]
        if isinstance(piece, Begun):
            so_far.begun(piece)
            first = self._shape.first(number)
            return b"" if first is None else _event(first)
        if isinstance(piece, More):
            piece = so_far.bared(piece) if self._shape.bare else piece
            silent = not piece.text and not piece.tokens
            return b"" if silent else _event(self._shape.more(number, piece, so_far))
        so_far.done(piece)
        return _event(self._shape.last(number, piece))

    def _note(self, number: int, piece: Any) -> None:
        so_far = self._written[number]
        if isinstance(piece, Begun):
            so_far.begun(piece)
        elif isinstance(piece, More):
            so_far.more(so_far.bared(piece) if self._shape.bare else piece)
        elif isinstance(piece, Done):
            so_far.done(piece)

    def _used(self) -> Json:
        return shapes.usage(self._written, self._each)


_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]


async def _put(send: Send, data: bytes) -> None:
    if data:
        await send({"type": "http.response.body", "body": data, "more_body": True})


def _event(body: Json) -> bytes:
    return b"data: " + json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def _told(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, UserError):
        return refusal.of_user(error)
    tell(error)
    return refusal.unforeseen()
