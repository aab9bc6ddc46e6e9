"""Prompts that begin alike are read together: what they share once, and rows of like length as one batch."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from llmstudio.engine.cache import KVCache
from llmstudio.engine.decoder import Language, reading
from llmstudio.engine.native.step import Standing

Ids = Sequence[int]
Stopped = Callable[[list[int]], bool]
CACHE_BYTES = 256 * 1024 * 1024
TOKENS_AT_ONCE = 4096
SPREAD = 32  # by how many tokens prompts that are written on together may differ
MOST_ROWS = 32


def common_beginning(prompts: Sequence[Ids]) -> int:
    """How many ids all prompts begin with alike, less than the shortest has: something is left to read in each."""
    if not prompts:
        return 0
    low, high = min(prompts, key=tuple), max(prompts, key=tuple)
    same = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high)))
    return min(same, min(map(len, prompts)) - 1)


class Shared:
    """Keys and values of what `prompts` share, ready to go on for several of them at once."""

    def __init__(self, model: Language, prompts: Sequence[Ids]) -> None:
        self.reader = reading(model)
        self.length = common_beginning(prompts)
        self._alone = self.reader.cache(size=max(1, self.length))
        if self.length:
            self.reader.stream(self.tensor([prompts[0][: self.length]]), self._alone, last=True)
        self._wide, self._rows = self._alone, 1

    def rows(self, longest: int, further: int) -> int:
        """How many prompts of at most `longest` tokens, with `further` ones behind, memory takes at once."""
        fitting = CACHE_BYTES // ((longest + further) * self.reader.token_bytes())
        return max(1, min(MOST_ROWS, fitting, TOKENS_AT_ONCE // (longest - self.length)))

    def tensor(self, rows: Sequence[Ids]) -> Tensor:
        """Rows of one length as a tensor (B, T) on the model's device."""
        return torch.tensor([list(row) for row in rows], device=self.reader.device)

    def begin(self, rows: int, tokens: int) -> KVCache:
        """A cache that holds what is shared, for so many prompts of so many tokens; valid until the next call."""
        tokens = min(tokens, self.reader.config.block_size)
        if rows > self._rows or tokens > self._wide.size or self._wide is self._alone:
            self._wide = self._alone  # before the next one takes memory
            self._wide, self._rows = self._alone.spread(rows, tokens), rows
        cache = self._wide.first(rows)
        cache.cut(self.length)
        return cache


def likelihoods(
    model: Language, prompts: Sequence[Ids], choices: Sequence[Ids], check: Callable[[], None] = lambda: None
) -> Iterator[tuple[list[int], Tensor]]:
    """How likely each of `choices` is after each prompt: numbers of prompts, and log-probabilities (B, K) in nats.

    Every prompt comes once, not in order. A choice is a run of ids, and its likelihood that of the whole run.
    """
    if not prompts:
        return
    shared, further = Shared(model, prompts), max(map(len, choices))
    by_length: dict[int, list[int]] = {}
    for number, prompt in enumerate(prompts):
        by_length.setdefault(len(prompt), []).append(number)
    for length in sorted(by_length, reverse=True):
        rows, most = by_length[length], shared.rows(length, further)
        for at in range(0, len(rows), most):
            check()
            batch = rows[at : at + most]
            yield batch, _score(shared, [prompts[i] for i in batch], choices, check)


@torch.inference_mode()
def _score(shared: Shared, prompts: Sequence[Ids], choices: Sequence[Ids], check: Callable[[], None]) -> Tensor:
    """(B, K) for prompts of one length."""
    reader, cache = shared.reader, shared.begin(len(prompts), len(prompts[0]) + max(map(len, choices)))
    states = reader.stream(shared.tensor([prompt[shared.length :] for prompt in prompts]), cache)
    first = reader.logits(states[:, -1]).log_softmax(dim=-1)  # B, V
    end = cache.length
    columns = []
    for choice in choices:
        found = first[:, choice[0]].double()
        if len(choice) > 1:
            check()
            cache.cut(end)
            inside = reader(shared.tensor([choice[:-1]]).expand(len(prompts), -1), cache).log_softmax(dim=-1)
            found = found + inside[:, range(len(choice) - 1), list(choice[1:])].double().sum(dim=1)
        columns.append(found)
    return torch.stack(columns, dim=1).cpu()


