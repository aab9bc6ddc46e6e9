"""The two ceilings of a machine: how fast it multiplies matrices and how fast it reads memory.

Whatever is measured is compared with these, probed in the same rounds: neither holds still for long.
"""

from collections.abc import Callable
from functools import partial

import psutil
import torch
from torch import Tensor

from llmstudio.engine.bench.rounds import best_seconds
from llmstudio.engine.device import Place

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
SIZES = {"cpu": (256, 512, 1024, 2048), "mps": (1024, 2048, 4096), "cuda": (1024, 4096, 8192)}
LONGEST = 0.1
"""Seconds one product may take: a machine that emulates bf16 would otherwise hang in it for minutes."""

BUFFER = 256 << 20
"""Bytes that are read: far more than the caches of a processor hold."""

SHARE_OF_FREE = 0.25


class MatrixProbe:
    """Square matrix products in one precision, of the largest usual size that is not too slow here."""

    def __init__(self, place: Place, precision: str) -> None:
        self.place, self.precision = place, precision
        self.size = 0
        for size in SIZES[place.device]:
            left, right = (self._matrix(size) for _ in range(2))
            self._multiply(left, right)  # the first call of a shape prepares its kernel
            self.size, self._pair = size, (left, right)
            if 8 * best_seconds(partial(self._multiply, left, right), 0.0, fewest=3) > LONGEST:
                break

    def rate(self, seconds: float) -> float:
        """Floating-point operations a second of the quickest product within `seconds`."""
        left, right = self._pair
        return 2 * self.size**3 / best_seconds(partial(self._multiply, left, right), seconds, fewest=3)

    def _matrix(self, size: int) -> Tensor:
        return torch.randn(size, size, device=self.place.device).to(DTYPES[self.precision])

    def _multiply(self, left: Tensor, right: Tensor) -> None:
        torch.mm(left, right)
        self.place.synchronise()


class ReadProbe:
    """Reads a buffer that no cache holds, in the ways that the kernels here read fastest, and takes the best."""

    def __init__(self, place: Place, size: int = BUFFER) -> None:
        free = int(psutil.virtual_memory().available)  # type: ignore[no-untyped-call]
        self.place = place
        self.bytes = max(1 << 20, min(size, int(SHARE_OF_FREE * free))) // 8 * 8
        numbers = torch.ones(self.bytes // 4, device=place.device)
        self._ways: tuple[Callable[[], object], ...] = (
            lambda: torch.dot(numbers, numbers),
            lambda: numbers.view(torch.int32 if place.device == "mps" else torch.int64).amax(),
            lambda: torch.linalg.vector_norm(numbers),
        )

    def rate(self, seconds: float) -> float:
        """Bytes read a second within `seconds`, by the quickest pass of the quickest way."""
        each = seconds / len(self._ways)
        return self.bytes / min(best_seconds(partial(self._read, way), each) for way in self._ways)

    def _read(self, way: Callable[[], object]) -> None:
        way()
        self.place.synchronise()


class CopyProbe:
    """Copies one half of a buffer into the other: half of what passes is written."""

    def __init__(self, place: Place, size: int = BUFFER) -> None:
        free = int(psutil.virtual_memory().available)  # type: ignore[no-untyped-call]
        self.place = place
        count = max(1 << 20, min(size, int(SHARE_OF_FREE * free))) // 8
        self._source = torch.ones(count, device=place.device)
        self._target = torch.empty_like(self._source)

    def rate(self, seconds: float) -> float:
        """Bytes read and written a second, together."""
        return 2 * 4 * self._source.numel() / best_seconds(self._copy, seconds)

    def _copy(self) -> None:
        self._target.copy_(self._source)
        self.place.synchronise()
