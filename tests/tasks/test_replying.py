"""Messages in their order, and what a reply counts."""

from collections.abc import Iterator
from typing import Any

from llmstudio.tasks.replying import Inbox, Reply


class Owner:
    """A context whose owner sends what the test laid out: first, and while something is written."""

    def __init__(self, first: list[dict[str, Any]], meanwhile: list[dict[str, Any]]) -> None:
        self.first, self.meanwhile = first, meanwhile

    def messages(self, block: bool = True) -> Iterator[dict[str, Any]]:
        waiting = self.first if block else self.meanwhile
        while waiting:
            yield waiting.pop(0)


def test_what_comes_meanwhile_waits_and_stop_does_not() -> None:
    owner: Any = Owner([{"op": "a"}, {"op": "d"}], [{"op": "b"}, {"op": "stop"}, {"op": "c"}])
    inbox, seen, stops = Inbox(owner), [], []
    for message in inbox.messages():
        seen.append(message["op"])
        stops.append(inbox.stopped())
    assert seen == ["a", "b", "c", "d"]
    assert stops == [True, False, False, False]


def test_a_reply_knows_its_whole_text_and_rate() -> None:
    reply = Reply(1, tokens=50, text=["Hel", "lo"])
    reply.began -= 2.0
    assert reply.whole == "Hello"
    assert 20 < reply.rate() <= 25
