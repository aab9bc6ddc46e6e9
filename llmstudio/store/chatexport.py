"""A conversation as a file for others: Markdown to read, JSON lines to train on."""

import json
from typing import Any

from llmstudio.store.conversation import Conversation, Turn


def markdown(talk: Conversation) -> str:
    """The branch looked at: a heading, who said what, and what wrote each answer."""
    parts = [f"# {_line(talk.title)}"]
    if talk.system:
        parts.append(f"**System**\n\n{talk.system}")
    parts += [f"**{_who(turn)}**\n\n{turn.text}{_facts(turn)}" for turn in talk.path()]
    return "\n\n".join(parts) + "\n"


def jsonl(talk: Conversation) -> str:
    """One line for each branch with an answer: its messages, as instruction tuning reads them."""
    answered = [leaf for leaf in talk.leaves() if any(turn.role == "assistant" for turn in talk.path(leaf))]
    return "".join(json.dumps(_branch(talk, leaf), ensure_ascii=False) + "\n" for leaf in answered)


def _branch(talk: Conversation, leaf: str) -> dict[str, Any]:
    turns = talk.path(leaf)
    messages = [{"role": turn.role, "content": turn.text} for turn in turns]
    if talk.system:
        messages.insert(0, {"role": "system", "content": talk.system})
    models = list(dict.fromkeys(str(turn.facts["model"]) for turn in turns if turn.facts.get("model")))
    return {"title": talk.title, "created": talk.created, "models": models, "messages": messages}


def _who(turn: Turn) -> str:
    return "You" if turn.role == "user" else _line(str(turn.facts.get("model") or "Answer"))


def _facts(turn: Turn) -> str:
    words = []
    if turn.facts.get("tokens"):
        words.append(f"{turn.facts['tokens']} tokens")
    if turn.facts.get("seed") is not None:
        words.append(f"seed {turn.facts['seed']}")
    if turn.facts.get("edited"):
        words.append("edited by hand")
    return f"\n\n*{', '.join(words)}*" if words else ""


def _line(words: str) -> str:
    return " ".join(words.split())
