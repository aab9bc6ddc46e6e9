"""Runs small functions off the user-interface thread and brings their results back to it.

For long work that a person follows there are jobs; this is for reading a page of documents or a folder.
"""

import logging
import weakref
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, QThreadPool, Signal
from shiboken6 import isValid

log = logging.getLogger(__name__)


class Handle:
    """A call under way. After `cancel` neither callback is called."""

    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        """Forget the result."""
        self.cancelled = True


class _Relay(QObject):
    """Carries a finished call to the thread this object lives in."""

    finished = Signal(object, object, object)  # call, result, error


class _Call:
    """A function on its way through the pool. No QRunnable: the binding never lets go of one it was given."""

    def __init__(self, background: "Background", fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.handle = Handle()
        self.done: Callable[[Any], object] | None = None
        self.failed: Callable[[Exception], object] | None = None
        self.owner: weakref.ref[QObject] | None = None
        self._background, self._fn, self._args = background, fn, args

    def run(self) -> None:
        """In the pool."""
        result: Any = None
        error: Exception | None = None
        if not self.handle.cancelled:
            try:
                result = self._fn(*self._args)
            except Exception as caught:  # it is handed to the caller, whatever it is
                error = caught
        self._background.arrived(self, result, error)

    def forget(self) -> tuple[Callable[[Any], object] | None, Callable[[Exception], object] | None]:
        """Its callbacks, which it holds no longer: the pool may let go of it last, and no widget may end there."""
        kept = self.done, self.failed
        self.done = self.failed = None
        self._fn, self._args = _nothing, ()
        return kept

    def wanted(self) -> bool:
        """Whether anybody still waits for the result."""
        if self.handle.cancelled:
            return False
        if self.owner is None:
            return True
        owner = self.owner()
        return owner is not None and isValid(owner)


def _nothing() -> None:
    """In the place of a function that was called."""


class Background(QObject):
    """A pool of two threads; callbacks run on the thread that made this object.

    Held back, calls wait: a window that opens needs the interpreter for itself until it is seen.
    """

    def __init__(self, parent: QObject | None = None, *, threads: int = 2) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(threads)
        self._calls: set[_Call] = set()
        self._held: list[_Call] | None = None
        self._relay = _Relay(self)
        self._relay.finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        fn: Callable[..., Any],
        *args: Any,
        done: Callable[[Any], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
        owner: QObject | None = None,
    ) -> Handle:
        """Call `fn(*args)` in the pool, then `done(result)` or `failed(error)` here.

        Both are dropped when `owner` is gone by then. Without `failed` the error is logged.
        """
        call = _Call(self, fn, args)
        call.done, call.failed = done, failed
        call.owner = weakref.ref(owner) if owner is not None else None
        self._calls.add(call)
        if self._held is not None:
            self._held.append(call)
        else:
            self._pool.start(call.run)
        return call.handle

    def hold(self) -> None:
        """Let calls wait for `release`."""
        self._held = [] if self._held is None else self._held

    def release(self) -> None:
        """Begin what waits."""
        waiting, self._held = self._held or [], None
        for call in waiting:
            self._pool.start(call.run)

    def arrived(self, call: _Call, result: Any, error: Exception | None) -> None:
        """Called in the pool: pass a result to the user-interface thread."""
        if isValid(self._relay):
            self._relay.finished.emit(call, result, error)

    def busy(self) -> bool:
        """Whether calls are under way."""
        return bool(self._calls)

    def close(self) -> None:
        """Cancel what waits and wait for what runs."""
        for call in self._calls:
            call.handle.cancel()
        self._calls.difference_update(self._held or ())  # never begun
        self._held = None
        self._pool.clear()
        self._pool.waitForDone()
        for call in self._calls:
            call.forget()
        QCoreApplication.removePostedEvents(self._relay)  # results nobody takes any more

    def _deliver(self, call: _Call, result: Any, error: Exception | None) -> None:
        self._calls.discard(call)
        done, failed = call.forget()
        if not call.wanted():
            return
        if error is None:
            if done is not None:
                done(result)
        elif failed is not None:
            failed(error)
        else:
            log.error("A background call failed", exc_info=error)
