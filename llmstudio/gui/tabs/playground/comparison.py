"""Two answers to one question: which of their words differ, and how a comparison is written to a file.

Plain values without Qt.
"""

import difflib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from llmstudio.gui.tabs.playground.versions import Token

Spans = tuple[tuple[int, int], ...]
WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
MOST_WORDS = 4000  # compared word by word


@dataclass(frozen=True)
class Reply:
    """One side's answer so far."""

    tokens: tuple[Token, ...] = ()
    speed: float = 0.0
    reason: str = ""  # "" while it is written
    error: str = ""

    @property
    def text(self) -> str:
        """What is shown."""
        return "".join(token.text for token in self.tokens).strip()

    @property
    def done(self) -> bool:
        """Whether nothing more comes."""
        return bool(self.reason)


@dataclass(frozen=True)
class Round:
    """A question, the seed both models drew with, and their answers."""

    prompt: str
    seed: int
    models: tuple[str, str]
    replies: tuple[Reply, Reply] = (Reply(), Reply())

    @property
    def done(self) -> bool:
        """Whether both answers are whole."""
        return all(reply.done for reply in self.replies)


def differences(one: str, two: str) -> tuple[Spans, Spans]:
    """Where each text has words (or signs) that the other does not have in that place: start and end in characters."""
    left, right = ([(found[0], *found.span()) for found in WORD.finditer(text)] for text in (one, two))
    if max(len(left), len(right)) > MOST_WORDS:
        return (), ()
    matcher = difflib.SequenceMatcher(None, [word for word, *_ in left], [word for word, *_ in right], autojunk=False)
    spans: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            for side, words in ((spans[0], left[a:b]), (spans[1], right[c:d])):
                if words:
                    side.append((words[0][1], words[-1][2]))
    return tuple(spans[0]), tuple(spans[1])


def sentence(one: str, two: str) -> str:
    """How much two answers differ, in words."""
    if one == two:
        return "Both answers are the same, letter for letter."
    texts, found = (one, two), differences(one, two)
    apart = [sum(_words(text[a:b]) for a, b in spans) for text, spans in zip(texts, found, strict=True)]
    left, right = (f"{count:,} of {_words(text):,}" for count, text in zip(apart, texts, strict=True))
    return f"{left} words on the left and {right} on the right differ."


def _words(text: str) -> int:
    return sum(word[0].isalnum() for word in WORD.findall(text))


def markdown(rounds: Sequence[Round]) -> str:
    """Each question with both answers below it."""
    parts = ["# Two models on one prompt"]
    for one in rounds:
        parts.append(f"## {' '.join(one.prompt.split())}\n\nSeed {one.seed}")
        for title, reply in zip(one.models, one.replies, strict=True):
            parts.append(f"**{title}** ({len(reply.tokens)} tokens)\n\n{reply.text}")
    return "\n\n".join(parts) + "\n"


def jsonl(rounds: Sequence[Round]) -> str:
    """One question a line, with both answers."""
    records = (
        {
            "prompt": one.prompt,
            "seed": one.seed,
            "answers": [
                {"model": title, "text": reply.text, "tokens": len(reply.tokens), "reason": reply.reason}
                for title, reply in zip(one.models, one.replies, strict=True)
            ],
        }
        for one in rounds
    )
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
