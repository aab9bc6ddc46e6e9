"""The outermost layer: who may ask, from where, and how much. Every answer of the server goes through here.

In this order: the Host line (against pages that rebind a name), the page that asks (Origin), the key, the kind of body,
its size, its JSON. Only then does a request reach a route. Whatever a route throws ends here as well.
"""

import logging
import traceback
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from llmstudio.server import refusal, strictjson
from llmstudio.server.addresses import is_known
from llmstudio.server.credentials import Doorkeeper, TooManyGuesses
from llmstudio.server.ledger import Ledger
from llmstudio.server.refusal import Header, Refusal

Scope = dict[str, Any]
Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

BODY_BYTES = 1 << 20
HEADER_BYTES = 16 << 10
_ALWAYS: list[Header] = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'"),
]
_log = logging.getLogger("llmstudio.server")


class Guard:
    """Stands before an application. `names` may be called in the Host line; `origins` are pages whose scripts may ask;
    `routes` are the addresses that are told apart in figures.
    """

    def __init__(
        self,
        app: App,
        doorkeeper: Doorkeeper,
        ledger: Ledger,
        *,
        names: frozenset[str],
        origins: Iterable[str] = (),
        routes: Iterable[str] = (),
    ) -> None:
        self._app, self._doorkeeper, self._ledger = app, doorkeeper, ledger
        self._names, self._origins = names, frozenset(origin.encode() for origin in origins)
        self._routes = frozenset(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        answer = _Answer(send, self._page(scope))
        try:
            if self._is_preflight(scope, answer):
                await answer.preflight()
                return
            body = await self._admitted(scope, receive, answer)
            await self._app(scope, _replayed(body, receive), answer.send)
        except Refusal as refused:
            await answer.refuse(refused)
        except Gone:
            answer.status = answer.status or 499
        except Exception as error:
            tell(error)
            await answer.refuse(refusal.unforeseen())
        finally:
            self._ledger.answered(_method(scope), self._route(scope), answer.status)

    def _page(self, scope: Scope) -> bytes:
        """The origin of the page that asks, if it is one that may."""
        said = lines(scope, b"origin")
        return said[0] if len(said) == 1 and said[0] in self._origins else b""

    def _is_preflight(self, scope: Scope, answer: "_Answer") -> bool:
        self._check_way(scope, answer)
        asked = lines(scope, b"access-control-request-method")
        return scope["method"] == "OPTIONS" and bool(asked) and bool(answer.page)

    async def _admitted(self, scope: Scope, receive: Receive, answer: "_Answer") -> bytes:
        """The body of a request that may pass."""
        self._check_key(scope)
        if scope["method"] not in ("POST", "PUT", "PATCH"):
            answer.read = not _has_body(scope)
            if not answer.read:
                raise Refusal(400, "This method takes no body.", code="unexpected_body")
            return b""
        _check_kind(scope)
        body = await _read(scope, receive)
        answer.read = True
        try:
            strictjson.parse(body)
        except strictjson.BadJson as error:
            raise Refusal(400, f"The body {error}.", code="invalid_json") from None
        return body

    def _check_way(self, scope: Scope, answer: "_Answer") -> None:
        hosts = lines(scope, b"host")
        if len(hosts) != 1 or not is_known(hosts[0], self._names):
            raise Refusal(
                403,
                "The server is not known by this name. Its owner can add it under Other names.",
                code="unknown_host",
            )
        if lines(scope, b"origin") and not answer.page:
            words = "Scripts of this page may not ask. The owner of the server can add it under Web pages allowed."
            raise Refusal(403, words, code="unknown_origin")

    def _check_key(self, scope: Scope) -> None:
        try:
            admitted = self._doorkeeper.admits(client_of(scope), lines(scope, b"authorization"))
        except TooManyGuesses as error:
            words = "Too many wrong keys came from this address."
            raise Refusal(429, words, code="too_many_wrong_keys", retry_seconds=error.seconds) from None
        if not admitted:
            words = "The key is missing or wrong. Send the line 'Authorization: Bearer KEY'."
            raise Refusal(401, words, code="invalid_api_key", headers={"WWW-Authenticate": "Bearer"})

    def _route(self, scope: Scope) -> str:
        path = str(scope["path"])
        if path in self._routes:
            return path
        within = f"{path.rpartition('/')[0]}/{{name}}"
        return within if within in self._routes else "other"


class Gone(Exception):
    """The client went away."""


class _Answer:
    """Sends, and knows what was sent."""

    def __init__(self, send: Send, page: bytes) -> None:
        self._send = send
        self.page = page
        self.status = 0
        self.read = False  # whether the body of the request was taken in
        self.ended = False

    async def send(self, event: Event) -> None:
        if event["type"] == "http.response.start":
            self.status = event["status"]
            known = {name for name, _ in event.get("headers", ())}
            extra = [line for line in [*_ALWAYS, *self._for_page()] if line[0] not in known]
            event = {**event, "headers": [*event.get("headers", ()), *extra]}
        elif event["type"] == "http.response.body" and not event.get("more_body"):
            self.ended = True
        await self._send(event)

    def _for_page(self) -> list[Header]:
        return [(b"access-control-allow-origin", self.page), (b"vary", b"Origin")] if self.page else []

    async def refuse(self, refused: Refusal) -> None:
        """Send a refusal; where an answer has begun there is nothing left to say, and the connection is closed."""
        if self.status:
            return
        data = refused.data()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
        if not self.read:  # or what is left of the body would be taken for the next request
            headers.append((b"connection", b"close"))
        await self.send(
            {"type": "http.response.start", "status": refused.status, "headers": [*headers, *refused.lines()]}
        )
        await self.send({"type": "http.response.body", "body": data})

    async def preflight(self) -> None:
        """Tell the browser of a page that may ask what it may send."""
        headers = [
            (b"access-control-allow-methods", b"GET, POST"),
            (b"access-control-allow-headers", b"authorization, content-type"),
            (b"access-control-max-age", b"600"),
            (b"content-length", b"0"),
        ]
        await self.send({"type": "http.response.start", "status": 204, "headers": headers})
        await self.send({"type": "http.response.body", "body": b""})


def lines(scope: Scope, name: bytes) -> list[bytes]:
    """All lines of this name in a request's head."""
    return [value for key, value in scope["headers"] if key == name]


def client_of(scope: Scope) -> str:
    """The address that asks."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in ("GET", "POST", "OPTIONS", "HEAD", "PUT", "DELETE", "PATCH") else "other"


def _check_kind(scope: Scope) -> None:
    """JSON is the only kind of body: what a page can send without asking first is of another kind."""
    kinds = lines(scope, b"content-type")
    if len(kinds) != 1 or kinds[0].partition(b";")[0].strip().lower() != b"application/json":
        raise Refusal(415, "The body has to be JSON. Send the line 'Content-Type: application/json'.", code="not_json")
    if lines(scope, b"content-encoding"):
        raise Refusal(415, "Packed bodies are not read. Send the JSON as it is.", code="packed_body")


def _has_body(scope: Scope) -> bool:
    return bool(lines(scope, b"transfer-encoding")) or lines(scope, b"content-length") not in ([], [b"0"])


async def _read(scope: Scope, receive: Receive) -> bytes:
    """The body, counted while it comes: not a byte more is kept than may be."""
    said = lines(scope, b"content-length")
    if said and int(said[0]) > BODY_BYTES:  # only digits get here
        raise _too_large()
    parts = bytearray()
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Gone
        parts += event.get("body", b"")
        if len(parts) > BODY_BYTES:
            raise _too_large()
        if not event.get("more_body"):
            return bytes(parts)


def _too_large() -> Refusal:
    return Refusal(413, f"The body is larger than {BODY_BYTES:,} bytes. Send less text.", code="body_too_large")


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body once more, and then what really comes: the end of the connection."""
    told = False

    async def again() -> Event:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def tell(error: Exception) -> None:
    """Where it went wrong, for the log; not what the exception says, for it may hold what somebody wrote."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
    _log.error("%s at %s", type(error).__name__, places)
