"""Prompts that begin alike are read together: what they share once, and rows of like length as one batch."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from llmstudio.engine.cache import KVCache
from llmstudio.engine.gpt import GPT

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

    def __init__(self, model: GPT, prompts: Sequence[Ids]) -> None:
        self.model = model.eval()
        self.length = common_beginning(prompts)
        self.weight = model.embedding.weight
        self._alone = KVCache(
            model.config, size=max(1, self.length), device=self.weight.device, dtype=self.weight.dtype
        )
        if self.length:
            with torch.inference_mode():
                model.stream(self.tensor([prompts[0][: self.length]]), self._alone)
        self._wide, self._rows = self._alone, 1

    def _token_bytes(self) -> int:
        config = self.model.config
        return 2 * config.n_layer * config.kv_heads * config.head_width * self.weight.element_size()

    def rows(self, longest: int, further: int) -> int:
        """How many prompts of at most `longest` tokens, with `further` ones behind, memory takes at once."""
        fitting = CACHE_BYTES // ((longest + further) * self._token_bytes())
        return max(1, min(MOST_ROWS, fitting, TOKENS_AT_ONCE // (longest - self.length)))

    def tensor(self, rows: Sequence[Ids]) -> Tensor:
        """Rows of one length as a tensor (B, T) on the model's device."""
        return torch.tensor([list(row) for row in rows], device=self.weight.device)

    def begin(self, rows: int, tokens: int) -> KVCache:
        """A cache that holds what is shared, for so many prompts of so many tokens; valid until the next call."""
        tokens = min(tokens, self.model.config.block_size)
        if rows > self._rows or tokens > self._wide.size or self._wide is self._alone:
            self._wide = self._alone  # before the next one takes memory
            self._wide, self._rows = self._alone.spread(rows, tokens), rows
        cache = self._wide.first(rows)
        cache.cut(self.length)
        return cache


def likelihoods(
    model: GPT, prompts: Sequence[Ids], choices: Sequence[Ids], check: Callable[[], None] = lambda: None
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
    model, cache = shared.model, shared.begin(len(prompts), len(prompts[0]) + max(map(len, choices)))
    states = model.stream(shared.tensor([prompt[shared.length :] for prompt in prompts]), cache)
    first = model.logits(states[:, -1]).log_softmax(dim=-1)  # B, V
    end = cache.length
    columns = []
    for choice in choices:
        found = first[:, choice[0]].double()
        if len(choice) > 1:
            check()
            cache.cut(end)
            inside = model(shared.tensor([choice[:-1]]).expand(len(prompts), -1), cache).log_softmax(dim=-1)
            found = found + inside[:, range(len(choice) - 1), list(choice[1:])].double().sum(dim=1)
        columns.append(found)
    return torch.stack(columns, dim=1).cpu()


def greedy(
    model: GPT,
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
    """A batch of prompts of different lengths, written on column by column.

    In each column a row that is still within its prompt reads the next token of it, and any other the token it
    wrote last. So every row stands at its own true positions, and nothing has to be filled up.
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
        self.open = [most > 0] * len(prompts)
        self.room = shared.model.config.block_size - shared.length

    @torch.inference_mode()
    def finish(self, check: Callable[[], None]) -> list[list[int]]:
        """What was written in each row."""
        tokens = self.shared.length + max(map(len, self.rest)) + self.most
        model, cache = self.shared.model, self.shared.begin(len(self.rest), tokens)
        column = min(map(len, self.rest))
        block = [row[:column] for row in self.rest]
        while any(self.open):
            check()
            logits = model(self.shared.tensor(block), cache, last=True)[:, -1]
            best = logits.argmax(dim=-1).tolist()
            block = [[self._next(row, column, best[row])] for row in range(len(self.rest))]
            column += 1
            if column > self.room:
                break
        return self.written

    def _next(self, row: int, column: int, best: int) -> int:
        """The token that stands in a row's column: of its prompt, or the one it writes."""
        prompt, written = self.rest[row], self.written[row]
        if column < len(prompt):
            return prompt[column]
        if self.open[row]:
            if best not in self.ends:
                written.append(best)
            self.open[row] = best not in self.ends and len(written) < self.most and not self.stopped(written)
        return best
