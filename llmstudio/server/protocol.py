"""Connections that cannot hold the server up: a request has to be there in time, its head is small, and the number of
connections is bounded. uvicorn's own clock starts anew with every byte, and so a byte a second would hold one for ever.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from llmstudio.server.guard import HEADER_BYTES
from llmstudio.server.refusal import Refusal

RECEIPT_SECONDS = 10.0  # from the first word about a request to its last byte
STALL_SECONDS = 30.0  # a client that does not read what is sent
KEPT_SECONDS = 5  # a connection without a request
MOST_CONNECTIONS = 256
LINGER_SECONDS, LINGER_BYTES = 1.0, 4 << 20
READ_BYTES = 32 << 10  # at once: so much of a body that is too large is taken in vain
SLICE = 8 << 10  # of what came, looked at together: the bound on a head holds also where all of it came at once


class BoundedProtocol(H11Protocol):
    """One connection."""

    receipt_seconds, stall_seconds, most = RECEIPT_SECONDS, STALL_SECONDS, MOST_CONNECTIONS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._any = False  # whether a byte of the next request has come
        self._left: int | None = None  # bytes that may still come once it was closed from our side
        self._line: asyncio.Transport = None  # type: ignore[assignment]  # set when the connection is made
        # Connections of which we wait for something, the one that keeps us waiting longest first.
        self._due: dict[BoundedProtocol, None] = vars(self.server_state).setdefault("due", {})

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock; where there are too many, the one that has kept us waiting longest goes."""
        setattr(transport, "max_size", READ_BYTES)  # noqa: B010 - loops that have no such bound read a little more
        self._line = transport
        super().connection_made(_Gentle(transport, self._close))
        self._watch()
        if len(self.connections) > self.most:
            next(iter(self._due), self).drop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all clocks."""
        self._stop_deadline()
        self._stop_stall()
        super().connection_lost(exc)

    @property
    def closing(self) -> bool:
        """Whether its end has begun."""
        return self._line.is_closing()

    @property
    def receiving(self) -> bool:
        """Whether a request, or the rest of one, is still to come."""
        return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def data_received(self, data: bytes) -> None:
        """Look at what came, a slice at a time."""
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                self.drop()
            return
        self._any = True
        self._watch()
        for at in range(0, len(data), SLICE):
            if self.transport.is_closing():
                return  # also where it lingers
            super().data_received(data[at : at + SLICE])
        self._settle()

    def on_response_complete(self) -> None:
        """Between two requests there is no clock but uvicorn's own, for connections that are kept."""
        self._any = False
        super().on_response_complete()
        self._settle()

    def drop(self) -> None:
        """Close at once."""
        self._stop_deadline()
        self.connections.discard(self)  # or it would be counted until the loop has noticed
        self._line.abort()

    def _close(self) -> None:
        """Close. Where more of a refused request is on its way, it is let come a moment, and is not looked at: a client
        that is still sending when we hang up does not read what it was told."""
        if self.closing or self._left is not None:
            return
        if not self._any or self.conn.their_state not in (h11.IDLE, h11.SEND_BODY, h11.ERROR):
            self._line.close()
            return
        self._left = LINGER_BYTES
        self._start_deadline(LINGER_SECONDS, self.drop)
        self._line.resume_reading()
        self._line.write_eof()

    def _watch(self) -> None:
        if self._deadline is None and self.receiving:
            self._start_deadline(self.receipt_seconds, self._late)

    def _settle(self) -> None:
        """The request is there, or the next one has not begun."""
        if self._left is not None:
            return
        if not self.receiving:
            self._stop_deadline()
        elif not self._any and self.cycle is not None:
            self._stop_deadline()
            self._due[self] = None  # kept for a next request, unless somebody else needs the place

    def _late(self) -> None:
        self._stop_deadline()
        if self.transport.is_closing() or not self.receiving:
            return
        if self._any and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            if self.cycle is not None:
                self.cycle.disconnected = True  # whoever reads the body hears that no more will come
                self.cycle.message_event.set()
            self._any = False  # nobody lingers over what did not come
            self._refuse(Refusal(408, "The request did not come in time.", code="too_slow"))
        else:
            self.drop()

    def send_400_response(self, msg: str) -> None:
        """What could not be read as HTTP, or has too large a head."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.drop()
            return
        held = len(self.conn.trailing_data[0])
        if held > HEADER_BYTES:
            self._refuse(Refusal(431, f"The head of the request is larger than {HEADER_BYTES:,} bytes."))
        else:
            self._refuse(Refusal(400, "This is not a request of HTTP.", code="not_http"))

    def _refuse(self, refused: Refusal) -> None:
        data = refused.data()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(data)).encode()),
            (b"connection", b"close"),
        ]
        for event in (
            h11.Response(status_code=refused.status, headers=headers),
            h11.Data(data=data),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def pause_writing(self) -> None:
        """The client does not read: it has half a minute."""
        super().pause_writing()
        self._stop_stall()
        self._stall = self.loop.call_later(self.stall_seconds, self.drop)

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        self._stop_stall()

    def _start_deadline(self, seconds: float, deed: Callable[[], None]) -> None:
        self._stop_deadline()
        self._deadline = self.loop.call_later(seconds, deed)
        self._due[self] = None

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None
        self._due.pop(self, None)

    def _stop_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
        self._stall = None


class _Gentle(asyncio.Transport):
    """A transport whose `close` is the connection's own."""

    def __init__(self, line: asyncio.Transport, close: Callable[[], None]) -> None:
        super().__init__()
        self._line, self._shut, self._closed = line, close, False

    def is_closing(self) -> bool:
        return self._closed or self._line.is_closing()

    def close(self) -> None:
        self._closed = True
        self._shut()

    def abort(self) -> None:
        self._line.abort()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._line.write(data)

    def pause_reading(self) -> None:
        self._line.pause_reading()

    def resume_reading(self) -> None:
        self._line.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._line.get_extra_info(name, default)
