"""A tokenizer's vocabulary as a table that can be searched and paged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from llmstudio.data.tokenizers.base import Tokenizer

SearchBy = Literal["text", "id", "hex"]
Order = Literal["id", "length", "count"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One id: what it stands for, as bytes and as text (U+FFFD for parts of characters), and how often it occurs.

    `count` is None where no dataset has been encoded. `special` marks ids that no text is ever cut into.
    """

    id: int
    piece: str
    bytes: bytes
    hex: str
    count: int | None
    special: bool


class Vocabulary:
    """All entries of a tokenizer. Making one reads every piece once (some 50 ms for GPT-2)."""

    def __init__(self, tokenizer: Tokenizer, counts: NDArray[np.int64] | None = None) -> None:
        self._special = {tokenizer.end_id, tokenizer.unknown_id}
        self._bytes = [tokenizer.token_bytes(token) for token in range(tokenizer.vocab_size)]
        self._text = [raw.decode("utf-8", "replace") for raw in self._bytes]
        self._counts = None if counts is None else counts.tolist()

    def __len__(self) -> int:
        return len(self._bytes)

    def entry(self, token: int) -> Entry:
        """The row of one id."""
        raw = self._bytes[token]
        count = None if self._counts is None else self._counts[token]
        return Entry(token, self._text[token], raw, raw.hex(" "), count, token in self._special)

    def search(self, words: str = "", by: SearchBy = "text", order: Order = "id") -> list[int]:
        """The ids that fit, in the wanted order; all of them for no words.

        Text: pieces that contain it in any case (exact ones first). Id: the number. Hex: pieces that contain these
        bytes. What cannot be an id or hex finds nothing.
        """
        found = {"text": self._by_text, "id": self._by_id, "hex": self._by_hex}[by](words)
        return self._sorted(found, order)

    def page(self, ids: Sequence[int], offset: int, limit: int) -> list[Entry]:
        """`limit` rows of a search from the `offset`-th on."""
        return [self.entry(token) for token in ids[offset : offset + limit]]

    def _by_text(self, words: str) -> list[int]:
        if not words:
            return list(range(len(self._bytes)))
        sought = words.casefold()
        found = [token for token, text in enumerate(self._text) if sought in text.casefold()]
        return sorted(found, key=lambda token: self._text[token].strip() != words.strip())

    def _by_id(self, words: str) -> list[int]:
        digits = words.strip()
        if not digits:
            return list(range(len(self._bytes)))
        token = int(digits) if digits.isdecimal() and len(digits) < 10 else -1
        return [token] if 0 <= token < len(self._bytes) else []

    def _by_hex(self, words: str) -> list[int]:
        try:
            sought = bytes.fromhex(words.strip().removeprefix("0x"))
        except ValueError:
            return []
        return [token for token, raw in enumerate(self._bytes) if sought in raw]

    def _sorted(self, found: list[int], order: Order) -> list[int]:
        if order == "length":
            return sorted(found, key=lambda token: (-len(self._bytes[token]), token))
        if order == "count" and self._counts is not None:
            counts = self._counts
            return sorted(found, key=lambda token: (-counts[token], token))
        return found
