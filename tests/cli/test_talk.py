"""An interactive talk: lines in, answers out."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llmstudio.cli.talk import Talk
from llmstudio.store.chats import Shelf
from llmstudio.store.workspace import Workspace
from tests.cli.conftest import Said, Terminal

Typed = Callable[..., Said]
pytestmark = pytest.mark.usefixtures("chatty")


@pytest.fixture
def typed(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """`typed("a", "/exit")` talks with Chatty by these lines."""

    def run(*lines: str, options: tuple[str, ...] = ()) -> Said:
        waiting: Iterator[str] = iter(lines)

        def read(_prompt: str = "") -> str:
            line = next(waiting, None)
            if line is None:
                raise EOFError
            return line

        monkeypatch.setattr("builtins.input", read)
        flags = ("--max-tokens", "3", "--seed", "1", "--threads", "1", *options)
        return terminal("chat", "Chatty", *flags, as_json=False)

    return run


def test_each_line_is_answered_until_the_end_of_the_input(typed: Typed) -> None:
    said = typed("a", "", "b")
    assert said.status == 0, said.err
    assert "Chatty listens" in said.err
    assert said.out.count("\n") >= 2


def test_exit_ends_and_nothing_after_it_is_read(typed: Typed) -> None:
    said = typed("/exit", "a")
    assert said.out == ""


def test_commands_are_told_and_done(typed: Typed, tmp_path: Path) -> None:
    kept = tmp_path / "talk.md"
    lines = ("/help", "/nonsense", "/system Be", "/system", "/again", "/undo", "/save", "/keep", "/reset")
    said = typed(
        *lines, "c", "/again", f"/save {kept}", f"/save {tmp_path / 'x' / 'y.md'}", f"/save {tmp_path}/t.jsonl"
    )
    for words in ("/reset", "no command /nonsense", "System prompt: Be", "Nothing was said yet", "The file is missing"):
        assert words in said.err
    assert kept.read_text(encoding="utf-8").startswith("# c\n\n**System**\n\nBe\n\n**You**\n\nc")
    assert (tmp_path / "t.jsonl").read_text(encoding="utf-8").count("\n") == 2, "both answers are branches"
    assert "Choose another" in said.err or "no folder" in said.err or "cannot be" in said.err


def test_a_talk_is_kept_for_the_playground(typed: Typed, workspace: Path) -> None:
    said = typed("the fox", "/keep", "/undo")
    assert "Kept as “the fox”" in said.err
    ws = Workspace.open(workspace)
    assert [talk.title for talk in Shelf(ws).look().chats] == ["the fox"]
    assert "Taken back: the fox" in said.err


def test_a_question_that_does_not_fit_is_told_and_forgotten(typed: Typed) -> None:
    said = typed("x" * 200, "/keep")
    assert "reads 96 at once" in said.err
    assert "Nothing was said yet" in said.err


def test_a_line_goes_on_after_a_backslash(typed: Typed, tmp_path: Path) -> None:
    typed("a\\", "b", f"/save {tmp_path / 't.md'}")
    assert "**You**\n\na\nb" in (tmp_path / "t.md").read_text(encoding="utf-8")


def test_ctrl_c_stops_the_answer_and_not_the_talk(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    wait, pressed = Talk._wait_for, list[int]()

    def interrupted(self: Talk, *ops: str) -> dict[str, object]:
        message = wait(self, *ops)
        if "tokens" in ops and message["op"] == "tokens" and not pressed:
            pressed.append(1)
            signal.raise_signal(signal.SIGINT)
        return message

    monkeypatch.setattr(Talk, "_wait_for", interrupted)
    said = typed("a", "/keep", options=("--template", "plain"))
    assert said.status == 0
    assert pressed
