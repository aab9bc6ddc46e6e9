"""Measures an attempt at a training: tokens a second without evaluations, and the memory held."""

import math
import time
from collections.abc import Callable

from llmstudio.base import sleeping
from llmstudio.engine import device
from llmstudio.engine.device import Place


class Clock:
    """Started before steps, ticked after each, paused when something else begins."""

    SMOOTH = 0.9
    MEMORY_EVERY = 0.5
    GAP_SECONDS = 60.0  # a step that took longer, and many times the usual, stood still: stopped, or asleep
    GAP_TIMES = 20

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
        took, learned = now - (now if self._last is None else self._last), tokens - self._tokens
        if took > 0 and not self._stood_still(took, learned):
            self.trained += learned
            self.training_seconds += took
            self.rate = (
                learned / took if not self.rate else self.SMOOTH * self.rate + (1 - self.SMOOTH) * learned / took
            )
        self._last, self._tokens = now, tokens

    def _stood_still(self, took: float, learned: int) -> bool:
        return bool(self.rate) and took > max(self.GAP_SECONDS, self.GAP_TIMES * learned / self.rate)

    def memory(self) -> int:
        """Bytes held, looked at twice a second."""
        now = time.monotonic()
        if now - self._looked > self.MEMORY_EVERY:
            self._memory, self._looked = device.memory_used(self._device), now
        return self._memory


class Naps:
    """Tells when the machine slept: asked between steps, it answers once for each nap."""

    LEAST_SECONDS = 60.0

    def __init__(self, asleep: Callable[[], float] = sleeping.asleep) -> None:
        self._asleep = asleep
        self._before = asleep()

    def look(self) -> float:
        """Seconds slept since the last look; 0.0 for none, or for less than a minute."""
        now = self._asleep()
        slept, self._before = now - self._before, now
        return slept if slept >= self.LEAST_SECONDS else 0.0
