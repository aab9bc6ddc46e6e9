"""Recognises UTF-16 and UTF-32 without a byte order mark by where their zero bytes stand."""

import unicodedata

import numpy as np

MOST_STRANGE = 0.002


class Zeros:
    """Counts zero bytes at even and odd offsets of a file."""

    def __init__(self) -> None:
        self.even = self.odd = 0

    @property
    def count(self) -> int:
        """All zero bytes."""
        return self.even + self.odd

    def take(self, block: bytes, offset: int) -> None:
        """Count the zero bytes of the block that starts at `offset`."""
        found = block.count(0)
        if not found:
            return
        first = int(np.count_nonzero(np.frombuffer(block, dtype=np.uint8)[::2] == 0))
        even = first if offset % 2 == 0 else found - first
        self.even += even
        self.odd += found - even

    def encoding(self, sample: bytes, size: int) -> str:
        """utf-32-le, utf-32-be, utf-16-le, utf-16-be, or "" if the zero bytes mean something else."""
        if size % 4 == 0 and 2 * self.count >= size:
            for name in ("utf-32-le", "utf-32-be"):
                if _reads_well(sample[: len(sample) // 4 * 4], name):
                    return name
        if size % 2 or max(self.even, self.odd) < 0.95 * self.count:
            return ""
        name = "utf-16-le" if self.odd > self.even else "utf-16-be"
        return name if _reads_well(sample[: len(sample) // 2 * 2], name) else ""


def _reads_well(sample: bytes, encoding: str) -> bool:
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 4:  # anything but a pair of surrogates cut by the sample's end
            return False
        text = sample[: error.start].decode(encoding)
    strange = sum(c not in "\t\n\r\f" and unicodedata.category(c) in ("Cc", "Cn", "Co") for c in text)
    return bool(text) and strange <= MOST_STRANGE * len(text)
