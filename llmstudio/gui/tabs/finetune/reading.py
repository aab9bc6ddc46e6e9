"""Reads a dataset as a fine-tuning will: columns, faults, split, rendered rows, tokens. Meant for the background."""

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llmstudio.base.errors import UserError
from llmstudio.config import propose_finetune
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.data import chat, labelled, labelled_checks, labelled_split, preview
from llmstudio.data.chat import Template
from llmstudio.data.documents import Documents
from llmstudio.data.labelled import Column, Columns, Example, Guess, Labelled, LabelledTask, RowFault
from llmstudio.data.preview import Balance, Lengths, Shown
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.data.tokenizers.load import load_folder

SHOWN_ROWS = 24
LEARNED_ROWS = 300  # from which the share of learned tokens is taken
JUDGED = ("classify", "multilabel", "regress")
OPTIONS = ("task", "label_separator", "template", "template_own", "train_on", "split", "seed", "balance", "on_fault")


@dataclass(frozen=True)
class Looked:
    """What the columns of a dataset seem to be; `error` says why it cannot be read."""

    dataset: str
    guess: Guess
    error: UserError | None = None

    @property
    def found(self) -> list[Column]:
        """Its columns with examples."""
        return self.guess.found


@dataclass(frozen=True)
class Question:
    """Everything that decides how a dataset is read; equal questions have one answer."""

    dataset: Path
    model: Path
    chat: str  # the model's own template as JSON, or ""
    columns: Columns
    options: tuple[tuple[str, Any], ...]

    @classmethod
    def of(cls, config: FinetuneConfig, dataset: Path, model: Path, template: Any) -> "Question":
        """The question that settings ask."""
        columns = Columns(**{role: getattr(config, f"{role}_column") for role in Columns.__dataclass_fields__})
        options = {name: getattr(config, name) for name in OPTIONS}
        options["split"] = propose_finetune.split_of(config)
        known = json.dumps(template, sort_keys=True) if template else ""
        return cls(dataset, model, known, _used(columns, config.task), tuple(options.items()))

    def get(self, name: str) -> Any:
        """An option."""
        return dict(self.options)[name]


def _used(columns: Columns, task: str) -> Columns:
    """Only the columns that the task reads."""
    if task in JUDGED:
        return Columns(text=columns.text, label=columns.label)
    if task == "continue":
        return Columns(text=columns.text)
    if columns.messages:
        return Columns(messages=columns.messages, system=columns.system)
    return Columns(instruction=columns.instruction, input=columns.input, answer=columns.answer, system=columns.system)


@dataclass(frozen=True)
class Reading:
    """What a dataset came to. Counts of rows; `error` says why it cannot be used, the rest is empty then.
    `blocker` is the first faulty row, where faulty rows were not to be left out.

    `tokens` are those of all training rows, each cut at what the model can read; `learned` the share that counts.
    """

    question: Question
    columns: Columns
    error: UserError | None = None
    total: int = 0
    good: int = 0
    blocker: UserError | None = None
    faults: tuple[RowFault, ...] = ()
    fault_count: int = 0
    balance: tuple[Balance, ...] = ()
    warnings: tuple[str, ...] = ()
    train: int = 0
    val: int = 0
    test: int = 0
    left_out: int = 0
    overlaps: tuple[tuple[int, int], ...] = ()
    tokens: int = 0
    lengths: Lengths = field(default_factory=Lengths)
    learned: float = 1.0
    outputs: int = 0
    shown: tuple[Shown, ...] = ()

    @property
    def longest(self) -> int:
        """Tokens of the longest row that the model can read."""
        return min(self.lengths.longest, self.lengths.limit) if self.lengths.limit else self.lengths.longest


def look(folder: Path) -> Looked:
    """What the columns of a dataset seem to be."""
    try:
        with closing(Documents(folder)) as documents:
            return Looked(folder.name, labelled.guess(documents))
    except UserError as error:
        return Looked(folder.name, Guess(Columns(), [], "classify"), error)


