"""A conversation as a tree of turns: nothing said is ever lost, an edit or another answer grows a branch beside it.

Plain values; every change gives a new conversation. It knows neither disks nor models.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

Role = Literal["user", "assistant"]
TITLE = 40  # characters of a title made from the first words
UNTITLED = "New chat"


@dataclass(frozen=True)
class Turn:
    """What one side said. `facts` of an answer: model, tokens, tokens_per_second, seed, reason, edited."""

    id: str
    parent: str  # "" where nothing was said before
    role: Role
    text: str
    created: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Conversation:
    """All turns in the order they were begun, and `leaf`: the last turn of the branch that is looked at."""

    id: str
    title: str
    created: str
    updated: str
    system: str = ""
    model: str = ""  # id of the model it was last held with
    model_title: str = ""
    template: str = ""  # "" = the model's own
    named: bool = False  # whether a person chose the title
    leaf: str = ""
    turns: tuple[Turn, ...] = ()

    def turn(self, name: str) -> Turn | None:
        """The turn with this id."""
        return next((turn for turn in self.turns if turn.id == name), None)

    def path(self, leaf: str | None = None) -> tuple[Turn, ...]:
        """The turns from the first to `leaf` (the branch looked at unless told otherwise)."""
        known = {turn.id: turn for turn in self.turns}
        found: list[Turn] = []
        turn = known.get(self.leaf if leaf is None else leaf)
        while turn is not None:
            found.append(turn)
            turn = known.get(turn.parent)
        return tuple(reversed(found))

    def siblings(self, name: str) -> tuple[Turn, ...]:
        """The turns that were said in the same place, this one among them."""
        turn = self.turn(name)
        return tuple(one for one in self.turns if turn is not None and one.parent == turn.parent)

    def leaves(self) -> tuple[str, ...]:
        """The ends of all branches, in the order of their last turns."""
        parents = {turn.parent for turn in self.turns}
        return tuple(turn.id for turn in self.turns if turn.id not in parents)

    def leaf_below(self, name: str) -> str:
        """The end of the newest branch that goes through a turn."""
        at = name
        while below := [turn.id for turn in self.turns if turn.parent == at]:
            at = below[-1]
        return at


def now() -> str:
    """The present moment as it is kept: fine enough that two savings in one millisecond keep their order."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def begun(*, system: str = "", model: str = "", model_title: str = "") -> Conversation:
    """A conversation in which nothing was said yet."""
    moment = now()
    name = f"{moment[:10]}-{secrets.token_hex(6)}"
    return Conversation(name, UNTITLED, moment, moment, system, model, model_title)


def said(
    talk: Conversation, role: Role, text: str, *, parent: str | None = None, facts: Mapping[str, Any] | None = None
) -> Conversation:
    """With one turn more, below the branch looked at or below `parent`; that branch is looked at then."""
    below = talk.leaf if parent is None else parent
    moment = now()
    turn = Turn(secrets.token_hex(6), below, role, text, moment, dict(facts or {}))
    title = talk.title
    if not talk.named and not talk.turns and role == "user":
        title = title_of(text)
    return replace(talk, turns=(*talk.turns, turn), leaf=turn.id, title=title, updated=moment)


def beside(
    talk: Conversation, name: str, text: str, *, role: Role | None = None, facts: Mapping[str, Any] | None = None
) -> Conversation:
    """With another turn in the place of one that stays: an edit, or another answer."""
    turn = talk.turn(name)
    if turn is None:
        return talk
    return said(talk, role or turn.role, text, parent=turn.parent, facts=facts)


def changed(talk: Conversation, name: str, text: str, facts: Mapping[str, Any]) -> Conversation:
    """With a turn that grew while it was written."""
    turns = tuple(
        replace(turn, text=text, facts={**turn.facts, **facts}) if turn.id == name else turn for turn in talk.turns
    )
    return replace(talk, turns=turns, updated=now())


def without(talk: Conversation, name: str) -> Conversation:
    """Without a turn nobody answered: an answer that never came. Its parent is looked at again."""
    turn = talk.turn(name)
    if turn is None or any(one.parent == name for one in talk.turns):
        return talk
    kept = tuple(one for one in talk.turns if one.id != name)
    return replace(talk, turns=kept, leaf=turn.parent if talk.leaf == name else talk.leaf)


def looking_at(talk: Conversation, name: str) -> Conversation:
    """With another branch looked at: the newest one through a turn."""
    return replace(talk, leaf=talk.leaf_below(name)) if talk.turn(name) is not None else talk


def cut_at(talk: Conversation, name: str) -> Conversation:
    """With a turn as the end of what is looked at: the next word begins a branch there."""
    return replace(talk, leaf=name) if talk.turn(name) is not None else talk


def title_of(text: str) -> str:
    """The first words of a text, as a title."""
    words = " ".join(text.split())
    if len(words) <= TITLE:
        return words or UNTITLED
    cut = words[: TITLE + 1].rpartition(" ")[0] or words[:TITLE]
    return cut.rstrip(",;:.-") + "…"


def to_record(talk: Conversation) -> dict[str, Any]:
    """As JSON can hold it."""
    plain = ("id", "title", "created", "updated", "system", "model", "model_title", "template", "named", "leaf")
    turns = [
        {
            "id": turn.id,
            "parent": turn.parent,
            "role": turn.role,
            "text": turn.text,
            "created": turn.created,
            **({"facts": dict(turn.facts)} if turn.facts else {}),
        }
        for turn in talk.turns
    ]
    return {"version": 1, **{name: getattr(talk, name) for name in plain}, "turns": turns}


def from_record(record: Any, name: str) -> Conversation:
    """What a file holds; ValueError where it is no conversation. `name` is the id it has by its place."""
    if not isinstance(record, dict) or not isinstance(record.get("turns"), list):
        raise ValueError("it is no conversation")
    turns: list[Turn] = []
    known = {""}
    for entry in record["turns"]:
        turn = _turn(entry)
        if turn.parent not in known or turn.id in known:
            raise ValueError("its turns do not hang together")
        known.add(turn.id)
        turns.append(turn)
    words = {key: str(record.get(key) or "") for key in ("created", "updated", "system", "model", "model_title")}
    leaf = str(record.get("leaf") or "")
    return Conversation(
        id=name,
        title=str(record.get("title") or UNTITLED),
        template=str(record.get("template") or ""),
        named=record.get("named") is True,
        leaf=leaf if leaf in known else (turns[-1].id if turns else ""),
        turns=tuple(turns),
        **words,
    )


def _turn(entry: Any) -> Turn:
    if not isinstance(entry, dict) or entry.get("role") not in ("user", "assistant"):
        raise ValueError("its turns cannot be read")
    name, parent, text = entry.get("id"), entry.get("parent"), entry.get("text")
    if not (isinstance(name, str) and name and isinstance(parent, str) and isinstance(text, str)):
        raise ValueError("its turns cannot be read")
    facts = entry.get("facts")
    return Turn(
        name, parent, entry["role"], text, str(entry.get("created") or ""), facts if isinstance(facts, dict) else {}
    )
