"""What the server says where it does not do what was asked: a status, and a body of the shape OpenAI's clients know.

Nothing of an exception that was not foreseen is told, nor any path: only that something went wrong.
"""

import json
import math
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from llmstudio.base.errors import UserError

Header = tuple[bytes, bytes]

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    429: "rate_limit_error",
    500: "server_error",
    503: "server_error",
}


class Refusal(Exception):
    """Ends a request with a status; `message` is one sentence of what is wrong and, mostly, one of what to do."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        retry_seconds: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param = status, message, code, param
        self.headers = dict(headers or {})
        if retry_seconds is not None:
            self.headers["Retry-After"] = str(max(1, math.ceil(retry_seconds)))

    @property
    def body(self) -> dict[str, Any]:
        """As it is sent."""
        kind = _TYPES.get(self.status, "invalid_request_error" if self.status < 500 else "server_error")
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}

    def lines(self) -> Iterable[Header]:
        """Its headers."""
        return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]

    def data(self) -> bytes:
        """Its body in bytes."""
        return json.dumps(self.body).encode()


def of_user(error: UserError) -> Refusal:
    """What the asker can mend, in the words of the engine."""
    too_long = "context" in error.message or "at once" in error.message
    return Refusal(400, str(error), code="context_length_exceeded" if too_long else None, param=error.field or None)


def unforeseen() -> Refusal:
    """Something of ours went wrong; the log has the place."""
    return Refusal(500, "Something went wrong in the server. Its log tells more.", code="internal_error")


def closing() -> Refusal:
    """The server is being stopped."""
    return Refusal(503, "The server is being stopped.", code="stopping", retry_seconds=5)


def of_status(status: int, allow: str = "") -> Refusal:
    """A refusal that a framework decided on: an unknown address, or a method that an address does not know."""
    if status == HTTPStatus.NOT_FOUND:
        return Refusal(404, "There is nothing at this address.", code="unknown_url")
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": allow} if allow else {}
        return Refusal(405, "This address does not know this method.", code="unknown_method", headers=headers)
    try:
        words = HTTPStatus(status).phrase
    except ValueError:
        words = "Refused"
    return Refusal(status, f"{words}.")