def read(question: Question, context: int, check: Callable[[], None] = lambda: None) -> Reading:
    """The answer to a question; `context` is how many tokens the model can read. Errors of the user are in it."""
    try:
        return _read(question, context, check)
    except UserError as error:
        return Reading(question, question.columns, error)


def _read(question: Question, context: int, check: Callable[[], None]) -> Reading:
    task: LabelledTask = question.get("task")
    tokenizer = load_folder(question.model)
    found, blocker = _load(question, task, check)
    parts = labelled_split.split(found, question.get("split"), question.get("seed"), _rule(question.get("balance")))
    template = template_for(question, tokenizer) if task == "instruct" else None
    lengths = preview.lengths(parts.train, task, tokenizer, template, limit=context, check=check)
    train_on = question.get("train_on")
    shown = [
        preview.show(row, task, tokenizer, template, limit=context, train_on=train_on)
        for row in parts.train[:SHOWN_ROWS]
    ]
    return Reading(
        question,
        found.columns if found.columns.record() else question.columns,
        total=found.total,
        good=len(found.rows),
        blocker=blocker,
        faults=tuple(found.faults),
        fault_count=found.fault_count,
        balance=tuple(preview.balance(found, parts)),
        warnings=(*_standing(found.warnings, question.get("balance")), *parts.warnings),
        train=len(parts.train),
        val=len(parts.val),
        test=len(parts.test),
        left_out=parts.left_out,
        overlaps=tuple(parts.overlaps),
        tokens=_tokens(lengths, len(parts.train)),
        lengths=lengths,
        learned=_learned(parts.train, task, tokenizer, template, train_on),
        outputs=_outputs(found),
        shown=tuple(shown),
    )


def _load(question: Question, task: LabelledTask, check: Callable[[], None]) -> tuple[Labelled, UserError | None]:
    """The table without its faulty rows, and the refusal where they were not to be left out."""
    separator, blocker = question.get("label_separator"), None
    with closing(Documents(question.dataset)) as documents:
        if question.get("on_fault") == "stop":
            try:
                return labelled.load(documents, task, question.columns, label_separator=separator, check=check), None
            except UserError as error:
                if error.field != "on_fault":
                    raise
                blocker = error
        found = labelled.load(
            documents, task, question.columns, label_separator=separator, on_fault="skip", check=check
        )
    return found, blocker


def _tokens(lengths: Lengths, rows: int) -> int:
    """Tokens of all rows, from those measured."""
    cut = [min(count, lengths.limit) if lengths.limit else count for count in lengths.counts]
    return max(1, round(sum(cut) * rows / max(1, len(cut))))


def _learned(
    rows: Sequence[Example], task: str, tokenizer: Tokenizer, template: Template | None, train_on: str
) -> float:
    """The share of tokens that is learned; a head learns from whole rows."""
    if task in JUDGED:
        return 1.0
    read = [preview.read(row, task, tokenizer, template, train_on) for row in rows[:LEARNED_ROWS]]
    return sum(sum(one.trained) for one in read) / max(1, sum(len(one.ids) for one in read))


def _standing(warnings: Sequence[str], balance: str) -> list[str]:
    """The warnings that still hold: where labels are balanced nobody needs to be told to balance them."""
    return [words for words in warnings if balance == "none" or not words.endswith(labelled_checks.BALANCE_THEM)]


def _rule(balance: str) -> str:
    return "undersample" if balance == "undersample" else "none"


def _outputs(found: Labelled) -> int:
    return {"classify": len(found.labels), "multilabel": len(found.labels), "regress": 1}.get(found.task, 0)


def template_for(question: Question, tokenizer: Tokenizer) -> Template:
    """The template of the settings: the model's own one, or Alpaca's, where it is left open."""
    name = question.get("template")
    if name == "auto":
        return chat.template_of(json.loads(question.chat) if question.chat else "alpaca", tokenizer)
    return chat.template_of(name, tokenizer, question.get("template_own"))
