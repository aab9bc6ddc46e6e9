"""Continuous batching (Yu et al. 2022): texts that are written together join and leave between two tokens.

Each turn reads a portion of one prompt and writes one token of every open text, so that nobody waits long for
somebody else's prompt. Keys and values of read prompts stay until their room is needed: a conversation that comes
back with one turn more is read from there on. Only whole portions are taken over, so that the very same products are
computed as if all had been read anew, and a text does not depend on what was there before.
"""

from collections import deque
from collections.abc import Sequence

import torch
from torch import Tensor

from llmstudio.config import sizing
from llmstudio.config.model import ModelConfig
from llmstudio.engine.batchrow import Order, Row, TokenBytes, Written
from llmstudio.engine.decoder import READ_AT_ONCE, Decoder, Language, reading
from llmstudio.engine.places import Apart
from llmstudio.engine.shared import Ragged

PORTION_WORK = 1 << 33
"""Weights times tokens of a portion: it takes a processor core about a tenth of a second."""
LEAST_PORTION = 32
LEAST_ROWS = 2
"""Torch has products of their own for one row, which round otherwise. Two rows cost them hardly more, and with its
packed weights a row is from two on the same to the last bit, whatever stands beside it (seen on AVX512-BF16; MKL's own
product for 32 bits differs in the last digits). Our own library needs no such care."""


def portion_of(config: ModelConfig, device: str) -> int:
    """Tokens of a prompt that are read between two written tokens: a power of two, by the model's size alone."""
    if device != "cpu":
        return READ_AT_ONCE
    fitting = PORTION_WORK // max(1, sizing.count(config))
    return min(READ_AT_ONCE, max(LEAST_PORTION, 1 << fitting.bit_length() - 1 if fitting else 0))


