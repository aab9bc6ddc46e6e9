"""Kept conversations: a folder for each in `chats/`, found by words, renamed, put into the trash, and taken back.

`chat.json` holds the turns; `tokens.jsonl` holds, for each answer, what else could have been said at each token.
A file that cannot be read is named and never hides the others.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from llmstudio.base import files, jsonl
from llmstudio.base.disk import DISK
from llmstudio.base.errors import UserError
from llmstudio.store import conversation, trashcan
from llmstudio.store.conversation import Conversation
from llmstudio.store.workspace import Workspace

FILE = "chat.json"
TOKENS = "tokens.jsonl"
LARGEST = 64_000_000  # bytes of a conversation that are read


@dataclass(frozen=True)
class Damaged:
    """A conversation that cannot be read."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Found:
    """What lies in the workspace: conversations, the newest first, and those that cannot be read."""

    chats: tuple[Conversation, ...] = ()
    damaged: tuple[Damaged, ...] = ()


@dataclass
class Shelf:
    """The conversations of a workspace."""

    workspace: Workspace

    def look(self) -> Found:
        """All conversations there are now."""
        folders: list[str] = []
        with suppress(OSError), os.scandir(self.workspace.chats) as entries:
            folders = sorted(entry.path for entry in entries if entry.is_dir())
        read = [one for folder in folders if (one := _look(folder)) is not None]
        chats = [one for one in read if isinstance(one, Conversation)]
        damaged = [one for one in read if isinstance(one, Damaged)]
        return Found(tuple(sorted(chats, key=lambda talk: talk.updated, reverse=True)), tuple(damaged))

    def save(self, talk: Conversation) -> None:
        """Keep a conversation as it is now."""
        folder = self._folder(talk.id)
        with files.disk_faults(folder):
            DISK.mkdir(folder)
        files.write_json(folder / FILE, conversation.to_record(talk))

    def save_tokens(self, talk: Conversation, turn: str, tokens: Sequence[Sequence[Any]]) -> None:
        """Keep the tokens of an answer beside the conversation, which must be kept already."""
        folder = self._folder(talk.id)
        with files.disk_faults(folder):
            jsonl.append(folder / TOKENS, {"turn": turn, "tokens": [list(one) for one in tokens]})

    def tokens(self, talk: Conversation) -> dict[str, list[Any]]:
        """The tokens of each answer that has them; what cannot be read is left out."""
        found: dict[str, list[Any]] = {}
        for record in jsonl.read(self._folder(talk.id) / TOKENS):
            if isinstance(record.get("turn"), str) and isinstance(record.get("tokens"), list):
                found[record["turn"]] = record["tokens"]
        return found

    def rename(self, talk: Conversation, title: str) -> Conversation:
        """Give a conversation another title. Raises `UserError` for a title that cannot be one."""
        words = " ".join(title.split())
        if not words:
            raise UserError("The title is empty.", "Write a few words.", field="title")
        renamed = replace(talk, title=words[:200], named=True)
        self.save(renamed)
        return renamed

    def trash(self, talk: Conversation) -> str:
        """Move a conversation into the trash; returns the token that `restore` takes."""
        return trashcan.put(self.workspace, self._folder(talk.id), "chat", talk.title)

    def restore(self, token: str) -> None:
        """Take a conversation back out of the trash."""
        trashcan.take_back(self.workspace, token)

    def _folder(self, name: str) -> Path:
        return files.safe_join(self.workspace.chats, name)


def search(chats: Sequence[Conversation], words: str) -> tuple[Conversation, ...]:
    """The conversations in whose title, system prompt or turns every word occurs."""
    wanted = words.casefold().split()
    if not wanted:
        return tuple(chats)
    return tuple(talk for talk in chats if _holds(talk, wanted))


def _holds(talk: Conversation, wanted: Sequence[str]) -> bool:
    text = "\n".join((talk.title, talk.system, *(turn.text for turn in talk.turns))).casefold()
    return all(word in text for word in wanted)


def _look(folder: str) -> Conversation | Damaged | None:
    """What is kept in a folder; None where there is nothing, or nothing any more."""
    path = f"{folder}{os.sep}{FILE}"
    try:
        facts = os.stat(path)  # noqa: PTH116 - a Path for each takes twice as long
    except OSError:
        return None
    return _known(path, facts.st_ino, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=8192)  # of all shelves together: a conversation is read again only when it was written anew
def _known(path: str, _inode: int, _written: int, size: int) -> Conversation | Damaged:
    return _read(Path(path), size)


def _read(path: Path, size: int) -> Conversation | Damaged:
    if size > LARGEST:
        return Damaged(path, "it is too large to be a conversation")
    try:
        return conversation.from_record(files.read_json(path), path.parent.name)
    except (UserError, ValueError, OSError) as error:
        return Damaged(path, error.message if isinstance(error, UserError) else str(error))
