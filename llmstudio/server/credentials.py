"""The key that a server asks for: how one is made, and how what a client says is compared with it."""

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from llmstudio.base.errors import UserError

BYTES = 32  # 256 bits
MOST_FAILURES, WITHIN_SECONDS = 10, 60.0
MOST_CLIENTS = 1024  # whose failures are remembered
GUESSABLE = 32  # characters; a key that a person thought of is shorter than one of ours


def new_key() -> str:
    """A key of 256 random bits, to be shown once. Begins with sk-, so that logs know to hide it."""
    return f"sk-{secrets.token_urlsafe(BYTES)}"


def checked_key(text: str) -> str:
    """A key that a person chose, as it will be compared. Raises `UserError` for one that no client could send."""
    if not text:
        raise UserError("The key is empty.", "Choose one, or switch the key off.", field="api_key")
    if len(text) > 512 or not text.isascii() or not text.isprintable() or " " in text:
        raise UserError(
            "A key holds plain letters, digits and signs, without spaces.", "Choose another.", field="api_key"
        )
    return text


class Doorkeeper:
    """Compares keys, and lets nobody guess: after 10 wrong ones in a minute an address is not listened to.

    A key of ours cannot be guessed, and so the right one opens even then: nobody can lock others out.
    """

    def __init__(self, key: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._hash = _hash(key.encode()) if key else b""
        self._strong = len(key) >= GUESSABLE
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    @property
    def asks(self) -> bool:
        """Whether a key is needed at all."""
        return bool(self._hash)

    def admits(self, client: str, said: list[bytes]) -> bool:
        """Whether what stands in the Authorization lines of a request is the key.

        Raises `TooManyGuesses` where this client has to wait first.
        """
        if not self.asks:
            return True
        wait = self._wait(client) if said else 0.0
        if wait and not self._strong:
            raise TooManyGuesses(wait)
        if self._right(said):
            return True
        if wait:
            raise TooManyGuesses(wait)
        if said:
            self._fail(client)
        return False

    def _right(self, said: list[bytes]) -> bool:
        if len(said) != 1:
            return False
        scheme, _, word = said[0].partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(_hash(word.strip()), self._hash)

    def _wait(self, client: str) -> float:
        """Seconds until this client is listened to again; 0 now."""
        times = self._failures.get(client)
        if times is None:
            return 0.0
        now = self._clock()
        while times and now - times[0] >= WITHIN_SECONDS:
            times.popleft()
        return times[0] + WITHIN_SECONDS - now if len(times) >= MOST_FAILURES else 0.0

    def _fail(self, client: str) -> None:
        self._failures.setdefault(client, deque(maxlen=MOST_FAILURES)).append(self._clock())
        self._failures.move_to_end(client)
        while len(self._failures) > MOST_CLIENTS:
            self._failures.popitem(last=False)


class TooManyGuesses(Exception):
    """A client said too many wrong keys; it may come again in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