def rows_that_fit(reader: Decoder, wanted: int, tokens: int, memory: int) -> int:
    """How many texts of so many tokens have room for their keys and values in so many bytes; one at least."""
    return max(1, min(wanted, memory // max(1, tokens * reader.token_bytes())))


class Batch:
    """Up to `rows` texts of at most `size` tokens each. For one thread only.

    Open rows stand in the first places of the cache, the one that reads its prompt behind them; the others are idle
    and hold what was read there last.
    """

    def __init__(
        self,
        model: Language,
        token_bytes: TokenBytes,
        *,
        rows: int,
        size: int | None = None,
        portion: int | None = None,
    ) -> None:
        self.reader, self.rows, self._token_bytes = reading(model), rows, token_bytes
        self.size = min(size or model.config.block_size, model.config.block_size)
        self.portion = portion or portion_of(model.config, self.reader.device.type)
        self._cache = self.reader.cache(batch=rows, size=self.size)
        self._open: list[Row] = []
        self._waiting: deque[Row] = deque()  # the first of them reads
        self._held: list[tuple[int, ...]] = [() for _ in range(rows)]  # whole portions that are in each place
        self._used, self._turn = [0] * rows, 0

    @property
    def busy(self) -> int:
        """Texts on their way."""
        return len(self._open) + len(self._waiting)

    @property
    def reading(self) -> int:
        """Texts of which the prompt is not read to its end."""
        return len(self._waiting)

    @property
    def free(self) -> int:
        """Texts that may join now."""
        return self.rows - self.busy

    def join(self, order: Order) -> Row:
        """Begin a text; its prompt leaves room for one token at least. Only while some are `free`."""
        assert self.free, "the caller lets texts wait while none is free"
        assert len(order.prompt) <= self.size, "the caller refuses prompts that do not fit"
        row = Row(order, self._token_bytes, self.size)
        self._waiting.append(row)
        return row

    def leave(self, row: Row) -> None:
        """End a text before its end; nothing where it has ended."""
        if row in self._waiting:
            self._waiting.remove(row)
            row.place = -1
        elif row in self._open:
            self._close(row)

    def turn(self) -> list[tuple[Row, Written]]:
        """Read a portion of a prompt if one waits, and write one token of each open text: what was written."""
        self._turn += 1
        older = len(self._open)
        return self._read() + self._write(older)

    # -- reading prompts

    @torch.inference_mode()
    def _read(self) -> list[tuple[Row, Written]]:
        if not self._waiting:
            return []
        row = self._waiting[0]
        if row.place < 0:
            self._seat(row)
        part = row.unread[: self.portion]
        end = row.read + len(part)
        self._reach(end)
        view = self._cache.one(row.place, row.read)
        states = self.reader.stream(self._tensor([part]), view, last=True)
        row.read = end
        if len(part) == self.portion:
            self._held[row.place] = row.order.prompt[:end]
        if row.unread:
            return []
        self._waiting.popleft()
        self._swap(row, len(self._open))
        self._open.append(row)
        return self._took([row], self.reader.logits(states[:, -1]))

    def _seat(self, row: Row) -> None:
        """Give a row a place, with as much of its prompt as some place holds already."""
        alike = [self._alike(held, row.order.prompt) for held in self._held]
        idle = range(len(self._open), self.rows)
        best = max(range(self.rows), key=lambda place: (alike[place], place in idle))
        if best not in idle or not alike[best]:
            source, best = best, min(idle, key=lambda place: self._used[place])
            self._cache.move(source, best, alike[source])
            self._held[best] = self._held[source][: alike[source]]
        else:
            self._held[best] = self._held[best][: alike[best]]
        row.place, row.read, row.reused = best, len(self._held[best]), len(self._held[best])
        self._used[best] = self._turn

    def _alike(self, held: tuple[int, ...], prompt: tuple[int, ...]) -> int:
        """How many ids of whole portions begin both; one token at least remains to be read."""
        at, most, step = 0, min(len(held), len(prompt) - 1), self.portion
        while at + step <= most and held[at : at + step] == prompt[at : at + step]:
            at += step
        return at

    # -- writing

    @torch.inference_mode()
    def _write(self, older: int) -> list[tuple[Row, Written]]:
        """One more token of the first `older` rows, those that were open before this turn."""
        rows = self._open[:older]
        if not rows:
            return []
        ends = [len(row.whole) - 1 for row in rows]
        self._reach(max(ends) + 1)
        places, ids = self._tensor(ends), self._tensor([row.whole[-1] for row in rows])
        earlier = self._cache.note(ids, places)
        if self.reader.device.type != "cpu":
            return self._took(rows, self.reader.step(ids, places, Ragged(self._cache, places), earlier))
        numbers = list(range(len(rows)))
        if len(rows) < LEAST_ROWS and not self.reader.alike:
            numbers, ends = numbers * LEAST_ROWS, ends * LEAST_ROWS
            ids, places = ids.repeat(LEAST_ROWS), places.repeat(LEAST_ROWS)
            earlier = None if earlier is None else earlier.repeat(LEAST_ROWS, 1)
        return self._took(rows, self.reader.step(ids, places, Apart(self._cache, ends, numbers), earlier))

    def _took(self, rows: Sequence[Row], logits: Tensor) -> list[tuple[Row, Written]]:
        """Let rows draw from logits (B, V); those that end, or of which something is wrong, close."""
        told = [(row, row.attempt(logits[number])) for number, row in enumerate(rows)]
        for row, written in told:
            if written.end:
                self._close(row)
        return told

    def _close(self, row: Row) -> None:
        self._used[row.place] = self._turn
        self._swap(row, len(self._open) - 1)
        self._open.pop()
        row.place = -1

    # -- places

    def _swap(self, row: Row, place: int) -> None:
        """Let a row change places with what stands in another."""
        here = row.place
        if here == place:
            return
        other = next((one for one in self._open if one.place == place), None)
        lengths = (len(row.whole), len(other.whole) if other is not None else len(self._held[place]))
        self._cache.swap(here, place, max(lengths))
        self._held[here], self._held[place] = self._held[place], self._held[here]
        self._used[here], self._used[place] = self._used[place], self._used[here]
        if other is not None:
            other.place = here
            self._open[here] = other
            self._open[place] = row
        row.place = place

    def _reach(self, tokens: int) -> None:
        """Have room for so many tokens in every row, and lose nothing that is in any."""
        self._cache.reach(tokens)
        self._cache.length = max(self._cache.length, tokens)

    def _tensor(self, ids: Sequence[int] | Sequence[Sequence[int]]) -> Tensor:
        return torch.tensor(ids, device=self.reader.device)
