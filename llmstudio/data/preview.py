"""What a person sees before a fine-tuning: rows as the model will read them, lengths, balance, faults, overlaps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from llmstudio.base import units
from llmstudio.data import chat
from llmstudio.data.chat import Encoded, Template
from llmstudio.data.labelled import Example, Labelled
from llmstudio.data.labelled_split import Parts
from llmstudio.data.messages import Message
from llmstudio.data.tokenizers.base import Tokenizer

MOST_TEXTS = 20_000
MOST_TALKS = 2_000
SHOWN_TOKENS = 600


@dataclass(frozen=True)
class Run:
    """A stretch of a row's tokens that are alike: learned or given, a special token or text, beyond the context."""

    text: str
    trained: bool
    special: bool
    cut: bool


@dataclass(frozen=True)
class Shown:
    """A row as the model reads it; `answer` is its label, labels or number. `hidden` tokens are not shown."""

    row: int
    runs: tuple[Run, ...]
    answer: str
    tokens: int
    trained: int
    hidden: int = 0


@dataclass(frozen=True)
class Lengths:
    """Tokens of rows, from `measured` of them: the median, the longest with its row, how many are over the limit."""

    median: int = 0
    longest: int = 0
    longest_row: int = 0
    over: int = 0
    limit: int = 0
    measured: int = 0
    counts: tuple[int, ...] = field(default=(), repr=False)

    @property
    def words(self) -> str:
        """One sentence about them."""
        if not self.measured:
            return "No rows."
        found = f"Median {units.plural(self.median, 'token')}, longest {units.number(self.longest)}"
        if not self.over:
            return f"{found} (row {units.number(self.longest_row)}); all fit into {units.number(self.limit)}."
        share = units.plural(self.over, "row is", "rows are")
        among = "" if self.measured < MOST_TALKS else f" of {units.number(self.measured)}"
        return f"{found}; {share}{among} longer than the context of {units.number(self.limit)} and cut off."


def read(
    example: Example, task: str, tokenizer: Tokenizer, template: Template | None = None, train_on: str = "answers"
) -> Encoded:
    """A row's ids and which are learned: answers with their ends, all of a plain text, none of a labelled one."""
    if task == "instruct":
        fitting = template or chat.template_of("plain", tokenizer)
        found = chat.encode(chat.render(fitting, example.messages), tokenizer)
        return found if train_on == "answers" else Encoded(found.ids, [True] * len(found.ids))
    ids = tokenizer.encode(example.text)
    if task == "continue":
        return Encoded([*ids, tokenizer.end_id], [True] * (len(ids) + 1))
    return Encoded(ids, [False] * len(ids))


def show(
    example: Example,
    task: str,
    tokenizer: Tokenizer,
    template: Template | None = None,
    *,
    limit: int = 0,
    train_on: str = "answers",
) -> Shown:
    """One row as it will be read; tokens from `limit` on (0: none) are marked as cut."""
    whole = read(example, task, tokenizer, template, train_on)
    end = limit or len(whole.ids)
    special = set(tokenizer.specials().values())
    runs: list[Run] = []
    flags = [(flag, token in special, place >= end) for place, (token, flag) in enumerate(_pairs(whole))]
    start = 0
    shown = min(len(whole.ids), SHOWN_TOKENS)
    for place in range(1, shown + 1):
        if place == shown or flags[place] != flags[start] or flags[start][1]:
            runs.append(Run(tokenizer.decode(whole.ids[start:place]), *flags[start]))
            start = place
    answer = ", ".join(example.labels) if example.value is None else f"{example.value:g}"
    return Shown(example.row, tuple(runs), answer, len(whole.ids), sum(whole.trained), len(whole.ids) - shown)


def _pairs(encoded: Encoded) -> Sequence[tuple[int, bool]]:
    return list(zip(encoded.ids, encoded.trained, strict=True))


def lengths(
    examples: Sequence[Example],
    task: str,
    tokenizer: Tokenizer,
    template: Template | None = None,
    *,
    limit: int = 0,
    check: Callable[[], None] = lambda: None,
) -> Lengths:
    """How long rows are in tokens; of very many rows an even sample is measured."""
    most = MOST_TALKS if task == "instruct" else MOST_TEXTS
    step = max(1, -(-len(examples) // most))
    chosen = examples[::step]
    if not chosen:
        return Lengths(limit=limit)
    found = np.array([_length(example, task, tokenizer, template, check) for example in chosen])
    at = int(found.argmax())
    return Lengths(
        median=int(np.median(found)),
        longest=int(found[at]),
        longest_row=chosen[at].row,
        over=int((found > limit).sum()) if limit else 0,
        limit=limit,
        measured=len(chosen),
        counts=tuple(found.tolist()),
    )


def _length(
    example: Example, task: str, tokenizer: Tokenizer, template: Template | None, check: Callable[[], None]
) -> int:
    check()
    return len(read(example, task, tokenizer, template).ids)


@dataclass(frozen=True)
class Balance:
    """How many rows of each label lie in each part, the label with most rows first."""

    label: str
    train: int
    val: int
    test: int

    @property
    def rows(self) -> int:
        return self.train + self.val + self.test


def balance(labelled: Labelled, parts: Parts) -> list[Balance]:
    """The rows of each label by part, after the split and what it left out."""
    counts = {label: [0, 0, 0] for label in labelled.labels}
    for place, part in enumerate((parts.train, parts.val, parts.test)):
        for example in part:
            for label in example.labels:
                counts[label][place] += 1
    return sorted((Balance(label, *found) for label, found in counts.items()), key=lambda one: (-one.rows, one.label))


def talk(prompt: str, answer: str, system: str = "") -> Example:
    """A conversation that stands in no table, to show what a template makes of it."""
    head = (Message("system", system),) if system else ()
    turns = (*head, Message("user", prompt), Message("assistant", answer))
    return Example(0, prompt, "train", b"", messages=turns)
