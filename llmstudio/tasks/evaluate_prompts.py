"""Questions to models without a head of their own: solved examples, then the row, and the words that could follow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from llmstudio.base.errors import UserError
from llmstudio.config.evaluate import EvaluateConfig, words_of
from llmstudio.data import chat, chat_trust
from llmstudio.data.chat import Template
from llmstudio.data.labelled import Example
from llmstudio.data.messages import Message
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.tasks.loading import Loaded

SHOTS, MOST_SHOTS = 8, 32
LONG_EXAMPLE = 600  # characters
Ids = list[int]


@dataclass(frozen=True)
class Asked:
    """One prompt for each row, and the ids of each label's word.

    `shots` is how many examples stand in the prompts, `left_out` how many more did not fit, `cut` how many rows had
    to be shortened, and `form` says how the prompt is written.
    """

    prompts: list[Ids]
    choices: list[Ids]
    words: list[str]
    shots: int
    left_out: int
    cut: int
    form: str


def template_for(loaded: Loaded, config: EvaluateConfig, default: str = "") -> Template | None:
    """The chat template to use: as asked, else the model's own, else `default`; None where there is none."""
    if config.template != "auto":
        return chat.template_of(config.template, loaded.tokenizer, config.template_own)
    own = chat_trust.of_manifest(loaded.kept.manifest)
    if own is not None:
        return chat.template_of(own, loaded.tokenizer)
    return chat.template_of(default, loaded.tokenizer) if default else None


def ask(
    loaded: Loaded, config: EvaluateConfig, labels: Sequence[str], rows: Sequence[Example], train: Sequence[Example]
) -> Asked:
    """Prompts and choices for a classification of `rows`, with examples from `train`."""
    known = words_of(config.label_words)
    words = [known.get(label, label).strip() for label in labels]
    by_label = dict(zip(labels, words, strict=True))
    template = template_for(loaded, config)
    writer = _Chat(loaded.tokenizer, template) if template else _Plain(loaded.tokenizer)
    writer.question = config.question or f"Say which label fits the text: {', '.join(words)}."
    choices = [writer.choice(word) for word in words]
    _refuse_alike(choices, words, loaded.kept.title)
    wanted = min(MOST_SHOTS, max(SHOTS, len(labels))) if config.shots is None else config.shots
    shown = [(example.text, by_label[example.labels[0]]) for example in examples(train, labels, wanted, config.seed)]
    block, there = loaded.model.config.block_size, len(shown)
    while shown and len(writer.prompt(shown, "")) > block // 2:
        shown.pop()
    room = block - max(map(len, choices))
    prompts, cut = [], 0
    for row in rows:
        ids, shortened = _fitted(writer, shown, row.text, room)
        prompts.append(ids)
        cut += shortened
    return Asked(prompts, choices, words, len(shown), there - len(shown), cut, writer.form)


def examples(train: Sequence[Example], labels: Sequence[str], wanted: int, seed: int) -> list[Example]:
    """Solved rows to show: each label in turn, drawn by a seed, in a mixed order; short ones where there are any."""
    chance = np.random.default_rng(seed)
    short = [example for example in train if len(example.text) <= LONG_EXAMPLE] or list(train)
    shuffled = [short[place] for place in chance.permutation(len(short)).tolist()]
    piles = [[example for example in shuffled if example.labels[:1] == (label,)] for label in labels]
    found: list[Example] = []
    while len(found) < wanted and any(piles):
        found += [pile.pop() for pile in piles if pile][: wanted - len(found)]
    return [found[place] for place in chance.permutation(len(found)).tolist()]


def _refuse_alike(choices: list[Ids], words: list[str], title: str) -> None:
    for place, choice in enumerate(choices):
        if not choice or choice in choices[:place]:
            message = (
                f"{title} cannot tell the label {words[place][:40]!r} from others: its tokenizer has no pieces for it."
            )
            raise UserError(message, "Give the labels other words, as pos=positive.", field="label_words")


def _fitted(writer: "_Writer", shown: list[tuple[str, str]], text: str, room: int) -> tuple[Ids, bool]:
    """The prompt of a row, its text shortened from the end until it fits."""
    ids = writer.prompt(shown, text)
    if len(ids) <= room:
        return ids, False
    pieces = writer.tokenizer.encode(text)
    keep = len(pieces)
    while len(ids) > room and keep:
        keep = max(0, keep - max(1, len(ids) - room))
        ids = writer.prompt(shown, writer.tokenizer.decode(pieces[:keep]))
    if len(ids) > room:
        raise UserError(
            f"Not even the question fits into the {room:,} tokens the model can read.",
            "Choose fewer examples, or a shorter question.",
            field="shots",
        )
    return ids, True


def begun(ids: Ids, tokenizer: Tokenizer) -> Ids:
    """Ids with the mark in front with which texts begin, where the model knows one."""
    begin = tokenizer.begin_id
    return ids if begin is None or ids[:1] == [begin] else [begin, *ids]


class _Writer:
    """How a prompt is written."""

    form = ""
    question = ""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer

    def prompt(self, shown: Sequence[tuple[str, str]], text: str) -> Ids:
        """The ids of examples (text, word), then the text, up to where the word begins."""
        raise NotImplementedError

    def choice(self, word: str) -> Ids:
        """The ids of a word as an answer."""
        raise NotImplementedError


class _Plain(_Writer):
    """For models that continue text."""

    form = "as plain text (Text: …, Label: …)"

    def prompt(self, shown: Sequence[tuple[str, str]], text: str) -> Ids:
        solved = "".join(f"Text: {one}\nLabel: {word}\n\n" for one, word in shown)
        return begun(self.tokenizer.encode(f"{self.question}\n\n{solved}Text: {text}\nLabel:"), self.tokenizer)

    def choice(self, word: str) -> Ids:
        head, whole = self.tokenizer.encode("Label:"), self.tokenizer.encode(f"Label: {word}")
        return whole[len(head) :] if whole[: len(head)] == head else self.tokenizer.encode(f" {word}")


class _Chat(_Writer):
    """For models that converse: each example is a question with its answer."""

    def __init__(self, tokenizer: Tokenizer, template: Template) -> None:
        super().__init__(tokenizer)
        self.template = template
        self.form = f"as a conversation ({template.kind})"
        self.ends = chat.ends(template, tokenizer)

    def prompt(self, shown: Sequence[tuple[str, str]], text: str) -> Ids:
        messages = [turn for one, word in shown for turn in (self._asked(one), Message("assistant", word))]
        segments = chat.render(self.template, [*messages, self._asked(text)], open_answer=True)
        return begun(chat.encode(segments, self.tokenizer).ids, self.tokenizer)

    def _asked(self, text: str) -> Message:
        return Message("user", self.question, text)

    def choice(self, word: str) -> Ids:
        whole = chat.encode(chat.render(self.template, [self._asked("a"), Message("assistant", word)]), self.tokenizer)
        found = [token for token, trained in zip(whole.ids, whole.trained, strict=True) if trained]
        while found and found[-1] in self.ends:
            found.pop()
        return found
