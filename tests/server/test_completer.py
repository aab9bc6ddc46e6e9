"""What every completer promises, shown on the one that the server's tests use."""

import queue
from collections.abc import Iterator

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config.sampling import SamplingConfig
from llmstudio.data.messages import Message
from llmstudio.server.completer import Begun, Completer, Done, Failed, More, Piece, Wanted
from tests.server.parrot import Parrot


@pytest.fixture
def parrot() -> Iterator[Parrot]:
    made = Parrot(beat=0)
    yield made
    made.close()


def heard(completer: Completer, wanted: Wanted) -> list[Piece]:
    pieces: queue.SimpleQueue[Piece] = queue.SimpleQueue()
    completer.submit(wanted, pieces.put)
    found = [pieces.get(timeout=20)]
    while not isinstance(found[-1], Done | Failed):
        found.append(pieces.get(timeout=20))
    return found


def test_an_answer_begins_goes_on_and_is_done_once(parrot: Parrot) -> None:
    pieces = heard(parrot, Wanted(SamplingConfig(temperature=0, max_tokens=3), text="say it"))
    assert pieces[0] == Begun(2)
    assert "".join(piece.text for piece in pieces if isinstance(piece, More)) == " the quick brown"
    assert pieces[-1] == Done("length", 3)


def test_nothing_from_a_stop_string_on_is_told(parrot: Parrot) -> None:
    pieces = heard(parrot, Wanted(SamplingConfig(temperature=0, stop=("row",)), text="say"))
    assert "".join(piece.text for piece in pieces if isinstance(piece, More)) == " the quick b"
    assert pieces[-1] == Done("stop", 3)


def test_a_prompt_that_is_too_long_fails_in_words(parrot: Parrot) -> None:
    talk = (Message("user", "word " * 300),)
    (piece,) = heard(parrot, Wanted(SamplingConfig(), messages=talk))
    assert isinstance(piece, Failed)
    assert isinstance(piece.error, UserError)


def test_a_cancelled_answer_is_done_soon_and_so_is_one_after_the_end(parrot: Parrot) -> None:
    pieces: queue.SimpleQueue[Piece] = queue.SimpleQueue()
    ticket = parrot.submit(Wanted(SamplingConfig(max_tokens=100_000), text="endless"), pieces.put)
    ticket.cancel()
    found = [pieces.get(timeout=20)]
    while not isinstance(found[-1], Done):
        found.append(pieces.get(timeout=20))
    ticket.cancel()
    assert found[-1].reason == "cancelled"
    parrot.close()
    assert isinstance(heard(parrot, Wanted(SamplingConfig(), text="late"))[-1], Failed)
