"""How a session job and its owner exchange JSON objects: within one process, or as lines over two pipes."""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO, Protocol

from llmstudio.base import jsonl

Message = dict[str, Any]
OnMessage = Callable[[Message], None]


class Channel(Protocol):
    """The task's end of the exchange."""

    def receive(self, timeout: float) -> Message | None:
        """The next object, or None if none came within `timeout` seconds or the owner is gone."""

    @property
    def ended(self) -> bool:
        """Whether the owner is gone and everything it sent was received."""

    def emit(self, message: Message) -> None:
        """Send an object to the owner; no error if it is gone."""


class LocalChannel:
    """Both ends in one process: `send` and `close` for the owner, `first` is there from the start.

    With `first` given and `stays` False the owner counts as gone once that was received.
    """

    def __init__(
        self, on_message: OnMessage | None = None, first: Iterable[Message] = (), *, stays: bool = False
    ) -> None:
        self._on_message = on_message
        self._queue: queue.SimpleQueue[Message] = queue.SimpleQueue()
        for message in first:
            self._queue.put(message)
        self._closed = threading.Event()
        if not stays:
            self._closed.set()

    def send(self, message: Message) -> None:
        """The owner's side: put an object into the task's inbox."""
        self._queue.put(message)

    def close(self) -> None:
        """The owner's side: nothing more will come."""
        self._closed.set()

    def receive(self, timeout: float) -> Message | None:
        """See `Channel`."""
        try:
            return self._queue.get(timeout=0 if self._closed.is_set() and self._queue.empty() else timeout)
        except queue.Empty:
            return None

    @property
    def ended(self) -> bool:
        """See `Channel`."""
        return self._closed.is_set() and self._queue.empty()

    def emit(self, message: Message) -> None:
        """See `Channel`."""
        if self._on_message is not None:
            self._on_message(message)


class PipeChannel:
    """The child's end of two pipes. A thread reads, so that waiting for the owner can be interrupted."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._outgoing = outgoing
        self._queue: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._ended = False
        threading.Thread(target=read_lines, args=(incoming, self._queue), name="owner", daemon=True).start()

    def receive(self, timeout: float) -> Message | None:
        """See `Channel`."""
        if self._ended:
            return None
        try:
            message = self._queue.get(timeout=timeout)
        except queue.Empty:
            return None
        self._ended = message is None
        return message

    @property
    def ended(self) -> bool:
        """See `Channel`."""
        return self._ended

    def emit(self, message: Message) -> None:
        """See `Channel`."""
        try:
            self._outgoing.write(jsonl.encode(message))
            self._outgoing.flush()
        except (OSError, ValueError):  # the owner is gone; reading will say so
            pass


def read_lines(stream: BinaryIO, into: "queue.SimpleQueue[Message | None]") -> None:
    """Put each JSON line of a stream into a queue, None at its end."""
    try:
        for line in stream:
            message = jsonl.decode(line)
            if message is not None:
                into.put(message)
    except (OSError, ValueError):  # closed under us
        pass
    into.put(None)
    with contextlib.suppress(OSError):
        stream.close()
