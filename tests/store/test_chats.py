"""Conversations on disk: listed, found, renamed, trashed and taken back; damage never breaks the list."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.store import chats, conversation, trashcan
from llmstudio.store.chats import Shelf
from llmstudio.store.conversation import Conversation
from llmstudio.store.workspace import Workspace


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    workspace = Workspace.open(tmp_path / "ws")
    yield Shelf(workspace)
    workspace.close()


def keep(shelf: Shelf, *texts: str, updated: str = "") -> Conversation:
    talk = conversation.begun(system="Be brief")
    for at, text in enumerate(texts):
        talk = conversation.said(talk, "assistant" if at % 2 else "user", text)
    if updated:
        talk = conversation.from_record({**conversation.to_record(talk), "updated": updated}, talk.id)
    shelf.save(talk)
    return talk


def test_what_is_kept_is_found_the_newest_first(shelf: Shelf) -> None:
    old = keep(shelf, "Why has the bell been silent?", "The rope went.", updated="2026-01-01T00:00:00+00:00")
    new = keep(shelf, "Riddles for a goat", updated="2026-02-01T00:00:00+00:00")
    assert [talk.id for talk in shelf.look().chats] == [new.id, old.id]
    assert shelf.look().chats[1] == old
    assert Shelf(shelf.workspace).look().chats[1] == old


def test_words_are_found_in_titles_turns_and_system_prompts(shelf: Shelf) -> None:
    bell = keep(shelf, "Why has the bell been silent?", "The ROPE went with the ferry.")
    goat = keep(shelf, "Riddles for a goat")
    both = shelf.look().chats
    assert [talk.id for talk in chats.search(both, "rope bell")] == [bell.id]
    assert [talk.id for talk in chats.search(both, "goat")] == [goat.id]
    assert len(chats.search(both, "brief")) == len(chats.search(both, "  ")) == 2
    assert chats.search(both, "lighthouse") == ()


def test_damaged_files_are_named_and_the_others_stay(shelf: Shelf) -> None:
    good = keep(shelf, "Hello")
    for name, content in (("torn", b'{"turns": ['), ("odd", b"[]"), ("bytes", b"\xff\xfe\x00")):
        folder = shelf.workspace.chats / name
        folder.mkdir()
        (folder / chats.FILE).write_bytes(content)
    (shelf.workspace.chats / "stray.txt").write_text("no folder", encoding="utf-8")
    (shelf.workspace.chats / "empty").mkdir()
    found = shelf.look()
    assert [talk.id for talk in found.chats] == [good.id]
    assert sorted(one.path.parent.name for one in found.damaged) == ["bytes", "odd", "torn"]
    assert all(one.reason for one in found.damaged)


def test_a_conversation_of_absurd_size_is_not_read(shelf: Shelf) -> None:
    folder = shelf.workspace.chats / "huge"
    folder.mkdir()
    with (folder / chats.FILE).open("wb") as file:
        os.truncate(file.fileno(), chats.LARGEST + 1)
    assert "too large" in shelf.look().damaged[0].reason


def test_only_what_changed_is_read_again(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = keep(shelf, "Hello")
    keep(shelf, "Another")
    shelf.look()
    read: list[Path] = []
    before = chats._read

    def noting(path: Path, size: int) -> Conversation | chats.Damaged:
        read.append(path)
        return before(path, size)

    monkeypatch.setattr(chats, "_read", noting)
    shelf.look()
    assert read == []
    shelf.save(conversation.said(talk, "assistant", "Good day to you"))
    assert shelf.look().chats[0].path()[-1].text == "Good day to you"
    assert [path.parent.name for path in read] == [talk.id]


def test_a_title_that_was_chosen_stays(shelf: Shelf) -> None:
    talk = shelf.rename(keep(shelf, "Hello"), "  A bell\nfor Pell ")
    assert shelf.look().chats[0].title == "A bell for Pell"
    assert conversation.said(talk, "user", "More").title == "A bell for Pell"
    with pytest.raises(UserError, match="empty"):
        shelf.rename(talk, " ")


def test_the_trash_gives_it_back(shelf: Shelf) -> None:
    talk = keep(shelf, "Hello")
    shelf.save_tokens(talk, talk.leaf, [[1, "Hello", 0.5, 0.4, []]])
    token = shelf.trash(talk)
    assert shelf.look().chats == ()
    assert trashcan.contents(shelf.workspace)[0].kind == "chat"
    shelf.restore(token)
    assert shelf.look().chats == (talk,)
    assert shelf.tokens(talk) == {talk.leaf: [[1, "Hello", 0.5, 0.4, []]]}


def test_torn_tokens_are_left_out(shelf: Shelf) -> None:
    talk = keep(shelf, "Hello")
    shelf.save_tokens(talk, "a", [[1, "x", 1.0, 1.0, []]])
    path = shelf.workspace.chats / talk.id / chats.TOKENS
    path.write_bytes(path.read_bytes() + b'{"turn": 5}\n{"turn": "b", "tok')
    assert list(shelf.tokens(talk)) == ["a"]


def test_an_id_from_elsewhere_cannot_leave_the_folder(shelf: Shelf) -> None:
    talk = conversation.from_record(conversation.to_record(keep(shelf, "Hello")), "../../outside")
    with pytest.raises(UserError):
        shelf.save(talk)
