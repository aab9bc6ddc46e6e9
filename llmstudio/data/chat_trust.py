"""Whether a chat template that came with a model may be used, and which built-in one stands in for it until then.

A Jinja template is a stranger's program: it can put words into every talk. It stays off until a person accepted this
very text, which the manifest's `chat` records as its sha256 under `accepted`. `stand_in` there names the nearest
built-in template; with `same` it writes just what the model's own one writes, and nobody needs to be asked.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

Facts = Mapping[str, Any]
NAMES = {"chatml": "ChatML", "llama3": "Llama 3", "alpaca": "Alpaca", "plain": "plain text"}
_MARKS = {"<|im_start|>": "chatml", "<|start_header_id|>": "llama3", "### Instruction": "alpaca"}


def of_manifest(manifest: Facts) -> dict[str, Any] | None:
    """How conversations are written for a kept model; None for one that only completes text.

    What was fine-tuned here before acceptance was recorded has learned its template, so it keeps it.
    """
    chat = manifest.get("chat")
    if not isinstance(chat, dict) or not chat.get("template"):
        return None
    learned = manifest.get("base") and "accepted" not in chat and "stand_in" not in chat
    return accept(chat) if is_foreign(chat) and learned else chat


def is_foreign(chat: Facts) -> bool:
    """Whether it is a program that came with a model."""
    return chat.get("template") == "jinja"


def is_accepted(chat: Facts) -> bool:
    """Whether a person accepted the very text of a foreign template."""
    return is_foreign(chat) and chat.get("accepted") == _hash(chat)


def is_off(chat: Facts) -> bool:
    """Whether a foreign template waits for a person: it is not accepted and no built-in one writes the same."""
    return is_foreign(chat) and not is_accepted(chat) and not stand_in(chat).get("same")


def accept(chat: Facts) -> dict[str, Any]:
    """The facts with the template accepted."""
    return {**chat, "accepted": _hash(chat)}


def turn_off(chat: Facts) -> dict[str, Any]:
    """The facts with the template not accepted (any more)."""
    return {**chat, "accepted": ""}


def decided(manifest: Facts, *, use: bool) -> dict[str, Any]:
    """A model's manifest with its foreign template accepted or turned off."""
    chat = manifest.get("chat")
    if not isinstance(chat, dict) or not is_foreign(chat):
        return dict(manifest)
    return {**manifest, "chat": accept(chat) if use else turn_off(chat)}


def stand_in(chat: Facts) -> dict[str, Any]:
    """The built-in template used instead of a foreign one: `template`, `system` (a default) and `same`."""
    told = chat.get("stand_in")
    known = isinstance(told, dict) and told.get("template") in NAMES
    return dict(told) if isinstance(told, dict) and known else {"template": nearest(str(chat.get("source") or ""))}


def nearest(source: str, specials: Sequence[str] | None = None) -> str:
    """The built-in template that looks most like a foreign one, by the marks around its turns.

    A mark that `specials` (if given) lacks means nothing to the model.
    """
    for mark, kind in _MARKS.items():
        if mark in source and (specials is None or kind == "alpaca" or mark in specials):
            return kind
    return "plain"


def in_use(chat: Facts) -> dict[str, Any]:
    """The facts of the template that conversations are written with now."""
    if not is_foreign(chat) or is_accepted(chat):
        return dict(chat)
    return {**stand_in(chat), "end": chat.get("end") or ()}


def name(chat: Facts) -> str:
    """What the template in use is called, for people."""
    return NAMES.get(str(in_use(chat).get("template")), "its own")


def _hash(chat: Facts) -> str:
    return hashlib.sha256(str(chat.get("source") or "").encode("utf-8", "replace")).hexdigest()
