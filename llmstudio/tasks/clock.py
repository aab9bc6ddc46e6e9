"""Measures an attempt at a training: tokens a second without evaluations, and the memory held."""

import math
import time

from llmstudio.engine import device
from llmstudio.engine.device import Place


class Clock:
    """Started before steps, ticked after each, paused when something else begins."""

    SMOOTH = 0.9
    MEMORY_EVERY = 0.5

    def __init__(self, place: Place) -> None:
        self._device = place.device
        self._begun = time.monotonic()
        self._last: float | None = None
        self._tokens = 0
        self._memory, self._looked = 0, -math.inf
        self.rate = 0.0
        self.trained = 0
        self.training_seconds = 0.0

    @property
    def seconds(self) -> float:
        """Since the attempt began to train."""
        return time.monotonic() - self._begun

    def start(self, tokens: int) -> None:
        """Steps follow; `tokens` were learned from so far."""
        self._last, self._tokens = time.monotonic(), tokens

    def pause(self) -> None:
        """Something else than steps follows."""
        self._last = None

    def tick(self, tokens: int) -> None:
        """A step ended; `tokens` were learned from so far."""
        now = time.monotonic()
        if self._last is not None and now > self._last:
            took, learned = now - self._last, tokens - self._tokens
            self.trained += learned
            self.training_seconds += took
            self.rate = (
                learned / took if not self.rate else self.SMOOTH * self.rate + (1 - self.SMOOTH) * learned / took
            )
        self._last, self._tokens = now, tokens

    def memory(self) -> int:
        """Bytes held, looked at twice a second."""
        now = time.monotonic()
        if now - self._looked > self.MEMORY_EVERY:
            self._memory, self._looked = device.memory_used(self._device), now
        return self._memory
