"""A conversation as the chat page shows it: its turns with their tokens, and the list of chats by day.

Plain values without Qt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from llmstudio.base import units
from llmstudio.gui.tabs.playground.versions import Alternative, Token
from llmstudio.store.conversation import Conversation, Turn

MONTHS = (
    "January February March April May June July August September October November December"  # the same in every locale
)


@dataclass(frozen=True)
class Shown:
    """One turn of the transcript. `place` of `count`: which of the turns said in the same place it is."""

    id: str
    role: str
    text: str
    tokens: tuple[Token, ...] = ()
    place: int = 1
    count: int = 1
    model: str = ""
    amount: int = 0  # tokens written
    speed: float = 0.0
    reason: str = ""
    edited: bool = False
    live: bool = False

    @property
    def facts(self) -> str:
        """What is said below an answer."""
        words = []
        if self.amount:
            words.append(units.plural(self.amount, "token"))
        if self.speed and not self.live:
            words.append(f"{self.speed:,.0f} per second")
        if self.edited:
            words.append("edited by hand")
        if self.reason == "length" and not self.live:
            words.append("cut off at its length")
        if self.reason == "context" and not self.live:
            words.append("cut off: the context is full")
        return ", ".join(words) or ("Reading" if self.live else "")

    def places(self) -> list[tuple[int, int, Token]]:
        """Start and end (characters of `text`) of each token; blanks before the first word are not shown."""
        whole = "".join(token.text for token in self.tokens)
        skipped = len(whole) - len(whole.lstrip())
        found, at = [], -skipped
        for token in self.tokens:
            end = at + len(token.text)
            found.append((max(at, 0), min(max(end, 0), len(self.text)), token))
            at = end
        return found


def shown(talk: Conversation, tokens: Mapping[str, Sequence[Token]], live: str = "") -> tuple[Shown, ...]:
    """The branch looked at; `live` is the answer that is being written."""
    return tuple(_shown(talk, turn, tuple(tokens.get(turn.id, ())), turn.id == live) for turn in talk.path())


def _shown(talk: Conversation, turn: Turn, tokens: tuple[Token, ...], live: bool) -> Shown:
    beside = talk.siblings(turn.id)
    facts = turn.facts
    text = turn.text.strip() if turn.role == "assistant" else turn.text
    return Shown(
        turn.id,
        turn.role,
        text,
        tokens,
        next(at for at, one in enumerate(beside, start=1) if one.id == turn.id),
        len(beside),
        str(facts.get("model") or ""),
        len(tokens) if live else int(facts.get("tokens") or 0),
        float(facts.get("tokens_per_second") or 0),
        str(facts.get("reason") or ""),
        facts.get("edited") is True,
        live,
    )


def messages(talk: Conversation, leaf: str) -> list[dict[str, str]]:
    """What a model is asked to answer: the system prompt and the turns up to `leaf`."""
    found = [{"role": turn.role, "content": turn.text.strip()} for turn in talk.path(leaf)]
    return [{"role": "system", "content": talk.system}, *found] if talk.system else found


def pack(tokens: Sequence[Token]) -> list[list[Any]]:
    """Tokens as they are kept beside a conversation."""
    return [
        [
            one.id,
            one.text,
            _short(one.p),
            _short(one.p_raw),
            [[a.id, a.text, _short(a.p_raw), _short(a.p)] for a in one.top],
        ]
        for one in tokens
    ]


def _short(share: float) -> float:
    return float(f"{share:.5g}")


def unpack(rows: Any) -> tuple[Token, ...]:
    """Tokens that were kept; none where they cannot be read."""
    try:
        return tuple(
            Token(
                int(id_),
                str(text),
                float(p),
                float(raw),
                tuple(Alternative(int(a), str(b), float(c), float(d)) for a, b, c, d in top),
            )
            for id_, text, p, raw, top in rows
        )
    except (TypeError, ValueError):
        return ()


def grouped(chats: Sequence[Conversation], today: date) -> list[tuple[str, list[Conversation]]]:
    """The chats under the words for when they were last held, in their order."""
    found: list[tuple[str, list[Conversation]]] = []
    for talk in chats:
        words = _when(talk.updated, today)
        if not found or found[-1][0] != words:
            found.append((words, []))
        found[-1][1].append(talk)
    return found


def _when(moment: str, today: date) -> str:
    try:
        day = datetime.fromisoformat(moment).astimezone().date()
    except ValueError:
        return "Earlier"
    if day >= today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    if day > today - timedelta(days=7):
        return "This week"
    month = MONTHS.split()[day.month - 1]
    return month if day.year == today.year else f"{month} {day.year}"


def note(talk: Conversation) -> str:
    """What stands below a title in the list."""
    words = units.plural(len(talk.path()), "turn")
    return f"{words}, {talk.model_title}" if talk.model_title else words
