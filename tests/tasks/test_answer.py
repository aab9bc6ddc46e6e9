"""One answer on its way: what is told when, and that exactly one last word comes."""

from typing import Any

import pytest

from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine.batchrow import Order, Row, Written
from llmstudio.server.completer import Begun, Done, Drawn, Failed, Likely, More, Piece
from llmstudio.tasks import answer
from llmstudio.tasks.answer import Answer


def data(token: int) -> bytes:
    return b"<%d>" % token


def row(reused: int = 0) -> Row:
    return Row(Order((1, 2, 3), SamplingConfig(seed=1)), data, 10, reused=reused)


def told(**values: Any) -> tuple[Answer, list[Piece]]:
    pieces: list[Piece] = []
    return Answer(values.pop("sink", pieces.append), values.pop("wake", lambda: None), data), pieces


def test_tokens_that_come_fast_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(answer.time, "monotonic", lambda: clock[0])
    one, pieces = told()
    one.add(row(reused=2), Written(5, "a", -0.5, ((5, -0.5), (6, -1.0))))
    one.add(row(), Written(6, "b"))
    one.add(row(), Written(7, "c"))
    clock[0] += 1
    one.add(row(), Written(8, "d"))
    one.add(row(), Written(9, "e", end="stop"))
    drawn = Drawn(5, b"<5>", -0.5, (Likely(5, b"<5>", -0.5), Likely(6, b"<6>", -1.0)))
    assert pieces == [
        Begun(3, 2),
        More("a", (drawn,)),
        More("bcd", (Drawn(6, b"<6>"), Drawn(7, b"<7>"), Drawn(8, b"<8>"))),
        More("e", (Drawn(9, b"<9>"),)),
        Done("stop", 5),
    ]


def test_the_last_word_comes_once() -> None:
    one, pieces = told()
    one.add(row(), Written(5, "a", end="length"))
    one.stop()
    one.end(Failed(ValueError()))
    assert pieces[-1] == Done("length", 1)
    assert sum(isinstance(piece, Done | Failed) for piece in pieces) == 1
    early, pieces = told()
    early.stop()
    assert pieces == [Done("cancelled", 0)]


def test_a_fault_of_its_row_is_its_last_word() -> None:
    one, pieces = told()
    broken = row()
    broken.failure = ZeroDivisionError()
    one.add(broken, Written(-1, "", end="failed"))
    assert pieces[1:] == [Failed(broken.failure)]
    assert one.ended


def test_who_cannot_listen_is_told_no_more() -> None:
    heard: list[Piece] = []

    def sink(piece: Piece) -> None:
        heard.append(piece)
        raise OSError

    one, _ = told(sink=sink)
    one.add(row(), Written(5, "a"))
    assert one.ended
    one.add(row(), Written(6, "b", end="stop"))
    one.stop()
    assert heard == [Begun(3, 0)]


def test_cancelling_wakes_the_engine() -> None:
    woken: list[int] = []
    one, _ = told(wake=lambda: woken.append(1))
    assert not one.cancelled
    one.cancel()
    assert one.cancelled
    assert woken == [1]