def greedy(
    model: Language,
    prompts: Sequence[Ids],
    *,
    most: int,
    ends: frozenset[int] = frozenset(),
    stopped: Stopped = lambda written: False,
    check: Callable[[], None] = lambda: None,
) -> Iterator[tuple[int, list[int]]]:
    """What the model writes after each prompt when it always takes the likeliest token, several prompts at a time.

    A text ends at one of `ends` (which is left out), where `stopped` says so, after `most` tokens, or where the
    context is full. Every prompt comes once, with its number, not in order.
    """
    if not prompts:
        return
    shared = Shared(model, prompts)
    order = sorted(range(len(prompts)), key=lambda number: -len(prompts[number]))
    while order:
        longest = len(prompts[order[0]])
        alike = [number for number in order if len(prompts[number]) > longest - SPREAD]
        size = min(len(alike), shared.rows(longest, most))
        batch, order = order[:size], order[size:]
        writing = Writing(shared, [prompts[number] for number in batch], most, ends, stopped)
        yield from zip(batch, writing.finish(check), strict=True)


class Writing:
    """A batch of prompts of different lengths, written on together.

    The prompts are read filled up on the right, where nothing looks; then each row goes on at its own place, and
    one that has ended drops out: what remains is moved together, and costs no more than it needs.
    """

    def __init__(
        self,
        shared: Shared,
        prompts: Sequence[Ids],
        most: int,
        ends: frozenset[int],
        stopped: Stopped,
    ) -> None:
        self.shared, self.most, self.ends, self.stopped = shared, most, ends, stopped
        self.rest = [list(prompt[shared.length :]) for prompt in prompts]
        self.written: list[list[int]] = [[] for _ in prompts]
        self.open = list(range(len(prompts))) if most > 0 else []  # numbers of rows, as they stand in the cache

    @torch.inference_mode()
    def finish(self, check: Callable[[], None]) -> list[list[int]]:
        """What was written in each row."""
        if not self.open:
            return self.written
        shared, reader, longest = self.shared, self.shared.reader, max(map(len, self.rest))
        cache = shared.begin(len(self.rest), shared.length + longest + self.most)
        check()
        filled = shared.tensor([[*row, *[0] * (longest - len(row))] for row in self.rest])
        states = reader.stream(filled, cache)
        ends = torch.tensor([len(row) - 1 for row in self.rest], device=reader.device)
        best = reader.logits(states[torch.arange(len(ends)), ends]).argmax(dim=-1)
        while self._take(best.tolist(), cache):
            check()
            places = torch.tensor([self._length(row) - 1 for row in self.open], device=reader.device)
            ids = torch.tensor([self.written[row][-1] for row in self.open], device=reader.device)
            best = reader.step(ids, places, Ragged(cache, places), cache.note(ids, places)).argmax(dim=-1)
        return self.written

    def _length(self, row: int) -> int:
        return self.shared.length + len(self.rest[row]) + len(self.written[row])

    def _take(self, best: Sequence[int], cache: KVCache) -> bool:
        """Add the best token of each open row, and close up where rows end; whether any are left."""
        going = [self._goes_on(row, token) for row, token in zip(self.open, best, strict=True)]
        for place in reversed(range(len(going))):
            if not going[place]:
                last = self.open.pop()
                if place < len(self.open):
                    cache.move(len(self.open), place, self._length(last))
                    self.open[place] = last
        return bool(self.open)

    def _goes_on(self, row: int, token: int) -> bool:
        if token in self.ends:
            return False
        written = self.written[row]
        written.append(token)
        full = self._length(row) > self.shared.reader.config.block_size
        return not full and len(written) < self.most and not self.stopped(written)


class Ragged:
    """One more token for each of the first rows of a cache, at places (B) of their own."""

    def __init__(self, cache: KVCache, places: Tensor) -> None:
        self._cache, self._places = cache, places
        self._rows = torch.arange(len(places), device=places.device)
        self._end = int(places.max()) + 1
        cache.reach(self._end)
        self._rooms = cache.rooms()

    def put(self, number: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Write key and value (B, 1, G, D) where they belong; all that is there, filled or not."""
        keys, values = self._rooms[number]
        keys[self._rows, :, self._places] = key[:, 0].to(keys.dtype)
        values[self._rows, :, self._places] = value[:, 0].to(values.dtype)
        rows = len(self._rows)
        return keys[:rows, :, : self._end], values[:rows, :, : self._end]

    def mask(self) -> Tensor | None:
        """What is filled in each row (B, 1, 1, S)."""
        if bool((self._places == self._end - 1).all()):
            return None
        return (torch.arange(self._end, device=self._places.device) <= self._places[:, None])[:, None, None]

    def standing(self) -> Standing:
        """Each at a place of its own."""
        return Standing(self._cache.whole(), self._rows.tolist(), self._places.tolist())
