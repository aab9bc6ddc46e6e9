"""The running server: sockets, a thread with the loop, and the way to stop it.

How a session that runs one talks with its owner:
owner -> {"op": "key", "key": "..."}      the first message, where the config asks for a key
owner <- {"op": "serving", "addresses": ["http://127.0.0.1:8000", ...], "model": id, "title": ..., "can": [...]}
owner <- {"op": "snapshot", ...}          what `snapshot` returns, a few times a second
owner -> {"op": "stop"}                   or an ordinary cancel
"""

import asyncio
import contextlib
import logging
import socket
import threading
from typing import Any

import uvicorn

from llmstudio.base.errors import UserError
from llmstudio.config.serve import ServeConfig
from llmstudio.server import addresses
from llmstudio.server.app import build
from llmstudio.server.completer import Completer
from llmstudio.server.credentials import Doorkeeper, checked_key
from llmstudio.server.gate import Gate
from llmstudio.server.guard import HEADER_BYTES
from llmstudio.server.ledger import Ledger
from llmstudio.server.protocol import KEPT_SECONDS, BoundedProtocol
from llmstudio.server.telling import House

START_SECONDS, STOP_SECONDS = 20.0, 5.0
GRACE_SECONDS = 1.0  # for answers under way to say that they end
TAKEN_AT_ONCE = 64  # connections; between two such handfuls those that were taken are heard
WAITING_CONNECTIONS = 1024  # that the system holds for us
_log = logging.getLogger("llmstudio.server")


class Service:
    """Answers for one completer, on a thread of its own, from `start` to `stop`.

    All methods may be called from any one thread. The completer is not closed here.
    """

    def __init__(self, completer: Completer, config: ServeConfig, key: str = "") -> None:
        """`key` is what clients have to say; UserError where the config asks for one and there is none."""
        if config.key and not key:
            raise UserError("The server has no key.", "Make one, or switch the key off.", field="key")
        slots = min(config.slots, max(completer.facts.slots, 1))
        self.config, self._completer = config, completer
        self.ledger = Ledger(slots=slots, queue=config.queue)
        self._house = House(
            completer, Gate(slots, config.queue, config.queue_seconds), self.ledger, config.request_seconds
        )
        doorkeeper = Doorkeeper(checked_key(key) if config.key else "")
        names = addresses.known_names(config)
        self._app = build(self._house, doorkeeper, names=names, origins=config.origins)
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: _Server | None = None
        self.port = 0

    def start(self) -> None:
        """Listen, and return when requests are taken. Raises `UserError` where the port cannot be had."""
        sockets = addresses.bind(self.config)
        self.port = int(sockets[0].getsockname()[1])
        self._thread = threading.Thread(target=self._run, args=(sockets,), name="server", daemon=True)
        self._thread.start()
        heard = self._ready.wait(START_SECONDS)
        if not heard or self._server is None or not self._server.started:
            raise UserError("The server did not start.", "Try again; the log tells more.")

    @property
    def addresses(self) -> tuple[str, ...]:
        """Under which it is found, the one for this machine first; `/v1` is added by clients of OpenAI's kind."""
        return addresses.told(self.config, self.port)

    @property
    def alive(self) -> bool:
        """Whether it still answers."""
        return self._thread is not None and self._thread.is_alive()

    def snapshot(self) -> dict[str, Any]:
        """See `ledger.Ledger.snapshot`."""
        return self.ledger.snapshot()

    def stop(self) -> None:
        """End what is under way and stop listening; no error where it was stopped already."""
        loop, server = self._loop, self._server
        if loop is not None and server is not None:
            with contextlib.suppress(RuntimeError):  # it has just ended
                loop.call_soon_threadsafe(self._close, server)
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _close(self, server: "_Server") -> None:
        self._house.close()
        server.end.set()

    def _run(self, sockets: list[socket.socket]) -> None:
        try:
            asyncio.run(self._serve(sockets))
        except Exception as error:
            _log.error("The server ended: %s", type(error).__name__)
        finally:
            for one in sockets:
                one.close()
            self._ready.set()

    async def _serve(self, sockets: list[socket.socket]) -> None:
        settings = uvicorn.Config(
            self._app,
            http=BoundedProtocol,
            ws="none",
            loop="asyncio",
            interface="asgi3",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=TAKEN_AT_ONCE,
            timeout_keep_alive=KEPT_SECONDS,
            h11_max_incomplete_event_size=HEADER_BYTES,
        )
        server = _Server(settings, self._ready)
        self._loop, self._server = asyncio.get_running_loop(), server
        await server.serve(sockets)


class _Server(uvicorn.Server):
    """Says when it has begun to listen, and ends at once when it is told to."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready, self.end = ready, asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        for one in sockets or []:
            one.listen(WAITING_CONNECTIONS)
        self._ready.set()

    async def main_loop(self) -> None:
        """Wait for the end; the date that answers bear is set anew each second."""
        while not self.end.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self.end.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let what is under way say that it ends, and close every connection."""
        for server in self.servers:
            server.close()
        if self.server_state.tasks:
            _, late = await asyncio.wait(list(self.server_state.tasks), timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
        for connection in list(self.server_state.connections):
            connection.transport.close()
        await asyncio.sleep(0)
        for connection in list(self.server_state.connections):  # whose clients do not read
            connection.transport.abort()
        await asyncio.sleep(0)
